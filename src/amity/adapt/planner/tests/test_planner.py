"""From the question to the decision: job, proposal, pages, command, API."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from typer.testing import CliRunner

from amity.adapt.planner import operations
from amity.adapt.planner.models import AdviceRun, InputOverride
from amity.adapt.planner.operations import AdviceError
from amity.adapt.planner.queries import outcome_of, run_by_id
from amity.adapt.planner.rules.building import Asked
from amity.adapt.planner.tests.conftest import AT
from amity.base.vocabulary import RelationshipType
from amity.cli.main import app
from amity.kernel.access.rules import SYSTEM
from amity.kernel.jobs.context import JobCanceled
from amity.kernel.jobs.models import Job
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.queries import document_of, validate
from amity.kernel.traits.models import Trait
from amity.ui.jinja import url_or_none

pytestmark = pytest.mark.django_db
QUICK = Asked(hours={"account": 60.0}, seconds=10.0)
PA = RelationshipType.PERSONAL_ASSISTANCE


@pytest.fixture
def answered(canvas: PolicyVersion) -> AdviceRun:
    return operations.ask_now(asked=QUICK, actor=SYSTEM, at=AT)


def test_the_answer_is_a_proposal_with_reasons_and_nothing_else_changes(
    canvas: PolicyVersion, answered: AdviceRun
) -> None:
    assert answered.status == AdviceRun.Status.DONE
    assert answered.proposal is not None
    canvas.refresh_from_db()

    assert answered.proposal.status == PolicyVersion.Status.PROPOSAL
    assert answered.proposal.base == canvas
    assert "Regulars: " in answered.proposal.reason
    assert answered.proposal.expected_effect["net"] == pytest.approx(answered.net, abs=0.01)
    assert canvas.status == PolicyVersion.Status.DRAFT
    assert len(answered.inputs) > 50


def test_the_proposal_is_a_canvas_without_errors_and_holds_the_plans_mix(
    answered: AdviceRun,
) -> None:
    assert answered.proposal is not None
    outcome = outcome_of(run_by_id(answered.pk))
    assert outcome is not None
    document = document_of(answered.proposal)

    for design in document.segments:
        mix = outcome.plan.segment(design.segment).mix
        assert {kind: cell.intensity for kind, cell in design.relationship_types.items()} == {
            kind: pytest.approx(share, abs=0.006) for kind, share in mix.items()
        }
    assert not [finding for finding in validate(document, AT) if finding.is_error]


def test_the_plan_is_at_least_as_good_as_today_and_simple_rules(answered: AdviceRun) -> None:
    outcome = outcome_of(run_by_id(answered.pk))
    assert outcome is not None
    assert outcome.today is not None

    rivals = [outcome.today.net, outcome.greedy_net, outcome.tiers_net]
    assert all(outcome.plan.net >= rival - 1.0 for rival in rivals if rival is not None)
    assert outcome.better_than_today is not None
    assert outcome.explanation.segment("guests").why_not_sentences


def test_a_figure_that_is_missing_refuses_the_run_and_says_what_to_write(
    canvas: PolicyVersion,
) -> None:
    Trait.objects.all().delete()

    with pytest.raises(AdviceError, match="What is a customer worth a year"):
        operations.ask_now(asked=QUICK, actor=SYSTEM, at=AT)

    assert AdviceRun.objects.get().status == AdviceRun.Status.REFUSED
    assert PolicyVersion.objects.count() == 1


def test_what_stops_the_job_stops_the_search_and_leaves_no_proposal(canvas: PolicyVersion) -> None:
    run = operations.ask(asked=QUICK, actor=SYSTEM, at=AT)

    def hear(done: int, total: int | None, message: str) -> None:
        raise JobCanceled

    with pytest.raises(JobCanceled):
        operations.solve(run.pk, actor=SYSTEM, at=AT, hear=hear)

    run.refresh_from_db()
    assert run.status == AdviceRun.Status.SOLVING  # it goes on when the job runs again
    assert PolicyVersion.objects.count() == 1


def test_progress_tells_the_best_so_far_and_the_bound(canvas: PolicyVersion) -> None:
    told: list[str] = []
    run = operations.ask(asked=QUICK, actor=SYSTEM, at=AT)

    def hear(done: int, total: int | None, message: str) -> None:
        told.append(message)

    operations.solve(run.pk, actor=SYSTEM, at=AT, hear=hear)

    assert any("net so far, at most" in message for message in told)
    assert any("Asking why not the other" in message for message in told)


def test_solving_twice_changes_nothing(answered: AdviceRun) -> None:
    again = operations.solve(answered.pk, actor=SYSTEM, at=AT + timedelta(hours=1))

    assert again.proposal == answered.proposal
    assert PolicyVersion.objects.count() == 2


def test_the_job_answers_and_can_be_canceled_before_it_runs(canvas: PolicyVersion) -> None:
    run = operations.ask(asked=QUICK, actor=SYSTEM, at=AT)

    operations.cancel(run.pk, actor=SYSTEM, at=AT)

    run.refresh_from_db()
    assert run.status == AdviceRun.Status.CANCELED
    assert Job.objects.get().status == Job.Status.CANCELED
    with pytest.raises(AdviceError, match="nothing to stop"):
        operations.cancel(run.pk, actor=SYSTEM, at=AT)


def test_ada_adopts_and_the_canvas_is_a_draft(answered: AdviceRun, ada_client: Client) -> None:
    address = f"/planner/runs/{answered.pk}/adoption/"

    first, second = ada_client.post(address), ada_client.post(address)

    assert answered.proposal is not None
    answered.proposal.refresh_from_db()
    assert answered.proposal.status == PolicyVersion.Status.DRAFT
    assert first.status_code == second.status_code == 302


def test_ada_adopts_to_edit_and_the_canvas_opens(answered: AdviceRun, ada_client: Client) -> None:
    assert answered.proposal is not None
    here = f"/planner/runs/{answered.pk}/"
    canvas = url_or_none("canvas_version", answered.proposal.number)  # None without the studio

    response = ada_client.post(f"{here}adoption/", {"edit": "1"}, follow=True)

    assert response.status_code == 200
    assert response.redirect_chain[-1][0] == (canvas or here)


def test_ada_declines_with_a_reason(answered: AdviceRun, ada_client: Client) -> None:
    ada_client.post(f"/planner/runs/{answered.pk}/refusal/", {"reason": "Too few people."})
    page = ada_client.get(f"/planner/runs/{answered.pk}/").content.decode()

    assert answered.proposal is not None
    answered.proposal.refresh_from_db()
    assert answered.proposal.status == PolicyVersion.Status.DECLINED
    assert "Too few people." in page


PAGES = [
    "",
    "inputs/",
    "inputs/?segment=",
    "runs/{run}/",
    "runs/{run}/guests/",
    "runs/{run}/figures/",
]


def test_ada_and_ben_see_every_page_and_cleo_none(
    answered: AdviceRun, ada_client: Client, ben_client: Client, cleo_client: Client
) -> None:
    clients = (ada_client, ben_client, cleo_client)

    seen = {
        page: [
            client.get(f"/planner/{page}".format(run=answered.pk)).status_code for client in clients
        ]
        for page in PAGES
    }

    assert seen == {page: [200, 200, 403] for page in PAGES}


def test_ben_may_change_nothing(answered: AdviceRun, ben_client: Client) -> None:
    refused = [
        ben_client.post("/planner/runs/", {"plan": "nominal"}),
        ben_client.post(f"/planner/runs/{answered.pk}/adoption/"),
        ben_client.post(f"/planner/runs/{answered.pk}/refusal/"),
        ben_client.post(f"/planner/runs/{answered.pk}/cancellation/"),
        ben_client.get("/planner/inputs/figure/?segment=guests&type=&measure=contacts"),
        ben_client.post("/planner/inputs/figure/removal/", {"measure": "contacts"}),
    ]
    page = ben_client.get(f"/planner/runs/{answered.pk}/").content.decode()

    assert [response.status_code for response in refused] == [403] * 6
    assert answered.proposal is not None
    answered.proposal.refresh_from_db()
    assert answered.proposal.status == PolicyVersion.Status.PROPOSAL
    assert AdviceRun.objects.count() == 1
    assert "adoption" not in page


def test_the_result_says_the_decision_and_the_two_drivers_first(
    answered: AdviceRun, ada_client: Client
) -> None:
    page = ada_client.get(f"/planner/runs/{answered.pk}/guests/").content.decode()

    places = [page.index(words) for words in ("Guests: ", "Preference: ", "Cost: ", "Why not")]
    assert places == sorted(places)


def test_asking_in_the_browser_makes_a_job_and_a_page_that_polls(
    canvas: PolicyVersion, ada_client: Client
) -> None:
    asked = ada_client.post(
        "/planner/runs/", {"plan": "careful", "budget": "5000", "hours_front_line": "120"}
    )
    run = AdviceRun.objects.get()
    page = ada_client.get(asked["Location"]).content.decode()
    polled = ada_client.get(f"/planner/runs/{run.pk}/progress/")

    assert run.asked["careful"] is True
    assert run.asked["hours"] == {"front_line": 120.0}
    assert Job.objects.get().kind == "planner.solve"
    assert f"/planner/runs/{run.pk}/progress/" in page
    assert "HX-Refresh" not in polled


def test_a_question_that_cannot_be_is_shown_with_its_fault(
    canvas: PolicyVersion, ada_client: Client
) -> None:
    response = ada_client.post("/planner/runs/", {"plan": "nominal", "budget": "-5"})

    assert response.status_code == 422
    assert not AdviceRun.objects.exists()


def test_an_input_is_written_and_taken_back_in_the_browser(
    canvas: PolicyVersion, ada_client: Client
) -> None:
    address = "/planner/inputs/figure/?segment=guests&type=self_service&measure=uplift"

    assert ada_client.get(address).status_code == 200
    wrong = ada_client.post(address, {"value": "99", "grade": "C"})
    right = ada_client.post(address, {"value": "0.04", "low": "0.02", "high": "0.06", "grade": "A"})
    shown = ada_client.get("/planner/inputs/?segment=guests").content.decode()
    ada_client.post(
        "/planner/inputs/figure/removal/",
        {"segment": "guests", "type": "self_service", "measure": "uplift"},
    )

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert "Written by Ada" in shown
    assert not InputOverride.objects.exists()


def test_without_a_canvas_the_page_says_the_next_step(ada_client: Client) -> None:
    page = ada_client.get("/planner/").content.decode()

    assert "No canvas to plan for" in page


def test_the_list_of_plans_takes_as_many_statements_for_three_as_for_one(
    answered: AdviceRun, ada_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ada_client.get("/planner/")  # makes the company
    cache.clear()
    with django_assert_max_num_queries(14) as one:
        assert ada_client.get("/planner/").status_code == 200
    for number in range(2):
        AdviceRun.objects.create(
            asked=answered.asked, asked_at=AT, asked_by_name=f"Somebody {number}"
        )
    cache.clear()

    with django_assert_max_num_queries(14) as three:
        assert ada_client.get("/planner/").status_code == 200

    assert len(one.captured_queries) == len(three.captured_queries)
    with django_assert_max_num_queries(10):
        ada_client.get("/planner/")


def test_advise_on_the_command_line(canvas: PolicyVersion) -> None:
    words = ["advise", "--budget", "9000", "--hours", "front_line=300", "--seconds", "5"]

    printed = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    told = CliRunner().invoke(app, [*words, "--careful"], catch_exceptions=False)

    values = json.loads(printed.stdout)
    assert printed.exit_code == told.exit_code == 0
    assert [segment["segment"] for segment in values["segments"]] == ["regulars", "guests"]
    assert values["cost"] <= 9_000 + 1e-6
    assert values["hours"]["front_line"]["used"] <= 300 + 1e-6
    assert values["gap"] <= 0.0101
    assert "figures are assumptions" in told.stdout


def test_advise_refuses_hours_that_are_no_hours(canvas: PolicyVersion) -> None:
    result = CliRunner().invoke(app, ["advise", "--hours", "front_line"])

    assert result.exit_code != 0
    assert not AdviceRun.objects.exists()


def test_the_api_asks_reads_and_adopts(canvas: PolicyVersion, ada_api: Client) -> None:
    asked = ada_api.post(
        "/api/v1/planner/runs",
        {"budget": 9000, "hours": {"front_line": 300}, "seconds": 5},
        content_type="application/json",
        headers={"idempotency-key": "one"},
    )
    run_id = asked.json()["advice"]
    operations.solve(run_id, actor=SYSTEM, at=AT)
    read = ada_api.get(asked["Location"]).json()
    adopted = ada_api.post(
        f"/api/v1/planner/runs/{run_id}/adoption",
        content_type="application/json",
        headers={"idempotency-key": "two"},
    )
    listed = ada_api.get("/api/v1/planner/runs").json()

    assert asked.status_code == 202
    assert read["status"] == "done"
    assert read["segments"][0]["mix"]
    assert adopted.json() == {"number": read["proposal"], "status": "draft"}
    assert [row["advice"] for row in listed["items"]] == [run_id]


def test_the_api_lists_and_writes_inputs(canvas: PolicyVersion, ada_api: Client) -> None:
    body = {"segment": "guests", "type": "self_service", "measure": "uplift", "value": 0.04}

    written = ada_api.put("/api/v1/planner/inputs", body, content_type="application/json")
    rows = ada_api.get("/api/v1/planner/inputs?segment=guests").json()
    cleared = ada_api.delete(
        "/api/v1/planner/inputs?segment=guests&type=self_service&measure=uplift"
    )

    changed = [row for row in rows if row["overridden"]]
    assert written.status_code == 200
    assert [(row["measure"], row["value"]) for row in changed] == [("uplift", 0.04)]
    assert cleared.status_code == 204


def test_the_api_answers_each_of_the_three(
    answered: AdviceRun, ada_api: Client, ben_api: Client, cleo_api: Client
) -> None:
    address = f"/api/v1/planner/runs/{answered.pk}"
    clients = (ada_api, ben_api, cleo_api)

    seen = [client.get(address).status_code for client in clients]
    asked = [
        client.post("/api/v1/planner/runs", {}, content_type="application/json").status_code
        for client in (ben_api, cleo_api)
    ]

    assert seen == [200, 200, 403]
    assert asked == [403, 403]
    assert ada_api.get("/api/v1/planner/runs/999999").status_code == 404
