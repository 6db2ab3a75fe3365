"""Plans, renewals, meetings, playbooks, assignment and handovers: operations and pages."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from email import message_from_bytes
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from amity.base.results import ConflictError
from amity.base.time import now
from amity.kernel.access.models import User
from amity.kernel.access.operations import change_user
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer, Ownership
from amity.kernel.customers.operations import assign_owner, create_customer
from amity.kernel.customers.ownership import owner_of
from amity.kernel.interactions.queries import timeline
from amity.kernel.jobs.worker import run_until_idle
from amity.kernel.segments.models import Segment
from amity.run.accounts.models import (
    AccountNote,
    Attendee,
    Goal,
    Handover,
    Meeting,
    Play,
    Playbook,
    Renewal,
    Task,
)
from amity.run.accounts.operations.assignments import AssignmentError, adopt_choices
from amity.run.accounts.operations.handovers import HandoverError, hand_over, undo_handover
from amity.run.accounts.operations.meetings import (
    Invited,
    MeetingError,
    cancel_meeting,
    hold_meeting,
    make_feed,
    move_meeting,
    plan_meeting,
    revoke_feed,
)
from amity.run.accounts.operations.playbooks import (
    PlaybookError,
    Step,
    save_playbook,
    start_by_events,
    start_play,
)
from amity.run.accounts.operations.renewals import (
    add_renewal,
    decide_renewal,
    reopen_renewal,
    watch_renewals,
)
from amity.run.accounts.operations.tasks import NewTask, add_task
from amity.run.accounts.operations.terms import save_level, set_capacity, set_rate
from amity.run.accounts.queries.assignments import proposal
from amity.run.accounts.queries.plans import renewals_by_month
from amity.testing import canvases

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


def renewal(customer: Customer, on: date, at: datetime, **given: Any) -> Renewal:
    return add_renewal(customer.pk, name="Care", renews_on=on, actor=SYSTEM, at=at, **given)


def meeting(customer: Customer, organizer: User, at: datetime, *guests: str) -> Meeting:
    return plan_meeting(
        customer_id=customer.pk, organizer=organizer, title="Review ✓", starts_at=at + DAY,
        ends_at=at + DAY + HOUR, place="Vienna", guests=[Invited(one) for one in guests],
        actor=SYSTEM, at=at,
    )  # fmt: skip


DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_work_on_a_renewal_begins_before_its_notice(account: Make, ada: User, at: datetime) -> None:
    pumps = account()
    renewal(pumps, date(2027, 3, 12), at, notice_days=90, lead_days=40)  # work begins Nov 2
    renewal(pumps, date(2027, 3, 13), at, notice_days=90, lead_days=40)

    first, again = watch_renewals(actor=SYSTEM, at=at), watch_renewals(actor=SYSTEM, at=at)

    task = Task.objects.get()
    assert (first, again) == (1, 0)
    assert (task.assignee_id, task.due_on) == (ada.pk, date(2026, 12, 12))
    assert Renewal.objects.exclude(health_before=None).count() == 1


def test_a_decided_renewal_stands_in_the_log_until_it_is_taken_back(
    account: Make, at: datetime
) -> None:
    pumps = account()
    row = renewal(pumps, date(2026, 12, 1), at, value_minor=500_000)
    decide_renewal(row.pk, status="renewed", reason="price", actor=SYSTEM, at=at)
    with pytest.raises(ConflictError):
        decide_renewal(row.pk, status="lost", reason="", actor=SYSTEM, at=at)

    fact = timeline(pumps.pk)[0]
    assert (fact.kind, fact.value_minor, fact.outcome) == ("accounts.renewed", 500_000, "renewed")
    reopen_renewal(row.pk, actor=SYSTEM, at=at)
    assert timeline(pumps.pk) == []
    months = renewals_by_month(first=date(2026, 11, 1), last=date(2027, 1, 1))
    assert [(month.first, month.open_minor) for month in months] == [(date(2026, 12, 1), 500_000)]


def test_guests_get_an_invitation_that_calendars_understand(
    account: Make, ada: User, at: datetime
) -> None:
    pumps = account()
    row = meeting(pumps, ada, at, "eve@example.com", "Eve@example.com", "max@example.com")
    move_meeting(row.pk, starts_at=at + 2 * DAY, ends_at=at + 2 * DAY + HOUR, actor=SYSTEM, at=at)
    cancel_meeting(row.pk, actor=SYSTEM, at=at)
    run_until_idle()

    assert sorted((one.to[0], one.subject.partition(":")[0]) for one in mail.outbox) == [
        (guest, word)
        for guest in ("eve@example.com", "max@example.com")
        for word in ("Canceled", "Changed", "Invitation")
    ]
    method, calendar = calendar_in(mail.outbox[0])
    event = calendar.walk("VEVENT")[0]
    assert (method, calendar["method"]) == ("request", "REQUEST")
    assert (event["uid"], event["summary"], event["dtstart"].dt) == (row.uid, "Review ✓", at + DAY)
    guests = {str(one) for one in event["attendee"]}
    assert guests == {"mailto:eve@example.com", "mailto:max@example.com"}
    ended, canceled = calendar_in(mail.outbox[-1])
    assert (ended, canceled["method"]) == ("cancel", "CANCEL")
    assert canceled.walk("VEVENT")[0]["sequence"] == 2


def calendar_in(sent: Any) -> tuple[str, Any]:
    """The method of a mail's calendar part, and the calendar."""
    parts = message_from_bytes(sent.message().as_bytes()).walk()
    part: Any = next(one for one in parts if one.get_content_type() == "text/calendar")
    return str(part.get_param("method")), Calendar.from_ical(part.get_payload(decode=True))


