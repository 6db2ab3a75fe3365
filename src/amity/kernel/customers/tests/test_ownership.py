from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from amity.base.results import NotFoundError
from amity.kernel.access.models import AuditEntry, Team, User
from amity.kernel.access.operations import add_member, change_user, save_team, set_absence
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer, Ownership
from amity.kernel.customers.operations import (
    OwnershipError,
    assign_owner,
    create_customer,
    end_ownership,
    merge_customers,
    set_membership,
    undo_merge,
)
from amity.kernel.customers.ownership import (
    acting_owner,
    customers_owned_by,
    owner_of,
    owners_of,
    ownership_history,
)

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def person(name: str = "Ann", kind: str = "person") -> Customer:
    return create_customer(name=name, kind=kind, actor=SYSTEM, at=AT)


def owned(customer: Customer, at: datetime = AT, **by: Any) -> Ownership:
    return assign_owner(customer.pk, actor=SYSTEM, at=at, **by)


def north(*members: User) -> Team:
    team = save_team(key="north", name="North", actor=SYSTEM, at=AT)
    for member in members:
        add_member(team_id=team.pk, user_id=member.pk, actor=SYSTEM, at=AT)
    return team


def away(user: User) -> None:
    set_absence(user_id=user.pk, starts_at=AT, ends_at=AT + DAY, actor=SYSTEM, at=AT)


def test_one_owner_at_a_time_and_the_earlier_are_history(ada: User, ben: User) -> None:
    ann = person()
    owned(ann, owner=ada)
    owned(ann, at=AT + DAY, owner=ben, deputy=ada)
    owned(ann, at=AT + 2 * DAY, owner=ben, deputy=ada)

    answer = owner_of(ann.pk)
    assert answer is not None
    assert answer.owner is not None
    assert answer.deputy is not None
    assert (answer.owner.id, answer.deputy.id, answer.since) == (ben.pk, ada.pk, AT + DAY)
    assert [row.owner_id for row in ownership_history(ann.pk)] == [ben.pk, ada.pk]
    assert AuditEntry.objects.filter(action="customer.owner_assigned").count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Ownership.objects.create(customer=ann, owner=ada, since=AT)


def test_ending_leaves_nobody(ada: User) -> None:
    ann = person()
    owned(ann, owner=ada)

    end_ownership(ann.pk, actor=SYSTEM, at=AT + DAY)

    assert owner_of(ann.pk) is None
    assert not customers_owned_by(ada.pk).exists()
    with pytest.raises(NotFoundError):
        end_ownership(ann.pk, actor=SYSTEM, at=AT + DAY)


def test_an_owner_that_cannot_be_is_refused(ada: User, ben: User) -> None:
    ann = person()
    change_user(ben.pk, is_active=False, actor=SYSTEM, at=AT)
    ben.refresh_from_db()

    refused: list[dict[str, Any]] = [
        {},
        {"owner": ada, "deputy": ada},
        {"owner": ben},
        {"deputy": ada},
    ]
    for wrong in refused:
        with pytest.raises(OwnershipError):
            owned(ann, **wrong)

    assert not Ownership.objects.exists()


def test_a_person_has_the_owner_of_their_organization(ada: User, ben: User) -> None:
    ann, firm, other = person(), person("Firm", "organization"), person("Other", "organization")
    set_membership(
        organization_id=other.pk, person_id=ann.pk, until=date(2026, 4, 30), actor=SYSTEM, at=AT
    )
    set_membership(organization_id=firm.pk, person_id=ann.pk, actor=SYSTEM, at=AT)
    owned(other, owner=ben)
    owned(firm, owner=ada)

    answer = owner_of(ann.pk, at=AT)
    assert answer is not None
    assert answer.owner is not None
    assert answer.via is not None
    assert (answer.owner.id, answer.via.name, answer.label) == (ada.pk, "Firm", "Ada Okafor")
    owned(ann, owner=ben)
    own = owner_of(ann.pk, at=AT)
    assert own is not None
    assert own.owner is not None
    assert (own.owner.id, own.via) == (ben.pk, None)


def test_owner_then_deputy_then_somebody_of_the_team(ada: User, ben: User, cleo: User) -> None:
    ann = person()
    owned(ann, owner=ada, deputy=ben, team=north(ada, cleo))
    parts = []
    for leaves in (ada, ben, cleo):
        acting = acting_owner(ann.pk, AT)
        assert acting is not None
        parts.append((acting.user.id, acting.part))
        away(leaves)

    assert parts == [(ada.pk, "owner"), (ben.pk, "deputy"), (cleo.pk, "team")]
    assert acting_owner(ann.pk, AT) is None
    later = acting_owner(ann.pk, AT + DAY)
    assert later is not None
    assert later.part == "owner"


def test_who_may_not_sign_in_does_not_act(ada: User, ben: User) -> None:
    ann = person()
    owned(ann, owner=ben, deputy=ada)

    change_user(ben.pk, is_active=False, actor=SYSTEM, at=AT)

    acting = acting_owner(ann.pk, AT)
    assert acting is not None
    assert (acting.user.id, acting.part) == (ada.pk, "deputy")
    assert acting_owner(person("Zoe").pk, AT) is None


@pytest.mark.parametrize("survivor_has_one", [True, False])
def test_a_merge_keeps_one_owner_and_can_be_taken_back(
    survivor_has_one: bool, ada: User, ben: User
) -> None:
    ann, twin = person(), person("Ann T")
    owned(twin, owner=ben)
    if survivor_has_one:
        owned(ann, owner=ada)

    merge = merge_customers(
        survivor_id=ann.pk, absorbed_id=twin.pk, reason="same", actor=SYSTEM, at=AT
    )

    expected = ada if survivor_has_one else ben
    for pk in (ann.pk, twin.pk):
        answer = owner_of(pk)
        assert answer is not None
        assert answer.owner is not None
        assert answer.owner.id == expected.pk
    assert [row.customer_id for row in customers_owned_by(expected.pk)] == [ann.pk]
    undo_merge(merge.pk, actor=SYSTEM, at=AT)
    back = owner_of(twin.pk)
    assert back is not None
    assert back.owner is not None
    assert back.owner.id == ben.pk
    assert (owner_of(ann.pk) is not None) is survivor_has_one


def test_many_owners_cost_four_statements(
    ada: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    firm = person("Firm", "organization")
    owned(firm, owner=ada)
    people = [person(f"P{number}") for number in range(3)]
    for one in people:
        set_membership(organization_id=firm.pk, person_id=one.pk, actor=SYSTEM, at=AT)

    for some in (people[:1], people):
        with django_assert_num_queries(4):
            assert set(owners_of([one.pk for one in some])) == {one.pk for one in some}
