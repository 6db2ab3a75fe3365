"""Contracts in a measurement: read, fitted by segment and length of period, valued, told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import numpy as np

from amity.base.time import day_number
from amity.base.vocabulary import Nature
from amity.kernel.commerce.models import Contract
from amity.measure.analytics.agreements import (
    RUNS,
    Agreements,
    Curve,
    curve_of,
    pooled_where_thin,
    renewals_by,
)
from amity.measure.analytics.arrays import Floats, Ints, floats
from amity.measure.analytics.clv import Values
from amity.measure.analytics.contracted import (
    ContractValues,
    Extras,
    Horizon,
    extras_of,
    value_contracts,
)
from amity.measure.analytics.retention import ContractFit, fit_contract
from amity.measure.analytics.summary import Occasions
from amity.measure.analytics.valuation import Models
from amity.measure.analytics.verdict import NEEDED_REPEATERS
from amity.measure.insight.log import OrderLog
from amity.measure.insight.parts import Canvas, Part
from amity.measure.insight.rules import main_currency

BOUND = frozenset({Nature.LONG_TERM, Nature.HYBRID})
EVERYBODY = ""
UNKNOWN = "No contract of its customers is known, so what they buy is valued as purchases at will."
MOST_AHEAD = 12


@dataclass(frozen=True, slots=True)
class ContractLog:
    """All contracts; fees in minor units of `currency`, those in another currency are not known."""

    agreements: Agreements
    currency: str
    foreign: int
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Group:
    """The contracts of a segment (or all: no key) with one length of period, and their fit."""

    key: str
    name: str
    months: int
    contracts: int
    running: int
    fit: ContractFit
    curve: Curve


@dataclass(frozen=True, slots=True)
class Contracted:
    """What a measurement found of contracts.

    `values` are of the customers with a contract whose segment is long-term or hybrid; `words` say
    by segment how it was valued.
    """

    groups: tuple[Group, ...]
    values: ContractValues
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Basis:
    """What contracts are valued on: the day, how far ahead, and what a purchase brings."""

    as_of: int
    horizon: Horizon
    models: Models
    values: Values

    def spend_of(self, customers: Ints) -> Floats:
        """The expected money of a purchase of each; 0 where no purchase has an amount."""
        spend, known = self.models.spend, self.models.summary.customer
        none = np.zeros(1)
        usual = spend.model.expected(none, none)[0] * self.values.kept_share if spend else 0.0
        found = np.full(len(customers), usual)
        rows = np.isin(customers, known)
        found[rows] = self.values.spend[np.searchsorted(known, customers[rows])]
        return floats(np.nan_to_num(found))


def contract_log(orders: OrderLog, company_currency: str, until: date) -> ContractLog:
    """All contracts that began by a day, in one pass over the table.

    Fees are in the currency of the orders; without orders, in that of most contracts.
    """
    names = ("customer_id", "started_on", "period_months", "fee_minor", "currency", "ended_on")
    rows = list(Contract.objects.filter(started_on__lte=until).order_by("pk").values_list(*names))
    codes = [row[4] for row in rows]
    has_orders = orders.last_day is not None
    currency = orders.currency if has_orders else main_currency(codes, company_currency)
    fees = [row[3] if row[3] is not None and row[4] == currency else np.nan for row in rows]
    ends = [RUNS if row[5] is None else day_number(row[5]) for row in rows]
    happened = [day for row in rows for day in (row[1], row[5]) if day is not None and day <= until]
    return ContractLog(
        Agreements(
            customer=_ints(row[0] for row in rows),
            started=_ints(day_number(row[1]) for row in rows),
            months=_ints(row[2] for row in rows),
            fee=np.array(fees, dtype=np.float64),
            ended=_ints(ends),
        ),
        currency,
        sum(code != currency for code in codes),
        max(happened, default=None),
    )


def valued_customers(log: ContractLog, canvas: Canvas | None, as_of: int) -> Ints:
    """The customers with a contract by a day whom the canvas serves for long or as hybrids."""
    known = np.unique(log.agreements.known(as_of).customer).tolist()
    return _ints(who for who in known if canvas is not None and canvas.nature_of(who) in BOUND)


def measure_contracts(
    log: ContractLog, canvas: Canvas | None, bought: Occasions, basis: Basis
) -> Contracted | None:
    """Fits and values; None where no contract had begun by the day of the basis."""
    known = log.agreements.known(basis.as_of)
    if not len(known):
        return None
    whole = _groups(EVERYBODY, "", known, basis.as_of, {})
    pooled = {group.months: group.fit for group in whole}
    groups, values, words = [*whole], [], {}
    for key, nature in canvas.natures.items() if canvas is not None else ():
        if canvas is None or nature not in BOUND:
            continue
        members = canvas.customers_of(key)
        part = known.of(np.isin(known.customer, members))
        own = _groups(key, canvas.names.get(key, key), part, basis.as_of, pooled)
        extras = None
        if nature is Nature.HYBRID and len(part):
            extras = extras_of(part, bought, basis.spend_of, basis.as_of)
        if len(part):
            fits = {group.months: group.fit for group in own}
            values.append(value_contracts(part, fits, extras, basis.horizon, basis.as_of))
        groups += own
        words[key] = _words(len(members), len(np.unique(part.customer)), own, extras)
    return Contracted(tuple(groups), _together(values), words)


def _groups(
    key: str, name: str, part: Agreements, as_of: int, pooled: Mapping[int, ContractFit]
) -> list[Group]:
    """The contracts by length of period, the most frequent length first."""
    lengths, counts = np.unique(part.months, return_counts=True)
    found = []
    for months in lengths[np.argsort(-counts, kind="stable")].tolist():
        same = part.of(part.months == months)
        data = renewals_by(same, as_of)
        fit = fit_contract(data)
        if months in pooled:
            fit = pooled_where_thin(fit, pooled[months])
        ahead = min(max(3, data.periods // 2), MOST_AHEAD)
        running = int(np.count_nonzero(same.running(as_of)))
        curve = curve_of(data, fit, ahead)
        found.append(Group(key, name, months, len(same), running, fit, curve))
    return found


def _words(members: int, contracted: int, groups: Sequence[Group], extras: Extras | None) -> str:
    """How a long-term or hybrid segment was valued, as sentences."""
    if not contracted:
        return UNKNOWN
    told = [f"{contracted:,} of {members:,} customers have a contract and are valued by it."]
    if contracted < members:
        told.append("What the others buy is valued as purchases at will.")
    told += [f"Every {group.months} months: {group.fit.reason}" for group in groups]
    if extras is not None:
        buyers = int(np.count_nonzero(extras.purchases))
        told.append(
            f"{int(extras.purchases.sum()):,} purchases of {buyers:,} customers beside the "
            "contract count while it runs."
        )
        if buyers < NEEDED_REPEATERS:
            told.append("They are few, so their rate leans on a guess of one a year.")
    return " ".join(told)


def _together(parts: Sequence[ContractValues]) -> ContractValues:
    """The values of several segments, which have no customer in common, sorted by customer."""
    names = [field.name for field in fields(ContractValues)]
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts]) if parts else np.zeros(0)
        for name in names
    }
    customer = columns.pop("customer").astype(np.int64)
    order = np.argsort(customer)
    return ContractValues(customer[order], **{name: col[order] for name, col in columns.items()})


def words_of(part: Part, contracted: Contracted | None) -> str:
    """How a segment was valued where its nature asks for contracts; empty for the others."""
    if part.nature not in BOUND:
        return ""
    return contracted.words.get(part.key, UNKNOWN) if contracted is not None else UNKNOWN


def contracts_count(values: Values, customers: Ints, contracted: Contracted | None) -> Values:
    """The values of customers, with those of a contract in the place of those of purchases."""
    if contracted is None:
        return values
    found = contracted.values
    place = np.searchsorted(found.customer, customers)
    rows = np.flatnonzero(np.isin(customers, found.customer))
    columns: dict[str, Any] = {
        field.name: getattr(values, field.name).copy()
        for field in fields(ContractValues)
        if field.name != "customer"
    }
    for name, column in columns.items():
        column[rows] = getattr(found, name)[place[rows]]
    return replace(values, **columns)


def longer(values: Values, by: int) -> Values:
    """The values with rows for so many more customers, of whom nothing is known yet."""
    columns: dict[str, Any] = {
        field.name: np.concatenate((getattr(values, field.name), np.full(by, np.nan)))
        for field in fields(Values)
        if field.name != "kept_share"
    }
    return replace(values, **columns)


def first(values: Values, rows: int) -> Values:
    """The values of the first so many customers."""
    columns: dict[str, Any] = {
        field.name: getattr(values, field.name)[:rows]
        for field in fields(Values)
        if field.name != "kept_share"
    }
    return replace(values, **columns)


def _ints(values: Iterable[int]) -> Ints:
    return np.array(list(values), dtype=np.int64)