def test_a_meeting_that_was_held_costs_its_minutes_and_breaks_the_silence(
    account: Make, ada: User, at: datetime
) -> None:
    pumps = account()
    set_rate(hour_minor=6_000, actor=SYSTEM, at=at)
    row = meeting(pumps, ada, at)
    hold_meeting(row.pk, minutes=90, actor=SYSTEM, at=at + 2 * DAY)
    with pytest.raises(ConflictError):
        cancel_meeting(row.pk, actor=SYSTEM, at=at)

    fact = timeline(pumps.pk)[0]
    assert (fact.kind, fact.cost_minor, fact.direction) == ("accounts.met", 9_000, "out")
    assert fact.happened_at == at + DAY
    assert mail.outbox == []


def test_a_meeting_that_cannot_be_is_refused(account: Make, ada: User, at: datetime) -> None:
    pumps = account()
    with pytest.raises(MeetingError):
        plan_meeting(
            customer_id=pumps.pk, organizer=ada, title="x", starts_at=at, ends_at=at,
            actor=SYSTEM, at=at,
        )  # fmt: skip

    assert not Meeting.objects.exists()


def test_a_feed_shows_meetings_and_tasks_until_it_is_revoked(
    account: Make, ada: User, client: Client
) -> None:
    pumps, at = account(), now()
    meeting(pumps, ada, at)
    add_task(NewTask("Call Eve", at.date(), pumps.pk, ada), actor=SYSTEM, at=at)
    secret = make_feed(ada, actor=SYSTEM, at=at)

    answer = client.get(f"/accounts/feed/{secret}.ics")

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    titles = {str(one["summary"]) for one in Calendar.from_ical(answer.content).walk("VEVENT")}
    assert titles == {"Review ✓", "Call Eve (Pumps Ltd)"}
    assert client.get(f"/accounts/feed/{secret[:-1]}x.ics").status_code == 404
    newer = make_feed(ada, actor=SYSTEM, at=at)
    assert client.get(f"/accounts/feed/{secret}.ics").status_code == 404
    assert client.get(f"/accounts/feed/{newer}.ics").status_code == 200
    revoke_feed(ada, actor=SYSTEM, at=at)
    assert client.get(f"/accounts/feed/{newer}.ics").status_code == 404


