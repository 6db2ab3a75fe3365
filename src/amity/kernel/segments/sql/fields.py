"""Tests of what is said of a customer: columns, identities, tags, custom fields, traits."""

from abc import ABC, abstractmethod
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTransform

from amity.base.money import minor_digits
from amity.base.text import fold
from amity.base.time import day_number
from amity.kernel.customers.models import Customer, Identity, Ownership, Participation, Tag
from amity.kernel.segments.language.tree import RuleError, Window
from amity.kernel.segments.sql.tests_of_values import (
    days_of,
    folded_test,
    instant_test,
    number_test,
    text_test,
)
from amity.kernel.traits.models import Trait

ME = OuterRef("pk")
_HAS_VALUE = Q(value__isnull=False) & ~Q(value=None)  # null is as little known as what is missing
IDENTITIES = {
    "email": Identity.Kind.EMAIL,
    "phone": Identity.Kind.PHONE,
    "customer_number": Identity.Kind.EXTERNAL,
}


class Field(ABC):
    """A field of one kind; a test that does not fit its kind cannot be run."""

    @abstractmethod
    def known(self) -> Q:
        """It has a value."""

    def text(self, op: str, values: tuple[str, ...]) -> Q:
        """Its text is, contains or starts with."""
        raise RuleError(f"A text stands where the field has none: {values[0]}.")

    def number(self, op: str, low: Decimal, high: Decimal | None) -> Q:
        """Its number compares."""
        raise RuleError(f"A number stands where the field has none: {low}.")

    def window(self, window: Window, at: datetime) -> Q:
        """Its date lies in the window."""
        raise RuleError("A window stands where the field has no date.")


class Column(Field):
    """A text column of the customer."""

    def __init__(self, name: str) -> None:
        self._name = name

    def known(self) -> Q:
        return ~Q(**{self._name: ""})

    def text(self, op: str, values: tuple[str, ...]) -> Q:
        return text_test(self._name, op, values)


class Name(Column):
    """The customer's name, found without regard to case and accents."""

    def __init__(self) -> None:
        super().__init__("name_folded")

    def text(self, op: str, values: tuple[str, ...]) -> Q:
        return folded_test(self._name, op, tuple(fold(value) for value in values))


class Created(Field):
    """When the record was made."""

    def known(self) -> Q:
        return Q(created_at__isnull=False)

    def window(self, window: Window, at: datetime) -> Q:
        return instant_test("created_at", window, at)


class CustomField(Field):
    """A field that the company added, in the customer's JSON."""

    def __init__(self, key: str, kind: str) -> None:
        self._kind = kind
        self._row = Customer.objects.filter(pk=ME).annotate(value=KeyTransform(key, "custom"))

    def known(self) -> Q:
        return Q(Exists(self._row.filter(_HAS_VALUE).exclude(value="")))

    def text(self, op: str, values: tuple[str, ...]) -> Q:
        if self._kind == "yes_no":
            test = Q()
            for value in values:
                test |= Q(value=value.lower() == "yes")
        else:
            test = text_test("value", op, values)
        return Q(Exists(self._row.filter(test)))

    def number(self, op: str, low: Decimal, high: Decimal | None) -> Q:
        return Q(Exists(self._row.filter(_HAS_VALUE, number_test("value", op, low, high))))

    def window(self, window: Window, at: datetime) -> Q:
        """A date is kept as ISO text, which sorts as its days do."""
        first, last = days_of(window, at)
        test = _HAS_VALUE
        if first is not None:
            test &= Q(value__gte=first.isoformat())
        if last is not None:
            test &= Q(value__lte=last.isoformat())
        return Q(Exists(self._row.filter(test)))


class TraitField(Field):
    """A measured trait; money is compared in the company's currency."""

    def __init__(self, name: str, kind: str, currency: str) -> None:
        self._rows = Trait.objects.filter(customer=ME, name=name)
        self._scale = Decimal(10) ** (minor_digits(currency) if kind == "money" else 0)

    def known(self) -> Q:
        return Q(Exists(self._rows.exclude(number=None, text="")))

    def text(self, op: str, values: tuple[str, ...]) -> Q:
        return Q(Exists(self._rows.filter(text_test("text", op, values))))

    def number(self, op: str, low: Decimal, high: Decimal | None) -> Q:
        scaled = high * self._scale if high is not None else None
        return Q(Exists(self._rows.filter(number_test("number", op, low * self._scale, scaled))))

    def window(self, window: Window, at: datetime) -> Q:
        """A date trait has its day number beside its text."""
        first, last = days_of(window, at)
        test = Q(number__isnull=False)
        if first is not None:
            test &= Q(number__gte=day_number(first))
        if last is not None:
            test &= Q(number__lte=day_number(last))
        return Q(Exists(self._rows.filter(test)))


class Rows(Field):
    """A text that a customer may have several of: identities, tags, sides."""

    def __init__(self, rows: QuerySet[Model], column: str) -> None:
        self._rows = rows
        self._column = column

    def known(self) -> Q:
        return Q(Exists(self._rows))

    def text(self, op: str, values: tuple[str, ...]) -> Q:
        return Q(Exists(self._rows.filter(text_test(self._column, op, values))))


def attribute(name: str, at: datetime) -> Field:
    """The attribute of this name."""
    if name == "name":
        return Name()
    if name == "created":
        return Created()
    rows = _rows(name, at)
    return rows if rows is not None else Column(name)


def _rows(name: str, at: datetime) -> Rows | None:
    if name == "tag":
        return Rows(Tag.objects.filter(customers=ME), "name")
    if name == "owner":
        held = Ownership.objects.filter(customer=ME, until=None, owner__isnull=False)
        return Rows(held, "owner__name")
    if name == "side":
        current = Q(until=None) | Q(until__gte=at.date())
        return Rows(Participation.objects.filter(current, customer=ME), "side__key")
    if name in IDENTITIES:
        return Rows(Identity.objects.filter(customer=ME, kind=IDENTITIES[name]), "value")
    return None
