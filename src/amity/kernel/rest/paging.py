"""Keyset paging: a page costs the same wherever it is, and new rows do not shift it."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar, cast

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Field, Model, Q, QuerySet

from amity.base.results import AmityError

M = TypeVar("M", bound=Model)
LARGEST = 2**63 - 1


class CursorError(AmityError):
    """A cursor that this list did not give."""

    def __init__(self) -> None:
        super().__init__("The cursor is not one of this list. Start again without a cursor.")


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Some rows of a list, and where the next ones begin (None: these were the last)."""

    items: list[M]
    next_cursor: str | None


def page(rows: QuerySet[M], *, order: str, cursor: str | None, limit: int) -> Page[M]:
    """The rows after `cursor`, at most `limit`, ordered by `order` and then by number.

    `order` names one column without null, with `-` before it for falling; an index on (column,
    id) makes it fast. One statement.

    Raises:
        CursorError: the cursor was made up, or belongs to a list in another order.
    """
    falling = order.startswith("-")
    column = order.removeprefix("-")
    by_id = column in ("id", "pk")
    ordered = rows.order_by(order) if by_id else rows.order_by(order, "-pk" if falling else "pk")
    if cursor:
        value, pk = _decode(cursor, order, rows.model, column)
        ordered = ordered.filter(_after(column, value, pk, falling=falling, by_id=by_id))
    found = list(ordered[: limit + 1])
    if len(found) <= limit:
        return Page(found, None)
    last = found[limit - 1]
    return Page(found[:limit], _encode(order, getattr(last, column), last.pk))


def _after(column: str, value: Any, pk: int, *, falling: bool, by_id: bool) -> Q:
    """`a <= x AND (a < x OR id < y)`: the one form that both databases answer from the index."""
    strict = "lt" if falling else "gt"
    if by_id:
        return Q(**{f"pk__{strict}": pk})
    edge = Q(**{f"{column}__{strict}e": value})
    return edge & (Q(**{f"{column}__{strict}": value}) | Q(**{f"pk__{strict}": pk}))


def _encode(order: str, value: Any, pk: int) -> str:
    shown = value.isoformat() if isinstance(value, datetime | date) else value
    raw = json.dumps([order, shown, pk], separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _decode(cursor: str, order: str, model: type[Model], column: str) -> tuple[Any, int]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        given_order, shown, pk = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if given_order != order or type(pk) is not int or not 0 <= pk <= LARGEST:
            raise CursorError
        value = pk if column in ("id", "pk") else _python_value(model, column, shown)
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise CursorError from error
    return value, pk


def _python_value(model: type[Model], column: str, shown: Any) -> Any:
    if not isinstance(shown, str | int) or (isinstance(shown, int) and abs(shown) > LARGEST):
        raise CursorError
    if isinstance(shown, str) and "\x00" in shown:
        raise CursorError
    try:
        value = cast("Field[Any, Any]", model._meta.get_field(column)).to_python(shown)
        str(value).encode()
    except (ValidationError, FieldDoesNotExist, UnicodeError, OverflowError) as error:
        raise CursorError from error
    if value is None or (isinstance(value, datetime) and value.tzinfo is None):
        raise CursorError
    return value
