"""A book handed over as a whole, with its pack."""

from datetime import datetime

import pytest
from django.test import Client

from amity.base.results import ConflictError
from amity.base.time import now
from amity.kernel.access.models import User
from amity.kernel.access.operations import change_user
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Ownership
from amity.kernel.customers.operations import assign_owner
from amity.kernel.customers.ownership import owner_of
from amity.run.accounts.models import (
    AccountNote,
    Handover,
)
from amity.run.accounts.operations.handovers import HandoverError, hand_over, undo_handover
from amity.run.accounts.operations.tasks import NewTask, add_task
from amity.run.accounts.tests.conftest import HOUR, Make

pytestmark = pytest.mark.django_db


def owners() -> dict[int, tuple[int | None, int | None]]:
    rows = Ownership.objects.filter(until=None)
    return {row.customer_id: (row.owner_id, row.deputy_id) for row in rows}


def test_a_book_is_handed_over_as_a_whole_and_taken_back(
    account: Make, ada: User, ben: User, cleo: User, at: datetime
) -> None:
    pumps, valves = account(deputy=ben, owner=ada), account("Valves Ltd", owner=ada, deputy=cleo)
    task, _new = add_task(NewTask("Call", at.date(), pumps.pk, ada), actor=SYSTEM, at=at)

    handover = hand_over(source=ada, target=ben, actor=SYSTEM, at=at)

    assert owners() == {pumps.pk: (ben.pk, None), valves.pk: (ben.pk, cleo.pk)}
    task.refresh_from_db()
    assert task.assignee_id == ben.pk
    with pytest.raises(HandoverError):
        hand_over(source=ada, target=ben, actor=SYSTEM, at=at)
    assign_owner(valves.pk, owner=cleo, actor=SYSTEM, at=at + HOUR)
    undo_handover(handover.pk, actor=SYSTEM, at=at + 2 * HOUR)
    assert owners() == {pumps.pk: (ada.pk, ben.pk), valves.pk: (cleo.pk, None)}
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
