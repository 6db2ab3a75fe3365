"""Keyset paging: a page begins after the last row of the one before it, however deep it is.

The cursor is the sort values of the edge row, so a deep page costs what the first one costs.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import F, Q, QuerySet

from amity.base.results import AmityError

Row = TypeVar("Row")  # a model, or a named tuple of its fields


class CursorError(AmityError):
    """The address of a page that is not one of ours."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page, and cursors to its neighbors (empty where there is none)."""

    rows: list[Row]
    next: str
    previous: str


def encode(values: list[Any]) -> str:
    """A cursor as text for an address."""
    text = json.dumps(values, default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str, *, length: int) -> list[Any]:
    """The sort values in a cursor.

    Raises:
        CursorError: it is not one of ours.
    """
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        values = None
    if not isinstance(values, list) or len(values) != length or None in values:
        raise CursorError("This page address is broken. Begin again at the first page.")
    return values


def _beyond(order: list[str], values: list[Any]) -> Q:
    """Rows after `values`, written so that an index on the order serves it.

    The plain OR of the textbook makes both databases scan; a range on the first key, and the OR
    only within its ties, does not.
    """
    first, direction = order[0].lstrip("-"), "lt" if order[0].startswith("-") else "gt"
    if len(order) == 1:
        return Q(**{f"{first}__{direction}": values[0]})
    tie = Q(**{first: values[0]}) & _beyond(order[1:], values[1:])
    return Q(**{f"{first}__{direction}e": values[0]}) & (
        Q(**{f"{first}__{direction}": values[0]}) | tie
    )


def _reversed(order: list[str]) -> list[str]:
    return [key[1:] if key.startswith("-") else f"-{key}" for key in order]


def _value(row: Any, key: str) -> Any:
    value: Any = row
    for part in key.lstrip("-").split("__"):
        value = getattr(value, part)
    return value


def keyset_page(
    rows: QuerySet[Any, Row], *, order: list[str], size: int = 50, after: str = "", before: str = ""
) -> Page[Row]:
    """One page of `rows` in `order` (fields that are never null; the last one unique).

    One statement. `after` or `before` is a cursor from the page before.

    Raises:
        CursorError: the cursor is not one of ours.
    """
    backwards = bool(before)
    used = _reversed(order) if backwards else order
    cursor = before or after
    chosen = rows.order_by(*(_ordering(key) for key in used))
    if cursor:
        chosen = chosen.filter(_beyond(used, decode(cursor, length=len(order))))
    found = list(chosen[: size + 1])
    has_more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([], "", "")
    edge = {True: found[0], False: found[-1]}
    first, last = ([_value(edge[which], key) for key in order] for which in (True, False))
    has_next, has_previous = (True, has_more) if backwards else (has_more, bool(after))
    return Page(
        found,
        encode(last) if has_next else "",
        encode(first) if has_previous else "",
    )


def _ordering(key: str) -> Any:
    return F(key[1:]).desc() if key.startswith("-") else F(key).asc()
