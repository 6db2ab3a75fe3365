"""What winning customers cost by month and touchpoint, and when they have paid it back."""

import numpy as np

from amity.base.time import day_number
from amity.measure.analytics.acquisition import FEW, cohort_costs, delays, payback
from amity.measure.analytics.arrays import Floats, Ints, floats, ints
from amity.measure.insight.making.asked import Asked, Json
from amity.measure.insight.models import AcquisitionSpend
from amity.measure.insight.reports import number

LONGEST = 6  # months from the first touch to the first order that are looked at
MONTHS = 24  # cohorts that are told
AGES = 24  # times 30 days of contribution


def make(asked: Asked) -> Json:
    """Spend, customers won, cost of each and payback, by cohort; the cost by touchpoint."""
    last = month_of(asked.as_of.year, asked.as_of.month)
    months = _entered_months(last)
    won = asked.rows("acquired", **asked.until)
    overall, measured = _delay(won, last)
    found: Json = {
        "needs": FEW,
        "leads": sum(row["customers"] for row in won if row["lead_month"] >= 0),
        "delay": [number(share, 4) for share in overall],
        "delay_measured": measured,
        "cohorts": [],
        "touchpoints": [],
    }
    if not months:
        return found
    spend = _spend(months)
    total = _Channel(won, sum(spend.values(), np.zeros(len(months))), overall, months)
    found["cohorts"] = _cohorts(asked, total, months)
    for key, money in spend.items():
        rows = [row for row in won if row["touchpoint"] == key]
        own, is_own = _delay(rows, last)
        channel = _Channel(rows, money, own if is_own else overall, months)
        found["touchpoints"].append({"key": key, **channel.summed()})
    return found


class _Channel:
    """Spend and customers won by month, with the delay that spreads the spend."""

    def __init__(self, won: list[Json], money: Floats, delay: Floats, months: list[int]) -> None:
        by_month = dict.fromkeys(months, 0)
        for row in won:
            if row["first_month"] in by_month:
                by_month[row["first_month"]] += row["customers"]
        self.money = money
        self.customers: Ints = ints(list(by_month.values()))
        self.costs = cohort_costs(money, delay, self.customers)

    def summed(self) -> Json:
        """Over the months whose spend is known far enough back."""
        known = (self.costs.covered >= 0.95) & (self.costs.spend > 0)
        won, spent = int(self.customers[known].sum()), float(self.costs.spend[known].sum())
        return {
            "spend": number(float(self.money.sum()), 0),
            "customers": won,
            "cac": number(spent / won, 2) if won else None,
        }


def month_of(year: int, month: int) -> int:
    """The running number of a month, 0 for January 1970."""
    return (year - 1970) * 12 + month - 1


def _entered_months(last: int) -> list[int]:
    """From the first to the last month with spend, of two years; outside nobody knows."""
    entered = [
        running
        for month in AcquisitionSpend.objects.values_list("month", flat=True).distinct()
        if last - MONTHS < (running := month_of(month.year, month.month)) <= last
    ]
    return list(range(min(entered), max(entered) + 1)) if entered else []


def _spend(months: list[int]) -> dict[str, Floats]:
    """By touchpoint key, the spend of each month."""
    found: dict[str, Floats] = {}
    rows = AcquisitionSpend.objects.values_list("month", "touchpoint__key", "amount_minor")
    for month, key, amount in rows.order_by("touchpoint__key"):
        running = month_of(month.year, month.month)
        if months[0] <= running <= months[-1]:
            found.setdefault(key, np.zeros(len(months)))[running - months[0]] += amount
    return found


def _delay(won: list[Json], last: int) -> tuple[Floats, bool]:
    """The measured delay in months, and whether it is measured; else all at once."""
    led = [row for row in won if row["lead_month"] >= 0]
    counts = [row["customers"] for row in led]
    lead = np.repeat(ints([row["lead_month"] for row in led]), counts)
    first = np.repeat(ints([row["first_month"] for row in led]), counts)
    old = (lead + LONGEST <= last) & (first - lead <= LONGEST)
    if int(old.sum()) >= FEW:
        return delays(lead[old], first[old], last, LONGEST), True
    return floats([1.0] + [0.0] * LONGEST), False


def _cohorts(asked: Asked, total: _Channel, months: list[int]) -> list[Json]:
    table = asked.table("contribution_by_age", first=months[0], **asked.until)
    cohort, customer = table["cohort"].to_numpy(), table["customer"].to_numpy()
    age = table["age"].to_numpy()
    value = table["net"].to_numpy() * asked.margin - table["cost"].to_numpy()
    found = []
    for place, month in enumerate(months):
        if not total.customers[place] and not total.money[place]:
            continue
        here = cohort == month
        lived = max(0, min(AGES, (day_number(asked.as_of) - _last_day(month)) // 30))
        grown = _grown(customer[here], age[here], value[here], lived)
        cac = float(total.costs.cac[place])
        found.append(
            {
                "month": month,
                "customers": int(total.customers[place]),
                "spend": number(float(total.costs.spend[place]), 0),
                "cac": number(cac, 2),
                "lived": lived,
                **_paid_back(cac, grown, lived),
            }
        )
    return found


def _grown(customer: Ints, age: Ints, value: Floats, lived: int) -> Floats:
    """Contribution by customer and 30 days of age, as far as all of the cohort have lived."""
    who = np.unique(customer, return_inverse=True)[1] if len(customer) else customer
    grown = np.zeros((int(who.max(initial=-1)) + 1, max(lived, 1)))
    seen = age < lived
    np.add.at(grown, (who[seen], age[seen]), value[seen])
    return grown


def _paid_back(cac: float, grown: Floats, lived: int) -> Json:
    if not lived or not len(grown):
        nothing = dict.fromkeys(("contribution", "months", "earliest", "latest", "ratio"))
        return {**nothing, "reason": "Not all of them are customers for 30 days yet."}
    found = payback(cac, grown)
    return {
        "contribution": number(float(grown.sum(axis=1).mean()), 2),
        "months": found.months,
        "earliest": found.earliest,
        "latest": found.latest,
        "ratio": number(found.ratio, 4),
        "reason": found.reason,
    }


def _last_day(month: int) -> int:
    """The day number of the last day of a running month."""
    after = np.datetime64(month + 1, "M").astype("datetime64[D]").astype(int)
    return int(after) - 1