def test_a_playbook_begins_by_hand_and_by_what_happened(
    account: Make, spoke: Make, ada: User, ben: User, at: datetime
) -> None:
    pumps = account(owner=ada, deputy=ben)
    steps = [Step("Call", 0), Step("Say hello", 14, "deputy")]
    book = save_playbook(name="Save", steps=steps, trigger="inbox.rated", actor=SYSTEM, at=at)
    early: dict[str, Any] = {"kind": "inbox.rated", "direction": "in", "actor": "customer"}
    spoke(pumps, 1, **early)  # before the playbook listened
    spoke(pumps, -0.1, **early)
    stranger = create_customer(name="Nobody's", actor=SYSTEM, at=at)
    spoke(stranger, -0.1, **early)
    later = at + timedelta(days=0.2)

    assert start_by_events(actor=SYSTEM, at=later) == 1
    assert start_by_events(actor=SYSTEM, at=later) == 0

    play = Play.objects.get()
    due = play.started_at.date()
    assert list(play.tasks.order_by("due_on").values_list("title", "due_on", "assignee")) == [
        ("Call", due, ada.pk),
        ("Say hello", due + timedelta(days=14), ben.pk),
    ]
    start_play(book.pk, customer_id=pumps.pk, occasion="hand:1", actor=SYSTEM, at=at)
    assert Task.objects.count() == 4
    with pytest.raises(PlaybookError):
        save_playbook(name="Empty", steps=[], actor=SYSTEM, at=at)


@pytest.fixture
def pump_maker(ada: User, key_segment: Segment, at: datetime) -> list[Customer]:
    """Three key accounts and two mid ones without an owner, and Ada with 400 hours at 55."""
    mid = canvases.segment("mid")
    keys = canvases.customers("Key 1", "Key 2", "Key 3")
    mids = canvases.customers("Mid 1", "Mid 2")
    canvases.put_into(key_segment, keys)
    canvases.put_into(mid, mids)
    set_rate(hour_minor=5_500, actor=SYSTEM, at=at)
    set_capacity(ada, hours_a_year=400, actor=SYSTEM, at=at)
    for segment, name, hours, without, helped, margin in (
        ("key", "full", 120, 0.92, 0.97, 6_000_000),
        ("mid", "full", 18, 0.86, 0.89, 600_000),
    ):
        save_level(
            segment_key=segment, name=name, hours_a_year=hours, retention_without=without,
            retention_with=helped, margin_minor=margin, grade="D", actor=SYSTEM, at=at,
        )  # fmt: skip
    return [*keys, *mids]


def test_owners_are_proposed_by_gain_and_refused_at_a_loss(
    pump_maker: list[Customer], ada: User, at: datetime
) -> None:
    found = proposal(at).found

    assert [one.candidate.name for one in found.taken] == ["Key 1", "Key 2", "Key 3"]
    assert round(found.taken[0].gain) == 91_779
    assert {round(one.gain) for one in found.refused} == {-267}
    assert all("refused" in one.why for one in found.refused)


def test_only_what_is_proposed_can_be_adopted(
    pump_maker: list[Customer], ada: User, at: datetime
) -> None:
    first, second, _third, mid, _other = (one.pk for one in pump_maker)
    assign_owner(second, owner=ada, actor=SYSTEM, at=at)

    assert adopt_choices([first, second, mid], actor=SYSTEM, at=at) == [first]

    assert owner_of(mid) is None
    assert timeline(first)[0].kind == "accounts.assigned"
    with pytest.raises(AssignmentError):
        adopt_choices([mid], actor=SYSTEM, at=at)


def owners() -> dict[int, tuple[int | None, int | None]]:
    rows = Ownership.objects.filter(until=None)
    return {row.customer_id: (row.owner_id, row.deputy_id) for row in rows}


