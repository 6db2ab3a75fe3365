"""What may stand in the log. Pure."""

import json
import math
import re
from collections.abc import Mapping

from amity.base.results import AmityError
from amity.base.text import clean_text, has_nul

KIND = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
CURRENCY = re.compile(r"[A-Z]{3}")
LARGEST = 2**63 - 1
LARGEST_SECONDS = 2**31 - 1
MAX_PROPERTIES = 32_768  # bytes of JSON


class InteractionError(AmityError):
    """A fact that the log cannot hold as it is given."""


def check_kind(kind: str) -> str:
    """`kind` as it stands.

    Raises:
        InteractionError: it is no past fact with its owner first, such as `inbox.replied`.
    """
    if len(kind) > 60 or not KIND.fullmatch(kind):
        raise InteractionError(
            f"{kind[:80]} is no kind of interaction. Write owner.fact, as in inbox.replied."
        )
    return kind


def check_member(field: str, value: str, allowed: frozenset[str]) -> str:
    """`value` as it stands.

    Raises:
        InteractionError: it is none of `allowed`.
    """
    if value not in allowed:
        raise InteractionError(f"{field} cannot be {value[:60]}. Use {', '.join(sorted(allowed))}.")
    return value


def check_currency(currency: str) -> str:
    """`currency` as it stands.

    Raises:
        InteractionError: it is no ISO 4217 code.
    """
    if not CURRENCY.fullmatch(currency):
        raise InteractionError("currency is a code of three capital letters, as in USD.")
    return currency


def check_amounts(
    *, staff_seconds: int, cost_minor: int, value_minor: int | None, sentiment: float | None
) -> None:
    """Returns where all figures are within what the log holds.

    Raises:
        InteractionError: one is not.
    """
    if not 0 <= staff_seconds <= LARGEST_SECONDS:
        raise InteractionError("staff_seconds is a number of seconds from 0 on.")
    for field, amount in (("cost_minor", cost_minor), ("value_minor", value_minor)):
        if amount is not None and abs(amount) > LARGEST:
            raise InteractionError(f"{field} is too large.")
    if sentiment is not None and not -1 <= sentiment <= 1:
        raise InteractionError("sentiment lies between -1 and 1.")


def clean_properties(properties: Mapping[str, object]) -> dict[str, object]:
    """`properties` as a dictionary that JSON and both databases can hold.

    Raises:
        InteractionError: too large, a NUL, a broken character, a number that is not finite.
    """
    try:
        text = json.dumps(properties, ensure_ascii=False, allow_nan=False)
        encoded = text.encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise InteractionError(
            "properties holds something that JSON cannot: a number that is not finite, a broken "
            "character, or a loop. Remove it."
        ) from error
    if "\\u0000" in text and has_nul(dict(properties)):
        raise InteractionError("properties has a NUL character. Remove it and try again.")
    if len(encoded) > MAX_PROPERTIES:
        raise InteractionError(
            f"properties has {len(encoded)} bytes; at most {MAX_PROPERTIES} are kept. Shorten it."
        )
    return dict(properties)


def clean_source(source: str, source_id: str) -> tuple[str, str]:
    """Where the fact comes from and its number there.

    Raises:
        InteractionError: one is empty.
        UnsafeTextError: one is too long or broken.
    """
    cleaned = clean_text(source, field="source", max_length=50)
    number = clean_text(source_id, field="source_id", max_length=200)
    if not cleaned or not number:
        raise InteractionError("A fact needs its source and its number there, to be stored once.")
    return cleaned, number


def growth_step(rows: int) -> int:
    """A number that moves on each time the log has grown by about a fiftieth.

    Figures over the whole log are kept under it: a busy log is not counted anew for every row.
    """
    return math.floor(math.log1p(rows) * 50)
