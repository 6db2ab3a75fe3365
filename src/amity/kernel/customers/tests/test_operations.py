from datetime import UTC, date, datetime

import pytest

from amity.base.results import NotFoundError, StaleError
from amity.kernel.access.models import AuditEntry
from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer, Identity, Membership
from amity.kernel.customers.operations import (
    CustomerChanges,
    IdentityTakenError,
    MergeError,
    NewIdentity,
    add_identity,
    create_customer,
    define_custom_field,
    ensure_customer,
    merge_customers,
    remove_identity,
    set_membership,
    set_tags,
    undo_merge,
    update_customer,
)
from amity.kernel.customers.queries import (
    active_customers,
    family,
    find_by_identity,
    get_customer,
    preview_merge,
)
from amity.kernel.customers.rules import ProfileError

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 1, 12, tzinfo=UTC)


def customer(name: str = "Ada", *identities: NewIdentity, **fields: object) -> Customer:
    return create_customer(name=name, actor=SYSTEM, at=AT, identities=identities, **fields)  # type: ignore[arg-type]  # a test's shorthand


def email(value: str, *, verified: bool = False) -> NewIdentity:
    return NewIdentity("email", value, verified_at=AT if verified else None)


def test_new_customer_is_found_by_any_spelling_of_its_identity() -> None:
    made = customer(
        "Zoë", email("Zoe@Example.org"), NewIdentity("phone", "030 901820"), country="DE"
    )

    assert find_by_identity("email", "ZOE@example.ORG") == made
    assert find_by_identity("phone", "+49 30 901820") == made
    assert made.name_folded == "zoe"
    assert AuditEntry.objects.get().action == "customer.created"


def test_identity_of_another_customer_is_refused_and_nothing_is_made() -> None:
    first = customer("Ada", email("a@b.co"))

    with pytest.raises(IdentityTakenError) as refused:
        customer("Bob", email("A@b.co"))

    assert refused.value.holder_id == first.pk
    assert Customer.objects.count() == 1


def test_change_names_what_changed_and_counts_versions() -> None:
    made = customer()

    changed = update_customer(
        made.pk,
        changes=CustomerChanges({"name": "Ada L", "city": "London"}),
        expected_version=1,
        actor=SYSTEM,
        at=AT,
    )

    assert (changed.name, changed.city, changed.version) == ("Ada L", "London", 2)
    assert AuditEntry.objects.order_by("pk").last().changes == {  # type: ignore[union-attr]  # there is one
        "name": {"from": "Ada", "to": "Ada L"},
        "city": {"from": "", "to": "London"},
    }


def test_change_of_a_stale_version_changes_nothing() -> None:
    made = customer()
    update_customer(
        made.pk, changes=CustomerChanges({"city": "Bonn"}), expected_version=1, actor=SYSTEM, at=AT
    )

    with pytest.raises(StaleError):
        update_customer(
            made.pk,
            changes=CustomerChanges({"city": "Rome"}),
            expected_version=1,
            actor=SYSTEM,
            at=AT,
        )

    made.refresh_from_db()
    assert (made.city, made.version) == ("Bonn", 2)


def test_custom_field_values_are_checked_and_taken_away_with_none() -> None:
    define_custom_field(label="Seats", kind="number", actor=SYSTEM, at=AT)
    made = customer(custom={"seats": 3})

    update_customer(
        made.pk,
        changes=CustomerChanges({}, {"seats": None}),
        expected_version=None,
        actor=SYSTEM,
        at=AT,
    )

    made.refresh_from_db()
    assert made.custom == {}
    with pytest.raises(ProfileError):
        customer("Bob", custom={"seats": "three"})


def test_identity_is_added_once_and_removed() -> None:
    made = customer()

    first = add_identity(made.pk, identity=email("a@b.co"), actor=SYSTEM, at=AT)
    again = add_identity(made.pk, identity=email("A@B.CO"), actor=SYSTEM, at=AT)
    remove_identity(made.pk, first.pk, actor=SYSTEM, at=AT)

    assert first == again
    assert find_by_identity("email", "a@b.co") is None


def test_stranger_is_made_once() -> None:
    first, made = ensure_customer(identity=NewIdentity("anonymous", "x1"), name="", at=AT)
    second, again = ensure_customer(identity=NewIdentity("anonymous", "x1"), name="", at=AT)

    assert (first, made, again) == (second, True, False)
    assert first.name == "Visitor x1"


def test_tags_are_made_and_replaced() -> None:
    made = customer(tags=["vip", "b2b"])

    set_tags(made.pk, names=["vip", "new  one"], actor=SYSTEM, at=AT)

    assert sorted(made.tags.values_list("name", flat=True)) == ["new one", "vip"]