def test_a_book_is_handed_over_as_a_whole_and_taken_back(
    account: Make, ada: User, ben: User, cleo: User, at: datetime
) -> None:
    pumps, valves = account(deputy=ben, owner=ada), account("Valves Ltd", owner=ada, deputy=cleo)
    task, _new = add_task(NewTask("Call", at.date(), pumps.pk, ada), actor=SYSTEM, at=at)

    handover = hand_over(source=ada, target=ben, actor=SYSTEM, at=at)

    now_owned = {
        row.customer_id: (row.owner_id, row.deputy_id)
        for row in Ownership.objects.filter(until=None)
    }
    assert now_owned == {pumps.pk: (ben.pk, None), valves.pk: (ben.pk, cleo.pk)}
    task.refresh_from_db()
    assert task.assignee_id == ben.pk
    with pytest.raises(HandoverError):
        hand_over(source=ada, target=ben, actor=SYSTEM, at=at)
    assign_owner(valves.pk, owner=cleo, actor=SYSTEM, at=at + HOUR)
    undo_handover(handover.pk, actor=SYSTEM, at=at + 2 * HOUR)
    back = {
        row.customer_id: (row.owner_id, row.deputy_id)
        for row in Ownership.objects.filter(until=None)
    }
    assert back == {pumps.pk: (ada.pk, ben.pk), valves.pk: (cleo.pk, None)}
    task.refresh_from_db()
    assert task.assignee_id == ada.pk
    with pytest.raises(ConflictError):
        undo_handover(handover.pk, actor=SYSTEM, at=at)


def test_who_left_hands_over_but_nobody_hands_over_to_them(
    account: Make, ada: User, ben: User, at: datetime
) -> None:
    account(owner=ben)
    change_user(ben.pk, is_active=False, actor=SYSTEM, at=at)
    ben.refresh_from_db()

    handover = hand_over(source=ben, target=ada, actor=SYSTEM, at=at)

    with pytest.raises(ConflictError):
        undo_handover(handover.pk, actor=SYSTEM, at=at)
    with pytest.raises(HandoverError):
        hand_over(source=ada, target=ben, actor=SYSTEM, at=at)


PAGES = {
    "/accounts/renewals": (200, 200, 403),
    "/accounts/playbooks": (200, 200, 403),
    "/accounts/assignment": (200, 200, 403),
    "/accounts/handovers": (200, 403, 403),
    "/accounts/calendar": (200, 200, 403),
}


@pytest.mark.parametrize(("address", "answers"), PAGES.items())
def test_pages_answer_by_role(
    address: str, answers: tuple[int, int, int],
    ada_client: Client, ben_client: Client, cleo_client: Client,
) -> None:  # fmt: skip
    clients = (ada_client, ben_client, cleo_client)

    assert tuple(client.get(address).status_code for client in clients) == answers


def test_ben_may_change_none_of_it(account: Make, ada: User, ben_client: Client) -> None:
    pumps, at = account(), now()
    row, due = meeting(pumps, ada, at), renewal(pumps, at.date(), at)
    for address in (
        f"/accounts/{pumps.pk}/plan", f"/accounts/{pumps.pk}/goals", f"/accounts/{pumps.pk}/notes",
        f"/accounts/{pumps.pk}/renewals", f"/accounts/{pumps.pk}/meetings",
        f"/accounts/meetings/{row.pk}/change", "/accounts/guests/1/answer",
        "/accounts/goals/1/state", f"/accounts/renewals/{due.pk}/decision",
        f"/accounts/renewals/{due.pk}/reopening", "/accounts/playbooks/save",
        "/accounts/playbooks/1/plays", "/accounts/assignment/adoption",
        "/accounts/handovers/transfer", "/accounts/handovers/1/undo",
    ):  # fmt: skip
        assert ben_client.post(address, {"act": "cancel", "status": "lost"}).status_code == 403
    due.refresh_from_db()
    row.refresh_from_db()
    assert (due.status, row.status) == ("open", "planned")


