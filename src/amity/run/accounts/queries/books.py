"""Books of business: who looks after whom, with what time, and how it goes."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from amity.kernel.access.models import User
from amity.kernel.customers.models import Customer, Ownership
from amity.kernel.traits.queries import TraitValue, traits_of
from amity.run.accounts.models import Capacity
from amity.run.accounts.queries.facts import staff_hours_of
from amity.run.accounts.queries.health import Condition, conditions_of
from amity.run.accounts.queries.standings import standings_of
from amity.run.accounts.rules.books import Coverage, coverage_of

VALUE, HEALTH, SILENT = "clv_12m", "account.health", "account.days_since_contact"
MEASURED = (VALUE, HEALTH, SILENT)
AT_RISK = 40
BOOK_SHOWN = 200  # accounts of one page; the largest useful book of one person


@dataclass(frozen=True, slots=True)
class BookRow:
    """One account of a book."""

    customer: Customer
    condition: Condition
    value: TraitValue | None
    deputy: User | None


@dataclass(frozen=True, slots=True)
class Book:
    """A manager's accounts, those that need somebody first."""

    manager: User
    rows: tuple[BookRow, ...]
    total: int
    coverage: Coverage
    value_minor: float | None

    @property
    def missed(self) -> int:
        """How many accounts waited longer than was agreed."""
        return sum(row.condition.silence.state == "missed" for row in self.rows)


@dataclass(frozen=True, slots=True)
class BookSummary:
    """One manager in the list of books; health is the mean of what was measured."""

    manager: User
    coverage: Coverage
    value_minor: float | None
    health: float | None
    at_risk: int


def book_of(manager: User, at: datetime) -> Book:
    """The book of one person, at most `BOOK_SHOWN` rows; fifteen statements at most."""
    owned = _current().filter(owner=manager).select_related("customer", "deputy")
    total = owned.count()
    ownerships = list(owned.order_by("customer__name_folded", "customer_id")[:BOOK_SHOWN])
    ids = [row.customer_id for row in ownerships]
    conditions = conditions_of(ids, at)
    values = traits_of(ids, MEASURED)
    rows = [
        BookRow(row.customer, conditions[row.customer_id], values[row.customer_id].get(VALUE),
                row.deputy)
        for row in ownerships
    ]  # fmt: skip
    used = sum(row.condition.facts.staff_seconds for row in rows) / 3600
    return Book(
        manager=manager,
        rows=tuple(sorted(rows, key=_urgency)),
        total=total,
        coverage=coverage_of(
            [row.condition.standing.hours for row in rows],
            used=used,
            capacity=capacities().get(manager.pk),
        ),
        value_minor=_sum([row.value for row in rows]),
    )


def _urgency(row: BookRow) -> tuple[int, float, str]:
    order = {"missed": 0, "due": 1, "kept": 2, "none": 2}
    return (
        order[row.condition.silence.state],
        row.condition.health.score,
        row.customer.name_folded,
    )


def books(at: datetime) -> list[BookSummary]:
    """All books, by manager; ten statements, whatever their number."""
    owned: dict[int, list[int]] = defaultdict(list)
    for owner_id, customer_id in _current().values_list("owner_id", "customer_id"):
        if owner_id is not None:
            owned[owner_id].append(customer_id)
    everything = [pk for ids in owned.values() for pk in ids]
    standings, used = standings_of(everything), staff_hours_of(everything, at)
    values, hours = traits_of(everything, MEASURED), capacities()
    managers = User.objects.filter(pk__in={*owned, *hours}).order_by("name", "pk")
    return [
        BookSummary(
            manager=manager,
            coverage=coverage_of(
                [standings[pk].hours for pk in owned[manager.pk]],
                used=sum(used[pk] for pk in owned[manager.pk]),
                capacity=hours.get(manager.pk),
            ),
            value_minor=_sum([values[pk].get(VALUE) for pk in owned[manager.pk]]),
            health=_mean(scores := _scores(owned[manager.pk], values)),
            at_risk=sum(score < AT_RISK for score in scores),
        )
        for manager in managers
    ]


def _scores(ids: Collection[int], values: dict[int, dict[str, TraitValue]]) -> list[float]:
    found = [values[pk][HEALTH].number for pk in ids if HEALTH in values[pk]]
    return [score for score in found if score is not None]


def _mean(scores: list[float]) -> float | None:
    return sum(scores) / len(scores) if scores else None


def _sum(found: list[TraitValue | None]) -> float | None:
    numbers = [one.number for one in found if one is not None and one.number is not None]
    return sum(numbers) if numbers else None


def _current() -> QuerySet[Ownership]:
    return Ownership.objects.filter(until=None, customer__merged_into=None, owner__isnull=False)


def capacities() -> dict[int, float]:
    """The hours a year of each person who has some for accounts."""
    return dict(Capacity.objects.values_list("user_id", "hours_a_year"))
