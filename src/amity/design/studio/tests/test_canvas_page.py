import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from amity.base.vocabulary import Nature
from amity.design.studio.queries.versions import sheet
from amity.design.studio.tests import world
from amity.design.studio.tests.world import PERSONAL, SELF, design
from amity.kernel.access.models import AuditEntry
from amity.kernel.policy.document import SegmentDesign
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.queries import document_of

pytestmark = pytest.mark.django_db


def rows_of(number: int = 1) -> tuple[SegmentDesign, ...]:
    return document_of(PolicyVersion.objects.get(number=number)).segments


def test_ada_and_ben_see_the_canvas_and_cleo_does_not(
    ada_client: Client, ben_client: Client, cleo_client: Client, client: Client
) -> None:
    world.segment("key")
    world.draft(design("key"))

    for path in ("/canvas/", "/canvas/versions/1/", "/canvas/versions/1/segments/key/"):
        assert "A person answers" in ada_client.get(path).content.decode()
        assert ben_client.get(path).status_code == 200
        assert cleo_client.get(path).status_code == 403
        assert client.get(path).status_code == 302


CHANGES = [
    ("drafts/", {"base": "1"}),
    ("versions/1/segments/", {"segment": "key"}),
    ("versions/1/segments/key/position/", {"by": "1"}),
    ("versions/1/segments/key/removal/", {}),
    ("versions/1/segments/key/confirmation/", {}),
    ("versions/1/segments/key/purpose/", {"motivation": "acquire", "nature": "hybrid"}),
    ("versions/1/segments/key/types/self_service/", {"intensity": "50", "grade": "D"}),
    ("versions/1/segments/key/types/personal_assistance/removal/", {}),
    ("versions/1/settings/", {"name": "X", "horizon_years": "3", "discount": "10"}),
    ("versions/1/publication/", {"reason": "now"}),
    ("versions/1/rollback/", {"reason": "now"}),
    ("versions/1/adoption/", {}),
    ("versions/1/refusal/", {"reason": "no"}),
    ("import/", {"text": "amity_canvas: 1"}),
    ("wizard/interactions/", {"segment": "key"}),
    ("wizard/measurement/", {}),
]


@pytest.mark.parametrize(("path", "data"), CHANGES)
def test_ben_and_cleo_change_nothing(
    path: str, data: dict[str, str], ben_client: Client, cleo_client: Client
) -> None:
    world.segment("key")
    before = world.draft(design("key")).digest

    for client in (ben_client, cleo_client):
        assert client.post(f"/canvas/{path}", {**data, "lock_version": "1"}).status_code == 403

    stored = PolicyVersion.objects.get()
    assert (stored.digest, stored.lock_version, stored.status) == (before, 1, "draft")


def test_figures_count_a_customer_in_the_first_row_that_holds_them() -> None:
    people = world.customers(3)
    world.segment("key", people[:1])
    world.segment("all", people)
    world.interaction(people[0], PERSONAL, 1, cost=250)
    world.interaction(people[0], SELF, 2)
    world.interaction(people[1], SELF, 3, cost=5)
    version = world.draft(design("key"), design("all"))

    seen = sheet(version).board

    key, rest = seen.rows
    assert (key.figures.customers, rest.figures.customers) == (1, 2)
    assert (key.figures.value_minor, rest.figures.value_minor) == (10_000, 50_000)
    assert key.figures.cells[PERSONAL].share == 0.5
    assert (key.figures.cost_minor, rest.figures.cost_minor) == (250, 5)
    assert rest.cells[2].runs_undesigned
    assert seen.customers == 3