def test_the_page_of_an_account_takes_plan_goals_notes_renewals_and_meetings(
    account: Make, ada_client: Client
) -> None:
    pumps = account()
    page = f"/accounts/{pumps.pk}"
    ada_client.post(f"{page}/plan", {"aim": "Double the pumps", "review_on": "2027-01-01"})
    ada_client.post(f"{page}/goals", {"title": "Second plant", "target": "2"})
    ada_client.post(f"{page}/notes", {"kind": "solution", "text": "A blue valve"})
    ada_client.post(
        f"{page}/renewals",
        {"name": "Care", "renews_on": "2027-03-01", "value": "5000", "notice_days": "90",
         "lead_days": "30"},
    )  # fmt: skip
    ada_client.post(
        f"{page}/meetings",
        {"title": "Review", "starts_at": "2027-01-01T10:00", "minutes": "45",
         "guests": "eve@example.com\nmax@example.com"},
    )  # fmt: skip
    goal = Goal.objects.get()
    ada_client.post(f"/accounts/goals/{goal.pk}/state", {"status": "met", "current": "2"})

    html = ada_client.get(page).content.decode()
    for words in ("Double the pumps", "Second plant", "A blue valve", "Care", "Review"):
        assert words in html
    goal.refresh_from_db()
    assert (goal.status, AccountNote.objects.get().kind) == ("met", "solution")
    assert Attendee.objects.count() == 2
    ada_client.post(f"{page}/goals", {"title": "", "due_on": "soon"})
    assert Goal.objects.count() == 1
    refused = ada_client.post(f"{page}/meetings", {"title": "x", "minutes": "1"})
    assert refused.status_code == 422


def test_a_meeting_is_answered_moved_held_on_its_page(
    account: Make, ada: User, ada_client: Client
) -> None:
    row = meeting(account(), ada, now(), "eve@example.com")
    guest = Attendee.objects.get()
    ada_client.post(f"/accounts/guests/{guest.pk}/answer", {"answer": "accepted"})
    page = f"/accounts/meetings/{row.pk}"
    assert "Comes" in ada_client.get(page).content.decode()
    move = {"act": "move", "starts_at": "2027-01-01T10:00", "minutes": "30"}
    ada_client.post(f"{page}/change", move)
    row.refresh_from_db()
    assert (row.ends_at - row.starts_at, row.sequence) == (timedelta(minutes=30), 1)
    ada_client.post(f"{page}/change", {"act": "hold", "minutes": "30"})
    row.refresh_from_db()
    assert row.status == "held"
    ada_client.post(f"{page}/change", {"act": "cancel"})
    row.refresh_from_db()
    assert row.status == "held"


def test_a_renewal_is_decided_on_the_list(account: Make, ada_client: Client) -> None:
    row = renewal(account(), now().date() + timedelta(days=40), now(), value_minor=100_000)

    ada_client.post(
        f"/accounts/renewals/{row.pk}/decision", {"status": "lost", "reason": "too dear"}
    )
    assert "too dear" in ada_client.get("/accounts/renewals").content.decode()
    ada_client.post(f"/accounts/renewals/{row.pk}/reopening")
    row.refresh_from_db()
    assert row.status == "open"


def test_a_playbook_is_written_in_lines_and_begun(account: Make, ada_client: Client) -> None:
    pumps = account()
    given = {"name": "Welcome", "steps": "0 Call\n14 deputy: Say hello"}
    assert ada_client.post("/accounts/playbooks/save", given).status_code == 302
    refused = ada_client.post("/accounts/playbooks/save", given | {"steps": "Call"})

    assert refused.status_code == 422
    book = Playbook.objects.get()
    assert [step.part for step in book.steps.order_by("position")] == ["owner", "deputy"]
    ada_client.post(f"/accounts/playbooks/{book.pk}/plays", {"customer": pumps.pk})
    assert Task.objects.count() == 2


def test_the_proposal_is_read_and_adopted(pump_maker: list[Customer], ada_client: Client) -> None:
    html = ada_client.get("/accounts/assignment").content.decode()
    assert "Key 1" in html
    assert "(-267, refused)" in html

    ada_client.post("/accounts/assignment/adoption", {"ids": [pump_maker[0].pk]})

    assert owner_of(pump_maker[0].pk) is not None


