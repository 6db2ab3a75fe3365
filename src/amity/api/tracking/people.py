"""Who did it: users, visitors and groups of tracking messages as customers.

A write key stands in web pages, so whoever reads the page may send with it. Therefore a message
fills in what is empty and never overwrites what the company knows, and two customers are made one
only where one of them is a stranger: nobody named it, imported it, or knows its address.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from amity.api.tracking.messages import Message
from amity.base.results import AmityError
from amity.base.text import clean_text, fold
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer, Identity
from amity.kernel.customers.operations import (
    NewIdentity,
    ensure_customer,
    merge_customers,
    set_membership,
)
from amity.kernel.customers.operations.identities import attach, stranger_name
from amity.kernel.customers.rules import ANONYMOUS, EMAIL, EXTERNAL, PHONE, clean_country

MAX_TRAIT = 32_768  # a message has no more bytes
GROUPS = "group"  # namespace of the organizations' numbers
Key = tuple[str, str, str]  # kind, namespace, value


def user_key(user_id: str) -> Key:
    """The identity that a userId is."""
    return (EXTERNAL, "", user_id)


def visitor_key(anonymous_id: str) -> Key:
    """The identity that an anonymousId is."""
    return (ANONYMOUS, "", anonymous_id)


class People:
    """The customers of one batch of messages, looked up together and kept up to date."""

    def __init__(self, messages: Iterable[Message], *, at: datetime) -> None:
        self.at = at
        self._holders: dict[Key, int] = {}
        wanted = sorted({key for message in messages for key in _keys(message)})
        for start in range(0, len(wanted), 400):
            self._look_up(wanted[start : start + 400])

    def _look_up(self, keys: list[Key]) -> None:
        found = Identity.objects.filter(
            kind__in={key[0] for key in keys}, value__in=[key[2] for key in keys]
        )
        for row in found:
            self._holders[(row.kind, row.namespace, row.value)] = row.customer_id

    def who(self, message: Message) -> int:
        """The number of the customer who did it; strangers are made, visitors become known."""
        if not message.user_id:
            return self._ensure(visitor_key(message.anonymous_id))
        if not message.anonymous_id:
            return self._ensure(user_key(message.user_id))
        return self._recognize(message.user_id, visitor_key(message.anonymous_id))

    def _recognize(self, user_id: str, visitor: Key) -> int:
        """The user, to whom the visitor belongs from now on unless it is somebody else's."""
        user = user_key(user_id)
        known, visiting = self._holders.get(user), self._holders.get(visitor)
        if known is None and visiting is not None and self._is_stranger(visiting, but=user):
            self._attach(visiting, user)
            return visiting
        known = self._ensure(user)
        if visiting is None:
            self._attach(known, visitor)
        elif visiting != known and self._is_visitor(visiting):
            self._merge(known, visiting, reason="The visitor signed in.")
        return known

    def alias(self, message: Message) -> str:
        """Makes previousId and userId one customer; the outcome in a word."""
        user = self._ensure(user_key(message.user_id))
        visitor, former = visitor_key(message.previous_id), user_key(message.previous_id)
        previous = self._holders.get(visitor) or self._holders.get(former)
        if previous is None:
            self._attach(user, visitor)
            return "linked"
        if previous == user:
            return "known"
        if self._is_stranger(previous):
            self._merge(user, previous, reason="An alias was sent.")
        elif self._is_stranger(user):
            self._merge(previous, user, reason="An alias was sent.")
        else:
            return "left apart"
        return "merged"

    def join_group(self, person_id: int, message: Message) -> int:
        """Makes the person a member of the group's organization, whose number is returned."""
        key = (EXTERNAL, GROUPS, message.group_id)
        group_id = self._holders.get(key)
        if group_id is None:
            group, _created = ensure_customer(
                identity=NewIdentity(EXTERNAL, message.group_id, GROUPS),
                name=_text(message.traits, "name", 200) or f"Group {message.group_id}"[:200],
                kind=Customer.Kind.ORGANIZATION,
                at=self.at,
            )
            group_id = self._holders[key] = group.pk
        set_membership(organization_id=group_id, person_id=person_id, actor=SYSTEM, at=self.at)
        return group_id

    def learn(self, customer_id: int, traits: Mapping[str, Any]) -> None:
        """Fills in what is empty from the traits of an identify message."""
        customer = Customer.objects.select_for_update().get(pk=customer_id)
        for kind in (EMAIL, PHONE):
            value = traits.get(kind)
            if isinstance(value, str) and value.strip():
                self._attach_if_free(customer, NewIdentity(kind, value))
        fields = _learned(customer, traits)
        if not fields:
            return
        for name, value in fields.items():
            setattr(customer, name, value)
        customer.version += 1
        customer.updated_at = self.at
        customer.save(update_fields=[*fields, "version", "updated_at"])

    def _attach_if_free(self, customer: Customer, identity: NewIdentity) -> None:
        try:
            attach(customer, identity, at=self.at)
        except AmityError:
            return  # not an address, or somebody else's: the traits in the log still say it

    def _ensure(self, key: Key) -> int:
        holder = self._holders.get(key)
        if holder is None:
            kind, namespace, value = key
            customer, _created = ensure_customer(
                identity=NewIdentity(kind, value, namespace), name="", at=self.at
            )
            holder = self._holders[key] = customer.pk
        return holder

    def _attach(self, customer_id: int, key: Key) -> None:
        kind, namespace, value = key
        customer = Customer.objects.get(pk=customer_id)
        unnamed = _is_unnamed(customer)
        row = attach(customer, NewIdentity(kind, value, namespace), at=self.at)
        if kind == EXTERNAL and unnamed:
            customer.name = stranger_name(kind, value)
            customer.name_folded = fold(customer.name)[:200]
            customer.save(update_fields=["name", "name_folded"])
        self._holders[key] = row.customer_id

    def _is_visitor(self, customer_id: int) -> bool:
        kinds = Identity.objects.filter(customer_id=customer_id).values_list("kind", flat=True)
        return self._is_stranger(customer_id) and set(kinds) == {ANONYMOUS}

    def _is_stranger(self, customer_id: int, *, but: Key | None = None) -> bool:
        """Whether only tracking knows the customer; with `but`, and not by a userId either."""
        customer = Customer.objects.get(pk=customer_id)
        identities = list(customer.identities.all())
        allowed = {ANONYMOUS} if but is not None else {ANONYMOUS, EXTERNAL}
        return (
            customer.import_id is None
            and customer.kind == Customer.Kind.PERSON
            and _is_unnamed(customer)
            and all(row.kind in allowed and row.verified_at is None for row in identities)
        )

    def _merge(self, survivor_id: int, absorbed_id: int, *, reason: str) -> None:
        merge_customers(
            survivor_id=survivor_id,
            absorbed_id=absorbed_id,
            reason=reason,
            actor=SYSTEM,
            at=self.at,
            accept_conflicts=True,
        )
        for key, holder in self._holders.items():
            if holder == absorbed_id:
                self._holders[key] = survivor_id


