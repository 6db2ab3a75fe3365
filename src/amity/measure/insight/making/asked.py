"""What the makers of descriptions are given."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from amity.base.time import day_number
from amity.measure.analytics.engines import Engine

Json = dict[str, Any]
YEAR = 365


@dataclass(frozen=True, slots=True)
class Asked:
    """The engine, the days that count (both included), the currency and the margin (a share)."""

    engine: Engine
    since: date
    as_of: date
    currency: str
    margin: float

    @property
    def days(self) -> dict[str, int]:
        """The days as the parameters of a question."""
        return {"since": day_number(self.since), "as_of": day_number(self.as_of)}

    @property
    def until(self) -> dict[str, int]:
        """The last day as the parameter of a question."""
        return {"as_of": day_number(self.as_of)}

    def table(self, question: str, **given: int) -> pa.Table:
        """The answer as columns."""
        return self.engine.ask(question, **given)

    def rows(self, question: str, **given: int) -> list[Json]:
        """The answer as rows; for those that do not grow with the customers."""
        found: list[Json] = self.engine.ask(question, **given).to_pylist()
        return found
