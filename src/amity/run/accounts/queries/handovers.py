"""The handover pack: what who takes over should know, account by account."""

from dataclasses import dataclass
from datetime import datetime

from amity.kernel.access.models import User
from amity.kernel.customers.models import Identity, Membership
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.queries import timeline
from amity.run.accounts.models import AccountNote, Handover, Plan, Renewal, Task
from amity.run.accounts.queries.books import Book, BookRow, book_of
from amity.run.accounts.queries.facts import members_now
from amity.run.accounts.queries.plans import notes_of, plan_of, renewals_of
from amity.run.accounts.queries.tasks import open_tasks

LAST = 8  # interactions, notes and tasks shown of each account


@dataclass(frozen=True, slots=True)
class PackPage:
    """One account on one page."""

    row: BookRow
    plan: Plan | None
    interactions: list[Interaction]
    tasks: list[Task]
    renewals: list[Renewal]
    notes: list[AccountNote]
    contacts: list[tuple[Membership, list[Identity]]]


@dataclass(frozen=True, slots=True)
class Pack:
    """All that goes from one person to another."""

    book: Book
    pages: tuple[PackPage, ...]
    loose_tasks: tuple[Task, ...]


def pack_of(manager: User, at: datetime) -> Pack:
    """The pack of a person's book; some ten statements an account, so it is made on request."""
    book = book_of(manager, at)
    loose = open_tasks(user_id=manager.pk).filter(customer=None)
    return Pack(
        book=book,
        pages=tuple(_page(row, at) for row in book.rows),
        loose_tasks=tuple(loose[:200]),
    )


def _page(row: BookRow, at: datetime) -> PackPage:
    pk = row.customer.pk
    members = (
        members_now([pk], at.date()).select_related("person").prefetch_related("person__identities")
    )
    return PackPage(
        row=row,
        plan=plan_of(pk),
        interactions=timeline(pk, limit=LAST),
        tasks=list(open_tasks(customer_id=pk)[:LAST]),
        renewals=list(renewals_of(pk)[:LAST]),
        notes=list(notes_of(pk)[:LAST]),
        contacts=[
            (one, list(one.person.identities.all()))
            for one in members.order_by("person__name_folded", "pk")[:20]
        ],
    )


def as_json(pack: Pack, at: datetime) -> dict[str, object]:
    """The pack as plain values."""
    return {
        "from": pack.book.manager.name,
        "at": at.isoformat(),
        "accounts": [_account(page) for page in pack.pages],
        "other_tasks": [_task(task) for task in pack.loose_tasks],
    }


def _account(page: PackPage) -> dict[str, object]:
    condition = page.row.condition
    return {
        "customer": {"id": page.row.customer.pk, "name": page.row.customer.name},
        "value_12_months_minor": page.row.value.number if page.row.value else None,
        "health": condition.health.score,
        "days_silent": condition.silence.days,
        "cadence_days": condition.standing.cadence_days,
        "plan": _plan(page.plan),
        "tasks": [_task(task) for task in page.tasks],
        "renewals": [
            {"name": one.name, "on": one.renews_on.isoformat(), "value_minor": one.value_minor,
             "notice_days": one.notice_days, "status": one.status}
            for one in page.renewals
        ],
        "notes": [
            {"kind": one.kind, "text": one.text, "at": one.written_at.isoformat()}
            for one in page.notes
        ],
        "contacts": [
            {"name": member.person.name, "role": member.role,
             "reach": [identity.shown for identity in identities]}
            for member, identities in page.contacts
        ],
        "last": [
            {"at": one.happened_at.isoformat(), "kind": one.kind, "subject": one.subject}
            for one in page.interactions
        ],
    }  # fmt: skip


def _plan(plan: Plan | None) -> dict[str, object] | None:
    if plan is None:
        return None
    return {
        "aim": plan.aim,
        "strategy": plan.strategy,
        "review_on": plan.review_on.isoformat() if plan.review_on else None,
        "goals": [
            {"title": goal.title, "status": goal.status, "target": goal.target,
             "current": goal.current}
            for goal in plan.goals.all()
        ],
    }  # fmt: skip


def _task(task: Task) -> dict[str, object]:
    return {"title": task.title, "due_on": task.due_on.isoformat(), "note": task.note}


def handovers() -> list[Handover]:
    """What was handed over, newest first."""
    rows = Handover.objects.select_related("source", "target")
    return list(rows.order_by("-at", "-pk")[:50])