def _is_unnamed(customer: Customer) -> bool:
    """Whether the name was made from an identity by us, for want of a better one."""
    return customer.name in {
        stranger_name(row.kind, row.value) for row in customer.identities.all()
    }


def _keys(message: Message) -> list[Key]:
    keys = []
    if message.user_id:
        keys.append(user_key(message.user_id))
    if message.anonymous_id:
        keys.append(visitor_key(message.anonymous_id))
    if message.previous_id:
        keys += [visitor_key(message.previous_id), user_key(message.previous_id)]
    if message.group_id:
        keys.append((EXTERNAL, GROUPS, message.group_id))
    return keys


def _text(traits: Mapping[str, Any], name: str, limit: int) -> str:
    value = traits.get(name)
    if not isinstance(value, str):
        return ""
    return clean_text(value, field=name, max_length=MAX_TRAIT)[:limit]


def _learned(customer: Customer, traits: Mapping[str, Any]) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = _text(traits, "name", 200) or " ".join(
        part for part in (_text(traits, "firstName", 100), _text(traits, "lastName", 100)) if part
    )
    if name and _is_unnamed(customer):
        fields |= {"name": name, "name_folded": fold(name)[:200]}
    address = traits.get("address")
    place = address if isinstance(address, dict) else {}
    city = _text(place, "city", 100) or _text(traits, "city", 100)
    if city and not customer.city:
        fields["city"] = city
    country = _text(place, "country", 60) or _text(traits, "country", 60)
    if len(country) == 2 and not customer.country:
        try:
            fields["country"] = clean_country(country)
        except AmityError:
            return fields
    return fields