def test_nothing_known_says_what_is_missing(ada_client: Client) -> None:
    html = ada_client.get("/accounts/assignment").content.decode()

    assert "Missing: a level of help for a segment" in html


def test_a_handover_is_previewed_done_and_undone(
    account: Make, ada: User, ben: User, ada_client: Client
) -> None:
    pumps = account()
    given = {"source": ada.pk, "target": ben.pk}
    preview = ada_client.get("/accounts/handovers", given).content.decode()
    assert "Pumps Ltd" in preview
    assert not Handover.objects.exists()

    ada_client.post("/accounts/handovers/transfer", given)

    done = Handover.objects.get()
    owner = owner_of(pumps.pk)
    assert owner is not None
    assert owner.owner is not None
    assert owner.owner.id == ben.pk
    ada_client.post(f"/accounts/handovers/{done.pk}/undo")
    done.refresh_from_db()
    assert done.undone_at is not None


def test_the_pack_has_all_of_an_account_as_page_and_json(
    account: Make, ada: User, ada_client: Client
) -> None:
    pumps = account()
    add_task(NewTask("Call", now().date(), pumps.pk, ada), actor=SYSTEM, at=now())
    AccountNote.objects.create(customer=pumps, text="Likes tea", written_at=now())

    page = ada_client.get(f"/accounts/books/{ada.pk}/pack").content.decode()
    values = ada_client.get(f"/accounts/books/{ada.pk}/pack?format=json").json()

    assert "Likes tea" in page
    assert values["accounts"][0]["notes"][0]["text"] == "Likes tea"
    assert values["accounts"][0]["tasks"][0]["title"] == "Call"


def test_notes_of_colleagues_never_leave(
    account: Make, ada: User, ada_client: Client, client: Client
) -> None:
    pumps, at = account(), now()
    AccountNote.objects.create(customer=pumps, text="canary-7261", written_at=at)
    meeting(pumps, ada, at, "eve@example.com")
    add_task(NewTask("Call", at.date(), pumps.pk, ada, note="canary-7262"), actor=SYSTEM, at=at)
    secret = make_feed(ada, actor=SYSTEM, at=at)
    run_until_idle()

    left = client.get(f"/accounts/feed/{secret}.ics").content.decode()
    left += "".join(one.message().as_string() for one in mail.outbox)
    assert not re.search("canary", left)


def test_a_calendar_address_is_shown_once(ada_client: Client) -> None:
    made = ada_client.post("/accounts/calendar").content.decode()

    assert "/accounts/feed/" in made
    assert "/accounts/feed/" not in ada_client.get("/accounts/calendar").content.decode()
    ada_client.post("/accounts/calendar", {"act": "end"})
    assert "Make an address" in ada_client.get("/accounts/calendar").content.decode()


def test_lists_ask_the_same_number_of_times_for_one_and_three(
    account: Make, ada: User, pump_maker: list[Customer], ada_client: Client
) -> None:
    counts: dict[str, list[int]] = {}
    at = now()
    for number in range(3):
        pumps = account(f"Firm {number}")
        renewal(pumps, at.date() + timedelta(days=40), at)
        meeting(pumps, ada, at, f"eve{number}@example.com", f"max{number}@example.com")
        steps = [Step(f"Step {step}") for step in range(number + 1)]
        save_playbook(name=f"Book {number}", steps=steps, actor=SYSTEM, at=at)
        if number == 1:
            continue
        ada_client.get("/jobs")  # the counts beside places are kept for half a minute
        for name in ("renewals", "playbooks", "assignment", "calendar", "handovers"):
            with CaptureQueriesContext(connection) as queries:
                assert ada_client.get(f"/accounts/{name}").status_code == 200
            counts.setdefault(name, []).append(len(queries))

    assert {name: few for name, (few, _many) in counts.items()} == {
        name: many for name, (_few, many) in counts.items()
    }