def test_the_page_needs_as_many_statements_for_three_rows_as_for_one(
    ada_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    people = world.customers(3)
    for key in ("a", "b", "c"):
        world.segment(key, people)
    world.interaction(people[0], SELF, 1)
    world.draft(design("a"))
    world.draft(design("a"), design("b"), design("c"))
    ada_client.get("/canvas/versions/1/")
    cache.clear()
    with django_assert_max_num_queries(12) as one:
        ada_client.get("/canvas/versions/1/")
    cache.clear()

    with django_assert_max_num_queries(12) as three:
        ada_client.get("/canvas/versions/2/")

    assert len(one.captured_queries) == len(three.captured_queries)


def test_what_differs_from_the_version_in_force_is_marked(ada_client: Client) -> None:
    world.touchpoint()
    for key in ("old", "new"):
        world.segment(key)
    first = world.in_force(design("old"))
    world.draft(design("new"), base=first)

    page = ada_client.get("/canvas/").content.decode()

    assert "2 rows differ from version 1 in force" in page
    assert "Taken off since version 1: old." in page


def test_the_newest_draft_is_shown_and_else_the_version_in_force(ada_client: Client) -> None:
    world.touchpoint()
    world.segment("key")
    world.in_force(design("key"))
    assert "Version 1 ·" in ada_client.get("/canvas/").content.decode()

    ada_client.post("/canvas/drafts/", {"base": "1"})

    assert "Version 2 ·" in ada_client.get("/canvas/").content.decode()
    assert PolicyVersion.objects.get(number=2).base_id == PolicyVersion.objects.get(number=1).pk


def test_rows_are_moved_by_buttons_and_by_place(ada_client: Client) -> None:
    for key in ("a", "b", "c"):
        world.segment(key)
    world.draft(design("a"), design("b"), design("c"))
    path = "/canvas/versions/1/segments/{}/position/"

    ada_client.post(path.format("a"), {"by": "1", "lock_version": "1"})
    assert [row.segment for row in rows_of()] == ["b", "a", "c"]
    ada_client.post(path.format("c"), {"place": "1", "lock_version": "2"})

    assert [row.segment for row in rows_of()] == ["c", "b", "a"]


def test_a_button_pressed_on_an_old_page_overwrites_nothing_and_says_so(
    ada_client: Client,
) -> None:
    for key in ("a", "b"):
        world.segment(key)
    world.draft(design("a"), design("b"))
    ada_client.post("/canvas/versions/1/segments/a/position/", {"by": "1", "lock_version": "1"})

    told = ada_client.post(
        "/canvas/versions/1/segments/a/removal/", {"lock_version": "1"}, follow=True
    )

    assert "after you opened it" in told.content.decode()
    assert [row.segment for row in rows_of()] == ["b", "a"]


def test_a_guess_is_confirmed_by_one_button(ada_client: Client) -> None:
    world.segment("key")
    world.draft(design("key"))
    path = "/canvas/versions/1/segments/key/confirmation/"

    ada_client.post(path, {"what": PERSONAL.value, "lock_version": "1"})
    ada_client.post(path, {"what": "nature", "lock_version": "2"})

    (row,) = rows_of()
    assert not row.relationship_types[PERSONAL].guess
    assert row.guesses == ("motivation",)
    assert AuditEntry.objects.filter(action="policy.draft_changed").count() == 2


def test_a_cell_is_written_by_its_form(ada_client: Client) -> None:
    world.segment("key")
    world.draft(design("key"))
    path = "/canvas/versions/1/segments/key/types/self_service/"

    answer = ada_client.post(
        path,
        {
            "intensity": "80",
            "primary": "on",
            "promise": "Everything online",
            "first_response": "1.5",
            "human_reachable": "on",
            "hours_per_customer": "0.2",
            "grade": "B",
            "note": "Seen in the shop",
            "lock_version": "1",
        },
    )

    assert answer.status_code == 302
    (row,) = rows_of()
    cell = row.relationship_types[SELF]
    assert (cell.intensity, cell.primary, cell.guess, cell.grade) == (0.8, True, False, "B")
    assert cell.promise is not None
    assert (cell.promise.first_response_minutes, cell.promise.human_reachable) == (90, True)
    assert not row.relationship_types[PERSONAL].primary


@pytest.mark.parametrize("intensity", ["", "101", "-1", "many"])
def test_a_wrong_cell_answers_422_at_its_field(ada_client: Client, intensity: str) -> None:
    world.segment("key")
    world.draft(design("key"))
    path = "/canvas/versions/1/segments/key/types/self_service/"

    answer = ada_client.post(path, {"intensity": intensity, "grade": "D", "lock_version": "1"})

    assert answer.status_code == 422
    assert 'id="id_intensity_error"' in answer.content.decode()
    assert SELF not in rows_of()[0].relationship_types


def test_two_people_at_one_part_see_the_difference_and_lose_nothing(ada_client: Client) -> None:
    world.segment("key")
    world.draft(design("key"))
    path = "/canvas/versions/1/segments/key/purpose/"
    ada_client.post(path, {"motivation": "expand", "nature": "hybrid", "lock_version": "1"})

    late = {"motivation": "expand", "nature": "long_term", "lock_version": "1"}
    answer = ada_client.post(path, late)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "after you opened it" in page
    assert "What you would change now" in page
    assert rows_of()[0].nature is Nature.HYBRID
    assert 'name="lock_version" value="2"' in page
    assert ada_client.post(path, {**late, "lock_version": "2"}).status_code == 302
    assert rows_of()[0].nature is Nature.LONG_TERM


PARTS: list[tuple[str, dict[str, str], str]] = [
    ("purpose", {"motivation": "acquire", "nature": "long_term", "retain": "40"}, "motivations"),
    ("proposition", {"statement": "Fast", "stance": "Kind", "price": "70"}, "value_proposition"),
    ("touchpoints", {"support": "desk"}, "touchpoints"),
    (
        "resources",
        {"front_line": "120", "budget": "5000", "review_on": "2027-01-01", "note": "x"},
        "hours",
    ),
    (
        "expectations",
        {
            "e-TOTAL_FORMS": "1",
            "e-INITIAL_FORMS": "0",
            "e-0-kind": "need",
            "e-0-statement": "To be heard",
            "e-0-confidence": "60",
        },
        "expectations",
    ),
    (
        "targets",
        {
            "t-TOTAL_FORMS": "1",
            "t-INITIAL_FORMS": "0",
            "t-0-measure": "Kept",
            "t-0-value": "90",
            "t-0-unit": "%",
        },
        "targets",
    ),
]


@pytest.mark.parametrize(("part", "data", "field"), PARTS)
def test_every_part_of_a_row_is_edited_without_javascript(
    ada_client: Client, part: str, data: dict[str, str], field: str
) -> None:
    world.segment("key")
    world.touchpoint()
    before = design("key", touchpoints={})
    world.draft(before)
    path = f"/canvas/versions/1/segments/key/{part}/"
    assert ada_client.get(path).status_code == 200

    answer = ada_client.post(path, {**data, "lock_version": "1"})

    assert answer.status_code == 302, answer.content.decode()[-3000:]
    assert getattr(rows_of()[0], field) != getattr(before, field)


def test_an_expectation_is_removed_by_its_box(ada_client: Client) -> None:
    world.segment("key")
    said = [{"statement": "First"}, {"statement": "Second"}]
    world.draft(design("key", expectations=said))
    data = {
        "e-TOTAL_FORMS": "2",
        "e-INITIAL_FORMS": "2",
        "e-0-kind": "need",
        "e-0-statement": "First",
        "e-0-confidence": "50",
        "e-0-DELETE": "on",
        "e-1-kind": "fear",
        "e-1-statement": "Second",
        "e-1-confidence": "50",
        "lock_version": "1",
    }

    ada_client.post("/canvas/versions/1/segments/key/expectations/", data)

    assert [(e.kind, e.statement) for e in rows_of()[0].expectations] == [("fear", "Second")]


def test_the_empty_forms_at_the_end_may_stay_empty(ada_client: Client) -> None:
    world.segment("key")
    world.draft(design("key", expectations=[{"statement": "First"}]))
    data = {"e-TOTAL_FORMS": "2", "e-INITIAL_FORMS": "1", "lock_version": "1"}
    first = {"e-0-kind": "fear", "e-0-statement": "First", "e-0-confidence": "50"}
    untouched = {"e-1-kind": "need", "e-1-statement": "", "e-1-confidence": ""}

    answer = ada_client.post(
        "/canvas/versions/1/segments/key/expectations/", {**data, **first, **untouched}
    )

    assert answer.status_code == 302
    assert [(e.kind, e.statement) for e in rows_of()[0].expectations] == [("fear", "First")]


def test_a_segment_is_added_once_and_taken_off(ada_client: Client) -> None:
    world.segment("key")
    world.segment("more")
    world.draft(design("key"))

    ada_client.post("/canvas/versions/1/segments/", {"segment": "more", "lock_version": "1"})
    assert [row.segment for row in rows_of()] == ["key", "more"]
    ada_client.post("/canvas/versions/1/segments/", {"segment": "more", "lock_version": "2"})
    ada_client.post("/canvas/versions/1/segments/", {"segment": "moon", "lock_version": "2"})
    ada_client.post("/canvas/versions/1/segments/key/removal/", {"lock_version": "2"})

    assert [row.segment for row in rows_of()] == ["more"]


def test_a_version_in_force_has_no_forms(ada_client: Client) -> None:
    world.touchpoint()
    world.segment("key")
    world.in_force(design("key"))

    assert ada_client.get("/canvas/versions/1/segments/key/purpose/").status_code == 404
    page = ada_client.get("/canvas/").content.decode()
    assert "Edit as a new draft" in page
    assert "Move Key up" not in page


@pytest.mark.parametrize(
    "path", ["versions/9/", "versions/1/segments/moon/", "versions/1/segments/key/types/magic/"]
)
def test_what_is_not_there_is_a_404(ada_client: Client, path: str) -> None:
    world.segment("key")
    world.draft(design("key"))

    assert ada_client.get(f"/canvas/{path}").status_code == 404


def test_without_a_canvas_the_page_leads_to_the_next_step(ada_client: Client) -> None:
    assert "First, your customers" in ada_client.get("/canvas/").content.decode()

    world.customers(2)

    page = ada_client.get("/canvas/").content.decode()
    assert "2 customers are here" in page
    assert "/canvas/wizard/" in page
