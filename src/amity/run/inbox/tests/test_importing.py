"""Cases of another system become conversations with their history, and nothing is set off."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from amity.base.shares import share
from amity.kernel.access.models import Team
from amity.kernel.access.rules import SYSTEM
from amity.kernel.imports.models import Import
from amity.kernel.imports.operations import ImportStateError, analyze_file
from amity.kernel.imports.preview import preview
from amity.kernel.imports.tests.helpers import AT, take_in
from amity.kernel.imports.undoing import undo_import
from amity.kernel.interactions.models import Interaction
from amity.kernel.jobs.models import Job
from amity.kernel.messaging.models import OutboxMessage
from amity.run.inbox.models import Channel, Conversation, PromiseClock
from amity.run.inbox.operations import conversations as do
from amity.run.inbox.queries.service import ServiceReport, service_report
from amity.run.inbox.tests.company import House, house

pytestmark = pytest.mark.django_db

LOG = """number,state,sys_updated_at,reassignment_count,reopen_count,made_sla,caller_id,opened_at,\
contact_type,category,priority,assignment_group,assigned_to,resolved_at,closed_at
C1,New,2024-03-01 08:00,0,0,true,ann@pump.example,2024-03-01 08:00,Phone,Pumps,1 - Critical,Desk,,,
C2,New,2024-03-01 09:00,0,0,true,bob@pump.example,2024-03-01 09:00,Email,Hoses,4 - Low,Desk,Ann,,
C1,Active,2024-03-01 09:30,1,0,true,ann@pump.example,2024-03-01 08:00,Phone,Pumps,1 - Critical,\
Works,Ann,,
C1,Resolved,2024-03-01 12:00,1,0,true,ann@pump.example,2024-03-01 08:00,Phone,Pumps,1 - Critical,\
Works,Ann,2024-03-01 12:00,
C1,Active,2024-03-02 10:00,1,1,true,ann@pump.example,2024-03-01 08:00,Phone,Pumps,1 - Critical,\
Works,Ann,2024-03-01 12:00,
C1,Closed,2024-03-06 12:00,1,1,false,ann@pump.example,2024-03-01 08:00,Phone,Pumps,1 - Critical,\
Works,Ann,2024-03-03 08:00,2024-03-06 12:00
C3,New,2024-03-01 10:00,0,0,perhaps,bob@pump.example,2024-03-01 10:00,Email,Hoses,4 - Low,Desk,,,
C4,Closed,2024-03-01 10:00,0,0,true,bob@pump.example,2024-03-01 10:00,Email,Hoses,4 - Low,Desk,,\
2024-02-01 10:00,
,Closed,2024-03-01 10:00,0,0,true,bob@pump.example,2024-03-01 10:00,Email,Hoses,4 - Low,Desk,,,
"""


@pytest.fixture(autouse=True)
def _home(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def pumps() -> House:
    return house("Ann", "Ben")


def file_of(folder: Path, text: str = LOG, name: str = "cases.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def taken(folder: Path, text: str = LOG, name: str = "cases.csv") -> Import:
    return take_in(file_of(folder, text, name), "conversations", source="desk")


def case(key: str) -> Conversation:
    return Conversation.objects.get(imported__key=key)


def report() -> ServiceReport:
    start = datetime(2024, 2, 1, tzinfo=UTC)
    return service_report(since=start, until=start + timedelta(days=60), at=AT, by="team")


def test_a_log_of_events_becomes_one_conversation_a_case(pumps: House, tmp_path: Path) -> None:
    row = taken(tmp_path)

    assert row.summary["created"] == Conversation.objects.count() == 2
    one = case("C1")
    assert (one.status, one.topic, one.reopened_count, one.outcome) == (
        "closed",
        "Pumps",
        1,
        "resolved",
    )
    assert one.priority == Conversation.Priority.URGENT
    assert one.closed_at == datetime(2024, 3, 3, 8, tzinfo=UTC)
    assert one.assignee == pumps.people["Ann"]
    assert list(one.events.order_by("at", "pk").values_list("kind", flat=True)) == [
        "opened",
        "assigned",
        "handed_over",
        "reopened",
        "resolved",
        "closed",
        "promise",
    ]
    assert case("C2").status == "open"


def test_rows_that_cannot_be_taken_are_named_with_their_reason(
    pumps: House, tmp_path: Path
) -> None:
    row = taken(tmp_path)

    assert row.summary["reasons"] == {
        "missing_key": 1,
        "bad_value": 1,
        "ends_before_it_begins": 1,
    }
    lines = Path(row.rejects_path).read_text("utf-8").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["7", "8", "9"]
    seen = preview(analyze_file(Path(row.file_path), "conversations", {}))
    assert seen.reasons == row.summary["reasons"]


def test_the_log_of_the_house_tells_the_history_with_its_times(
    pumps: House, tmp_path: Path
) -> None:
    taken(tmp_path)

    told = Interaction.objects.filter(properties__conversation=case("C1").pk).order_by(
        "happened_at", "id"
    )
    assert [(fact.kind, fact.happened_at.day) for fact in told] == [
        ("inbox.received", 1),
        ("inbox.assigned", 1),
        ("inbox.handed_over", 1),
        ("inbox.reopened", 2),
        ("inbox.resolved", 3),
        ("inbox.promise_met_late", 3),
        ("inbox.closed", 6),
    ]
    assert {fact.source for fact in told} == {"desk"}


def test_history_sets_nothing_off(pumps: House, tmp_path: Path) -> None:
    jobs = Job.objects.count()

    taken(tmp_path)

    assert Job.objects.exclude(kind="imports.run").count() == jobs
    assert OutboxMessage.objects.count() == PromiseClock.objects.count() == 0
    assert case("C2").waiting_since is None
    assert not Channel.objects.get(name="Phone").is_active
    assert not Team.objects.get(name="Works").is_active


def test_the_service_report_counts_it_by_the_verdict_of_the_file(
    pumps: House, tmp_path: Path
) -> None:
    taken(tmp_path)

    found = report()
    assert (found.total.matters, found.total.backlog, found.taken_over) == (2, 1, 2)
    assert found.total.promises == share(1, 2)
    assert found.total.handed_over == found.total.reopened == share(1, 2)
    assert {found.names[line.key] for line in found.lines} == {"Works", "Desk"}


def test_the_same_file_again_changes_nothing(pumps: House, tmp_path: Path) -> None:
    taken(tmp_path)
    facts = Interaction.objects.count()

    again = taken(tmp_path)

    assert (again.summary["created"], again.summary["changed"]) == (0, 0)
    assert (Conversation.objects.count(), Interaction.objects.count()) == (2, facts)


def test_a_newer_file_goes_on_and_is_taken_back_to_what_was(pumps: House, tmp_path: Path) -> None:
    first = taken(tmp_path)
    more = "C2,Resolved,2024-03-02 09:00,0,0,true,bob@pump.example,2024-03-01 09:00,Email,Hoses,"
    newer = taken(tmp_path, f"{LOG}{more}4 - Low,Desk,Ann,2024-03-02 09:00,\n", "newer.csv")
    assert newer.summary["changed"] == 1
    assert case("C2").status == "closed"

    with pytest.raises(ImportStateError, match=f"undo {newer.pk}"):
        undo_import(first.pk, actor=SYSTEM, at=AT)
    undo_import(newer.pk, actor=SYSTEM, at=AT)

    assert case("C2").status == "open"
    kinds = set(case("C2").events.values_list("kind", flat=True))
    assert kinds == {"opened", "assigned", "promise"}


def test_undo_takes_everything_back_and_the_file_can_come_again(
    pumps: House, tmp_path: Path
) -> None:
    teams, channels = Team.objects.count(), Channel.objects.count()
    row = taken(tmp_path)
    told = Interaction.objects.filter(import_id=row.pk).count()

    brought = undo_import(row.pk, actor=SYSTEM, at=AT)

    assert brought["conversations_removed"] == 2
    assert Conversation.objects.count() == 0
    assert (Team.objects.count(), Channel.objects.count()) == (teams, channels)
    assert Interaction.objects.filter(import_id=row.pk, is_void=True).count() == told
    assert taken(tmp_path, name="again.csv").summary["created"] == 2
    assert report().total.matters == 2


def test_what_somebody_went_on_with_stays(pumps: House, tmp_path: Path) -> None:
    row = taken(tmp_path)
    do.set_subject(conversation_id=case("C2").pk, subject="A hose", actor=pumps.actor("Ann"), at=AT)
    newer = taken(tmp_path, LOG.replace("4 - Low", "2 - High"), "newer.csv")

    assert newer.summary["reasons"]["worked_on_here"] == 1
    assert case("C2").priority == Conversation.Priority.LOW
    undo_import(newer.pk, actor=SYSTEM, at=AT)
    assert undo_import(row.pk, actor=SYSTEM, at=AT)["conversations_kept"] == 1
    assert case("C2").subject == "A hose"


def test_one_row_a_case_says_how_often_it_changed_hands(pumps: House, tmp_path: Path) -> None:
    text = (
        "Ticket;Created;Subject;Description;Requester;Transfers;SLA due;Solved at;Minutes\n"
        "7;2024-03-01 08:00;Broken;It drips;eve@x.example;3;2024-03-02 08:00;2024-03-01 20:00;30\n"
    )

    taken(tmp_path, text)

    one = case("7")
    assert one.events.filter(kind="handed_over").count() == 3
    assert one.messages.get().text == "It drips"
    assert (one.staff_seconds, one.imported.is_kept) == (1800, True)
    assert report().total.handed_over == share(1, 1)


def test_the_pages_take_the_file_and_show_the_case(
    pumps: House, tmp_path: Path, ada_client: Client, ben_client: Client
) -> None:
    with file_of(tmp_path).open("rb") as stream:
        answer = ada_client.post("/imports/new", {"kind": "conversations", "file": stream})
    columns = ada_client.get(answer.headers["Location"]).content.decode()
    assert "Times handed over" in columns

    taken(tmp_path)
    page = ben_client.get(f"/inbox/{case('C1').number}/").content.decode()
    assert "The promise was not kept" in page
    shown = ben_client.get("/inbox/service/?from=2024-02-01&to=2024-03-31").content.decode()
    assert "Handed over" in shown
    assert "were judged by the system they were imported from" in shown
    assert ben_client.get("/inbox/service/?from=0001-01-01&to=9999-12-31").status_code == 200
