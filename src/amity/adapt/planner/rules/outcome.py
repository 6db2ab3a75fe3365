"""The answer to a question to the planner, as it is stored and read again. Pure."""

import math
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from amity.adapt.advisor.advise import Shortage
from amity.adapt.advisor.explain import Explanation
from amity.adapt.advisor.plan import Plan, ResourceUse


@dataclass(frozen=True, slots=True)
class Outcome:
    """A plan, its reasons, and how it stands beside today's policy and simple rules.

    `better_than_today` is the share of 2,000 drawn worlds in which the plan's net is higher.
    """

    plan: Plan
    explanation: Explanation
    shortages: tuple[Shortage, ...]
    today: Plan | None
    better_than_today: float | None
    greedy_net: float | None
    tiers_net: float | None

    @property
    def today_lacks(self) -> tuple[ResourceUse, ...]:
        """What today's mix would need more of than there is; then it is no plan to compare with."""
        if self.today is None:
            return ()
        return tuple(
            use
            for use in self.today.resources
            if use.limit is not None and use.used > use.limit * (1 + 1e-6) + 1e-6
        )


_ADAPTER: TypeAdapter[Outcome] = TypeAdapter(Outcome)


def stored(outcome: Outcome) -> dict[str, Any]:
    """The outcome as JSON values."""
    plan = outcome.plan
    if not math.isfinite(plan.bound):  # stopped before anything was proved
        outcome = replace(outcome, plan=replace(plan, bound=plan.net, gap=1.0))
    values: dict[str, Any] = _ADAPTER.dump_python(outcome, mode="json")
    return values


def read_outcome(values: dict[str, Any]) -> Outcome:
    """The outcome that `stored` wrote."""
    return _ADAPTER.validate_python(values)
