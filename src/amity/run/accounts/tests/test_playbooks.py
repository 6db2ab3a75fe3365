"""Playbooks: begun by hand and by what happened."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from amity.kernel.access.models import User
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.operations import create_customer
from amity.run.accounts.models import (
    Play,
    Playbook,
    Task,
)
from amity.run.accounts.operations.playbooks import (
    PlaybookError,
    Step,
    save_playbook,
    start_by_events,
    start_play,
)
from amity.run.accounts.tests.conftest import Make

pytestmark = pytest.mark.django_db


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
