"""Renewals: noted, worked on in time, decided, and the decision taken back."""

from datetime import date, datetime, timedelta

from django.db import transaction

from amity.base.results import AmityError, ConflictError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.kernel.customers.ownership import acting_owner
from amity.run.accounts.models import Renewal, Task
from amity.run.accounts.operations.tasks import NewTask, add_task
from amity.run.accounts.operations.writing import audit, check_year, live_customer, log, unlog
from amity.run.accounts.queries.health import condition_of

DECISIONS = (Renewal.Status.RENEWED, Renewal.Status.LOST, Renewal.Status.DROPPED)
LONGEST = 3650


class RenewalError(AmityError):
    """A renewal that cannot be as it was given."""


@transaction.atomic
def add_renewal(
    customer_id: int,
    *,
    name: str,
    renews_on: date,
    actor: Actor,
    at: datetime,
    value_minor: int | None = None,
    notice_days: int = 0,
    lead_days: int = 30,
) -> Renewal:
    """Notes a contract that ends on a day unless it is renewed.

    Raises:
        NotFoundError: there is no such customer.
        RenewalError: it has no name, or its days are not 0 to 3,650.
        YearError: it ends outside the years 1900 to 2200.
    """
    said = clean_text(name, field="name", max_length=200)
    if not said:
        raise RenewalError("Say what is renewed, as in: maintenance contract.")
    if not (0 <= notice_days <= LONGEST and 0 <= lead_days <= LONGEST):
        raise RenewalError("Notice and lead are 0 to 3,650 days.")
    check_year(renews_on)
    customer = live_customer(customer_id)
    renewal = Renewal.objects.create(
        customer=customer,
        name=said,
        renews_on=renews_on,
        value_minor=value_minor,
        notice_days=notice_days,
        lead_days=lead_days,
    )
    audit("renewal_added", "customer", customer.pk, f"{said} on {renews_on}", actor=actor, at=at)
    return renewal


@transaction.atomic
def decide_renewal(
    renewal_id: int, *, status: str, reason: str, actor: Actor, at: datetime
) -> Renewal:
    """Says how a renewal ended; the log keeps it with its value.

    Raises:
        NotFoundError: there is no such renewal.
        ConflictError: it is decided already; take that back first.
        RenewalError: the decision is unknown.
    """
    renewal = _locked(renewal_id)
    if renewal.status != Renewal.Status.OPEN:
        raise ConflictError(f"{renewal.name} is decided: {renewal.get_status_display()}.")
    if status not in DECISIONS:
        raise RenewalError(f"A renewal ends as one of {', '.join(DECISIONS)}.")
    if renewal.health_before is None:
        renewal.health_before = condition_of(renewal.customer_id, at).health.score
    renewal.status = status
    renewal.reason = clean_text(reason, field="reason", max_length=300)
    renewal.decided_at = at
    renewal.save(update_fields=["status", "reason", "decided_at", "health_before"])
    is_kept = status == Renewal.Status.RENEWED
    log(
        "accounts.renewed" if is_kept else "accounts.renewal_lost",
        customer_id=renewal.customer_id,
        source_id=_fact(renewal),
        subject=renewal.name,
        at=at,
        outcome=status,
        value_minor=renewal.value_minor if is_kept else None,
        properties={"reason": renewal.reason, "renews_on": renewal.renews_on.isoformat()},
    )
    audit("renewal_decided", "renewal", renewal.pk, f"{renewal.name}: {status}", actor=actor, at=at)
    return renewal


def _fact(renewal: Renewal) -> str:
    return f"renewal:{renewal.pk}:{renewal.decided_at.isoformat() if renewal.decided_at else ''}"


@transaction.atomic
def reopen_renewal(renewal_id: int, *, actor: Actor, at: datetime) -> Renewal:
    """Takes the decision back.

    Raises:
        NotFoundError: there is no such renewal.
    """
    renewal = _locked(renewal_id)
    if renewal.status == Renewal.Status.OPEN:
        return renewal
    unlog(_fact(renewal), at=at)
    renewal.status, renewal.reason, renewal.decided_at = Renewal.Status.OPEN, "", None
    renewal.save(update_fields=["status", "reason", "decided_at"])
    audit("renewal_reopened", "renewal", renewal.pk, renewal.name, actor=actor, at=at)
    return renewal


def watch_renewals(*, actor: Actor, at: datetime) -> int:
    """Raises a task for each open renewal whose work begins; once each. How many were raised."""
    horizon = at.date() + timedelta(days=2 * LONGEST)
    raised = 0
    for renewal in Renewal.objects.filter(
        status=Renewal.Status.OPEN, renews_on__lte=horizon, customer__merged_into=None
    ).order_by("renews_on", "pk"):
        begins = last_day(renewal) - timedelta(days=renewal.lead_days)
        if begins <= at.date():
            raised += _raise(renewal.pk, actor=actor, at=at)
    return raised


def last_day(renewal: Renewal) -> date:
    """The last day on which notice can be given."""
    return renewal.renews_on - timedelta(days=renewal.notice_days)


@transaction.atomic
def _raise(renewal_id: int, *, actor: Actor, at: datetime) -> bool:
    renewal = _locked(renewal_id)
    if renewal.health_before is None:
        renewal.health_before = condition_of(renewal.customer_id, at).health.score
        renewal.save(update_fields=["health_before"])
    acting = acting_owner(renewal.customer_id, at)
    _task, is_new = add_task(
        NewTask(
            title=f"Renew: {renewal.name}"[:200],
            note=f"It ends on {renewal.renews_on}; notice until {last_day(renewal)}.",
            due_on=max(last_day(renewal), at.date()),
            customer_id=renewal.customer_id,
            assignee=User.objects.get(pk=acting.user.id) if acting is not None else None,
            kind=Task.Kind.RENEWAL,
            origin=f"renewal:{renewal.pk}:{renewal.renews_on}",
        ),
        actor=actor,
        at=at,
    )
    return is_new


def _locked(renewal_id: int) -> Renewal:
    renewal = Renewal.objects.select_for_update().filter(pk=renewal_id).first()
    if renewal is None:
        raise NotFoundError(f"There is no renewal {renewal_id}.")
    return renewal
