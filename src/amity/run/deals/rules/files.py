"""Deals of another system, one a row. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from amity.base.text import fold
from amity.kernel.imports.formats.fields import read_fields

FIELDS = read_fields("amity.run.deals.rules", "files.toml")["deals"]
OPEN, WON, LOST = "open", "won", "lost"
USUAL_TIME = timedelta(days=90)  # until a deal is decided, where nobody said when
_WON = re.compile(r"\bwon\b|gewonnen")
_LOST = re.compile(r"\blost\b|verloren|abandon|disqualif")


@dataclass(frozen=True, slots=True)
class ToldDeal:
    """What one row says of a deal; None and empty where it says nothing."""

    key: str
    customer: str
    stage: str = ""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    expected_at: datetime | None = None
    amount_minor: int = 0
    product: str = ""
    person: str = ""
    title: str = ""
    reason: str = ""
    competitor: str = ""

    @property
    def status(self) -> str:
        """Open, won or lost, by the words of its stage."""
        words = fold(self.stage)
        if _LOST.search(words):
            return LOST
        return WON if _WON.search(words) else OPEN

    @property
    def shown_title(self) -> str:
        """What they may buy, in words."""
        return self.title or self.product or self.key

    def begun_at(self, taken_at: datetime) -> datetime:
        """When it was opened; where nobody said, when it was decided, else now."""
        return self.opened_at or self.closed_at or taken_at

    def to_json(self) -> dict[str, Any]:
        """For storing."""
        cells = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {
            name: cell.isoformat() if isinstance(cell, datetime) else cell for name, cell in cells
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ToldDeal":
        """From what was stored."""
        cells: dict[str, Any] = dict(stored)
        for name in ("opened_at", "closed_at", "expected_at"):
            cells[name] = datetime.fromisoformat(stored[name]) if stored[name] else None
        return cls(**cells)


def squeezed(name: str) -> str:
    """A product's name for comparing: `GTX Pro` and `GTXPro` are the same."""
    return re.sub(r"[\W_]+", "", fold(name))
