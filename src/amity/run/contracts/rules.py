"""Contracts as a file or a program tells them. Pure."""

import re
from dataclasses import dataclass
from datetime import date

from amity.base.text import fold
from amity.kernel.imports.formats.fields import read_fields

FIELDS = read_fields("amity.run.contracts", "files.toml")["contracts"]
LONGEST = 120  # months of a period
_UNITS = {
    1: r"m|mo|mon|month|months|monthly|monat|monate|monatlich",
    3: r"q|quarter|quarters|quarterly|quartal|quartalsweise|vierteljahrlich",
    6: r"half year|half yearly|semiannual|semiannually|biannual|halbjahr|halbjahrlich",
    12: r"y|yr|year|years|yearly|annual|annually|jahr|jahre|jahrlich",
}
_PERIOD = re.compile(r"(?:(\d{1,3})(?:[.,]0+)?)? ?([a-z ]*)")


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed; the fee is that of one period, in minor units of `currency`."""

    key: str
    started_on: date
    period_months: int
    currency: str
    fee_minor: int | None = None
    ended_on: date | None = None
    end_reason: str = ""


def months_of(words: str) -> int | None:
    """A period in months: `12`, `monthly`, `2 years`, `Quartal`; None for what is none."""
    text = re.sub(r"[^a-z0-9.,]+", " ", fold(words).replace("every ", "")).strip()
    found = _PERIOD.fullmatch(text)
    if found is None or not text:
        return None
    count, unit = int(found[1] or 1), found[2].strip()
    if not unit:
        months = count
    else:
        months = count * next((n for n, names in _UNITS.items() if re.fullmatch(names, unit)), 0)
    return months if 1 <= months <= LONGEST else None
