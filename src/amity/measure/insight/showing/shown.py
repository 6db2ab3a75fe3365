"""The parts of a page that shows a description."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from amity.measure.insight.models import Description
from amity.measure.insight.queries import Names
from amity.ui import formats
from amity.ui.charts import Chart

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in words; `missing` says what it lacks where there is none."""

    label: str
    value: str | None
    unit: str = ""
    low: str | None = None
    high: str | None = None
    grade: str = "B"
    definition: str = ""
    missing: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table, also its own file: a format per column ("", "number", "decimal", "percent" or
    "money"). The page shows the first rows, the file all."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    formats: Sequence[str]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page's content; with `lacking` (what is needed, what is there) nothing else is drawn."""

    title: str
    lead: str
    figures: Sequence[Figure] = ()
    charts: Sequence[tuple[str, Chart]] = ()
    sheets: Sequence[Sheet] = ()
    notes: Sequence[str] = ()
    lacking: str = ""
    step: tuple[str, str] | None = None  # the one next step: words and the name of its page
    chosen: str = ""  # the view of several that is drawn


@dataclass(frozen=True, slots=True)
class Scene:
    """A description with the names of what it speaks of, and what the address chose of it."""

    row: Description
    names: Names
    chosen: str = ""

    @property
    def body(self) -> Json:
        """What was found."""
        found: Json = self.row.body
        return found

    def segment(self, key: str | None) -> str:
        """A segment's name."""
        return _named(self.names.segments, key or "", _("In no segment"))

    def touchpoint(self, key: str) -> str:
        """A touchpoint's name."""
        return _named(self.names.touchpoints, key, _("No touchpoint"))

    def money(self, minor: float | None) -> str | None:
        """An amount in words; None where it is not known."""
        return None if minor is None else formats.money(round(minor), self.row.currency)


def _named(names: Any, key: str, nobody: str) -> str:
    return str(names.get(key, key)) if key else nobody
