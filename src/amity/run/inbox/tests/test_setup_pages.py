"""Setting up the inbox, and the pages that explain: Ada may, Ben may look, Cleo may not."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from amity.base.vocabulary import Role
from amity.kernel.access.models import AuditEntry, User
from amity.kernel.policy.document import Cell
from amity.run.inbox.models import (
    AgentProfile,
    CannedReply,
    Draft,
    InboxSettings,
    Macro,
    Rule,
)
from amity.run.inbox.operations.first_help import offer, token_for
from amity.run.inbox.operations.watching import watch
from amity.testing.canvases import canvas, design

from .company import KEY, MONDAY, SELF, House, enforce, house, promised

pytestmark = pytest.mark.django_db
LOOK = ["setup/", "setup/agents/", "setup/replies/", "setup/macros/", "setup/rules/", "replay/"]
CHANGE = [
    "setup/choices/",
    "setup/replies/new/",
    "setup/macros/new/",
    "setup/rules/new/",
]
RULE = {
    "name": "Invoices",
    "event": "opened",
    "position": "1",
    "is_active": "on",
    "every0_field": "subject",
    "every0_test": "contains",
    "every0_value": "invoice",
    "do0": "tag",
    "what0": "invoice",
    "do1": "priority",
    "what1": "3",
}


@pytest.fixture
def pumps() -> House:
    return house("Ida", "Jan")


@pytest.mark.parametrize("path", LOOK)
def test_who_may_see_it(
    path: str, pumps: House, ada_client: Client, ben_client: Client, cleo_client: Client
) -> None:
    address = f"/inbox/{path}"

    assert ada_client.get(address).status_code == 200
    assert ben_client.get(address).status_code == 200
    assert cleo_client.get(address).status_code == 403


@pytest.mark.parametrize("path", CHANGE)
def test_who_may_change_it(
    path: str, pumps: House, ben_client: Client, cleo_client: Client
) -> None:
    before = AuditEntry.objects.count()

    assert ben_client.post(f"/inbox/{path}", {}).status_code == 403
    assert cleo_client.post(f"/inbox/{path}", {}).status_code == 403
    assert AuditEntry.objects.count() == before


def test_choices_are_kept_and_refused_ones_are_shown(pumps: House, ada_client: Client) -> None:
    given = {
        "fallback_team_id": str(pumps.team.pk),
        "reassign_minutes": "90",
        "escalates_to_leads": "on",
        "hourly_cost": "55.00",
        "reopen_days": "14",
        "self_service_url": "https://help.example.org",
    }

    assert ada_client.post("/inbox/setup/choices/", given).status_code == 302
    refused = ada_client.post("/inbox/setup/choices/", given | {"reassign_minutes": "1"})

    row = InboxSettings.objects.get()
    assert (row.reassign_minutes, row.hourly_cost_minor) == (90, 5500)
    assert refused.status_code == 422
    assert AuditEntry.objects.filter(action="inbox.choices_changed").count() == 1


def test_an_agent_is_set_up_and_says_when_to_be_left_alone(
    pumps: House, ada: User, ada_client: Client
) -> None:
    ida = pumps.people["Ida"]
    given = {
        "load_limit": "5",
        "skills": "Invoices, returns,",
        "languages": "de, EN",
        "undo_send_seconds": "20",
        "is_available": "on",
    }

    assert ada_client.post(f"/inbox/setup/agents/{ida.pk}/", given).status_code == 302
    ada_client.post("/inbox/setup/availability/", {"available": "0"})

    profile = AgentProfile.objects.get(user=ida)
    assert (profile.load_limit, profile.skills, profile.languages, profile.takes_turns) == (
        5,
        ["invoices", "returns"],
        ["de", "en"],
        False,
    )
    assert not AgentProfile.objects.get(user=ada).is_available


def test_a_reply_is_written_and_put_into_an_answer(
    pumps: House, ada: User, ada_client: Client
) -> None:
    conversation = pumps.mail("kim")
    text = "Dear {{ customer.first_name | friend }}, {{ agent.name }} here."
    given = {"shortcut": "hello", "name": "Hello", "text": text}

    assert ada_client.post("/inbox/setup/replies/new/", given).status_code == 302
    twice = ada_client.post("/inbox/setup/replies/new/", given)
    wrong = ada_client.post(
        "/inbox/setup/replies/new/", given | {"shortcut": "x", "text": "{{ customer.password }}"}
    )
    reply = CannedReply.objects.get()
    used = ada_client.post(
        f"/inbox/{conversation.number}/canned/", {"reply_id": reply.pk, "text": "Hm."}
    )

    assert (twice.status_code, wrong.status_code, used.status_code) == (422, 422, 302)
    draft = Draft.objects.get(user=ada)
    assert draft.text == "Hm.\n\nDear Kim, Ada Okafor here."
    reply.refresh_from_db()
    assert reply.used_count == 1
    page = ada_client.get(f"/inbox/{conversation.number}/").content.decode()
    assert "Dear Kim, Ada Okafor here." in page


def test_a_macro_does_several_things_in_one_step(pumps: House, ada_client: Client) -> None:
    conversation = pumps.mail("kim")
    given = {
        "name": "To Jan",
        "do0": "assign",
        "what0": "jan@pumps.example",
        "do1": "tag",
        "what1": "pump",
        "do2": "note",
        "what2": "For {{ customer.name }}",
    }

    assert ada_client.post("/inbox/setup/macros/new/", given).status_code == 302
    macro = Macro.objects.get()
    ada_client.post(f"/inbox/{conversation.number}/macro/", {"macro_id": macro.pk})

    conversation.refresh_from_db()
    assert conversation.assignee == pumps.people["Jan"]
    assert [tag.name for tag in conversation.tags.all()] == ["pump"]
    assert conversation.messages.get(kind="note").text == "For Kim"
    form = ada_client.get(f"/inbox/setup/macros/{macro.pk}/").content.decode()
    assert "jan@pumps.example" in form


def test_a_macro_that_cannot_be_done_does_nothing_of_it(pumps: House, ada_client: Client) -> None:
    conversation = pumps.mail("kim")
    macro = Macro.objects.create(
        name="Broken",
        actions=[{"do": "tag", "name": "x"}, {"do": "assign", "user_id": 10**6}],
        updated_at=MONDAY,
    )

    answer = ada_client.post(
        f"/inbox/{conversation.number}/macro/", {"macro_id": macro.pk}, follow=True
    )

    assert "There is no person" in answer.content.decode()
    assert not conversation.tags.exists()


def test_a_rule_is_written_shown_in_words_and_changed(pumps: House, ada_client: Client) -> None:
    assert ada_client.post("/inbox/setup/rules/new/", RULE).status_code == 302
    rule = Rule.objects.get()

    listed = ada_client.get("/inbox/setup/rules/").content.decode()
    form = ada_client.get(f"/inbox/setup/rules/{rule.pk}/")
    changed = ada_client.post(f"/inbox/setup/rules/{rule.pk}/", RULE | {"do1": "", "what1": ""})
    refused = ada_client.post(f"/inbox/setup/rules/{rule.pk}/", RULE | {"what1": "9"})

    assert "subject contains “invoice”" in listed
    assert "tag “invoice”, set priority 3" in listed
    assert (form.status_code, changed.status_code, refused.status_code) == (200, 302, 422)
    rule.refresh_from_db()
    assert rule.actions == [{"do": "tag", "name": "invoice"}]
    ada_client.post(f"/inbox/setup/rules/{rule.pk}/removal/")
    assert not Rule.objects.exists()


@pytest.mark.parametrize("size", [1, 3])
def test_lists_cost_the_same_with_one_row_and_with_three(
    size: int,
    pumps: House,
    ada_client: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for place in range(size):
        Rule.objects.create(
            name=f"Rule {place}",
            event="opened",
            actions=[{"do": "tag", "name": "x"}],
            updated_at=MONDAY,
        )
        Macro.objects.create(name=f"Macro {place}", actions=[{"do": "route"}], updated_at=MONDAY)
        CannedReply.objects.create(shortcut=f"s{place}", name="S", text="T", updated_at=MONDAY)
    ada_client.get("/inbox/setup/rules/")

    for path in ("agents", "replies", "macros", "rules"):
        with django_assert_max_num_queries(18):
            ada_client.get(f"/inbox/setup/{path}/")


def test_the_promise_page_says_what_was_promised_and_who_got_it_why(
    pumps: House, ada_client: Client, ben_client: Client, cleo_client: Client
) -> None:
    conversation = pumps.mail("kim")
    watch(at=MONDAY + timedelta(hours=3))
    address = f"/inbox/{conversation.number}/promise/"

    page = ada_client.get(address).content.decode()

    assert "to Key by version 1" in page
    assert "In Help desk it is the turn of Ida." in page
    assert "Key is promised dedicated assistance, but nobody looks after them yet." in page
    assert ben_client.get(address).status_code == 200
    assert cleo_client.get(address).status_code == 403


def test_a_decision_is_replayed_under_another_version(pumps: House, ada_client: Client) -> None:
    InboxSettings.objects.update(self_service_url="https://help.example.org")
    conversation = pumps.mail("sam")
    other = design(
        "small",
        self_service=Cell(intensity=1, primary=True),
        personal_assistance=Cell(intensity=0.1, promise=promised(60)),
    )
    version = enforce(canvas(KEY, other, SELF))

    one = ada_client.get(f"/inbox/{conversation.number}/promise/?version={version}")
    same = ada_client.get(f"/inbox/{conversation.number}/promise/?version=1")
    many = ada_client.get(f"/inbox/replay/?version={version}&last=50").content.decode()
    none = ada_client.get("/inbox/replay/?version=99")

    assert "Under version 2: Nobody yet" in one.content.decode()
    assert "Small is promised self-service first." in one.content.decode()
    assert "Under version 1: the same" in same.content.decode()
    assert "Self-service first" in many
    assert "1 of 1 conversations" in many
    assert none.status_code == 404


def test_the_customers_page_changes_nothing_until_they_press(pumps: House, client: Client) -> None:
    InboxSettings.objects.update(self_service_text="Read this.")
    conversation = pumps.mail("sol")
    offer(conversation.pk, at=MONDAY)
    address = f"/inbox/help/{token_for(conversation)}/"

    looked = client.get(address)
    conversation.refresh_from_db()
    assert (looked.status_code, conversation.assignee) == (200, None)
    assert "A machine wrote the answer." in looked.content.decode()

    pressed = client.post(address, {"want": "person"})
    conversation.refresh_from_db()
    assert "A person has it now" in pressed.content.decode()
    assert conversation.assignee is not None
    assert client.get("/inbox/help/1.forged/").status_code == 404


def test_an_agent_may_use_but_not_change_macros(pumps: House, client: Client) -> None:
    assert pumps.people["Ida"].role == Role.AGENT
    client.force_login(pumps.people["Ida"], backend="django.contrib.auth.backends.ModelBackend")

    assert client.get("/inbox/setup/macros/").status_code == 200
    assert client.get("/inbox/setup/macros/new/").status_code == 403
    assert client.post("/inbox/setup/availability/", {"available": "0"}).status_code == 302
    assert not AgentProfile.objects.get(user=pumps.people["Ida"]).is_available
