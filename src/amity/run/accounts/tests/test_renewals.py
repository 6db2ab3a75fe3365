"""Renewals: work that begins before the notice, and the decision."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from amity.base.results import ConflictError
from amity.base.time import now
from amity.kernel.access.models import User
from amity.kernel.access.rules import SYSTEM
from amity.kernel.interactions.queries import timeline
from amity.run.accounts.models import (
    Renewal,
    Task,
)
from amity.run.accounts.operations.renewals import (
    decide_renewal,
    reopen_renewal,
    watch_renewals,
)
from amity.run.accounts.queries.plans import renewals_by_month
from amity.run.accounts.tests.conftest import Make, renewal

pytestmark = pytest.mark.django_db


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


def test_a_renewal_is_decided_on_the_list(account: Make, ada_client: Client) -> None:
    row = renewal(account(), now().date() + timedelta(days=40), now(), value_minor=100_000)

    ada_client.post(
        f"/accounts/renewals/{row.pk}/decision", {"status": "lost", "reason": "too dear"}
    )
    assert "too dear" in ada_client.get("/accounts/renewals").content.decode()
    ada_client.post(f"/accounts/renewals/{row.pk}/reopening")
    row.refresh_from_db()
    assert row.status == "open"