def test_only_an_organization_has_members() -> None:
    company, person = customer("Acme", kind="organization"), customer("Ada")

    set_membership(
        organization_id=company.pk, person_id=person.pk, role="buyer", actor=SYSTEM, at=AT
    )
    set_membership(
        organization_id=company.pk, person_id=person.pk, role="buyer", since=date(2026, 1, 1),
        actor=SYSTEM, at=AT,
    )  # fmt: skip

    assert Membership.objects.get().since == date(2026, 1, 1)
    with pytest.raises(ProfileError):
        set_membership(organization_id=person.pk, person_id=company.pk, actor=SYSTEM, at=AT)


def order(of: Customer, number: str) -> Order:
    return Order.objects.create(
        number=number, customer=of, ordered_on=AT.date(), ordered_at=AT, currency="USD"
    )


def test_merge_moves_what_names_the_absorbed_and_undo_returns_it() -> None:
    survivor = customer("Ada", email("a@b.co"), tags=["vip"])
    absorbed = customer("A. L.", email("ada@work.co"), country="GB", tags=["vip", "b2b"])
    mine, theirs = order(survivor, "1"), order(absorbed, "2")

    preview = preview_merge(survivor.pk, absorbed.pk)
    merge = merge_customers(
        survivor_id=survivor.pk, absorbed_id=absorbed.pk, reason="same person", actor=SYSTEM, at=AT
    )

    assert preview.moves == {"customers.Identity.customer": 1, "commerce.Order.customer": 1}
    assert preview.fills == ("country",)
    assert find_by_identity("email", "ada@work.co") == survivor
    assert get_customer(absorbed.pk) == survivor
    assert list(active_customers()) == [survivor]
    assert family(survivor.pk) == [survivor.pk, absorbed.pk]
    theirs.refresh_from_db()
    survivor.refresh_from_db()
    assert (theirs.customer, survivor.country) == (survivor, "GB")
    assert survivor.tags.count() == 2

    undo_merge(merge.pk, actor=SYSTEM, at=AT)

    mine.refresh_from_db()
    theirs.refresh_from_db()
    survivor.refresh_from_db()
    assert (mine.customer, theirs.customer) == (survivor, absorbed)
    assert survivor.country == ""
    assert [tag.name for tag in survivor.tags.all()] == ["vip"]
    assert find_by_identity("email", "ada@work.co") == absorbed
    assert active_customers().count() == 2
    with pytest.raises(MergeError):
        undo_merge(merge.pk, actor=SYSTEM, at=AT)


def test_merged_chain_stays_one_step_and_is_undone_from_its_end() -> None:
    first, second, third = customer("1"), customer("2"), customer("3", email("c@d.co"))
    inner = merge_customers(
        survivor_id=second.pk, absorbed_id=third.pk, reason="", actor=SYSTEM, at=AT
    )
    outer = merge_customers(
        survivor_id=first.pk, absorbed_id=second.pk, reason="", actor=SYSTEM, at=AT
    )

    third.refresh_from_db()
    assert third.merged_into == first
    with pytest.raises(MergeError):
        undo_merge(inner.pk, actor=SYSTEM, at=AT)

    undo_merge(outer.pk, actor=SYSTEM, at=AT)
    assert get_customer(third.pk) == second
    assert find_by_identity("email", "c@d.co") == second
    undo_merge(inner.pk, actor=SYSTEM, at=AT)
    assert find_by_identity("email", "c@d.co") == third


def test_two_verified_people_are_not_merged_unless_somebody_says_so() -> None:
    ada = customer("Ada", email("a@b.co", verified=True))
    bob = customer("Bob", email("b@b.co", verified=True))

    with pytest.raises(MergeError):
        merge_customers(survivor_id=ada.pk, absorbed_id=bob.pk, reason="", actor=SYSTEM, at=AT)
    assert Identity.objects.filter(customer=bob).count() == 1

    merge_customers(
        survivor_id=ada.pk,
        absorbed_id=bob.pk,
        reason="yes",
        actor=SYSTEM,
        at=AT,
        accept_conflicts=True,
    )
    assert Identity.objects.filter(customer=ada).count() == 2


def test_merge_keeps_a_membership_that_both_have() -> None:
    acme = customer("Acme", kind="organization")
    ada, twin = customer("Ada"), customer("Ada twin")
    for person in (ada, twin):
        set_membership(
            organization_id=acme.pk, person_id=person.pk, role="user", actor=SYSTEM, at=AT
        )

    merge = merge_customers(survivor_id=ada.pk, absorbed_id=twin.pk, reason="", actor=SYSTEM, at=AT)

    assert Membership.objects.filter(person=ada).count() == 1
    undo_merge(merge.pk, actor=SYSTEM, at=AT)
    assert Membership.objects.filter(person=twin).count() == 1


def test_impossible_merges_are_refused() -> None:
    ada, acme = customer("Ada"), customer("Acme", kind="organization")

    for survivor, absorbed, error in [
        (ada.pk, ada.pk, MergeError),
        (ada.pk, acme.pk, MergeError),
        (ada.pk, 999_999, NotFoundError),
    ]:
        with pytest.raises(error):
            merge_customers(
                survivor_id=survivor, absorbed_id=absorbed, reason="", actor=SYSTEM, at=AT
            )
    assert active_customers().count() == 2
