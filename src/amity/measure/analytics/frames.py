"""Orders in a frame of any library as a log.

Read through the Arrow PyCapsule interface, which pandas, polars, Arrow, DuckDB relations and others
offer, so none of them is needed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from amity.measure.analytics.arrays import Ints
from amity.measure.analytics.summary import Log, make_log


@dataclass(frozen=True, slots=True)
class Orders:
    """The log of a frame; its customers are numbers into `names`, an Arrow array of what it says.

    `anonymous` rows had no customer and are outside.
    """

    log: Log
    names: Any
    anonymous: int

    @property
    def last_day(self) -> int:
        """The day of the last order (days since 1970-01-01)."""
        return int(self.log.day.max())

    def named(self, customer: Ints) -> Any:
        """What stood in the frame for customers of the log, as an Arrow array."""
        return self.names.take(pa.array(customer))


def read_orders(
    frame: Any,
    *,
    customer: str = "customer",
    date: str = "date",
    amount: str | None = None,
    order: str | None = None,
) -> Orders:
    """The log of the orders in a frame, one row an order or a line.

    `frame` is a pandas or polars frame, an Arrow table, a DuckDB relation, anything else with
    `__arrow_c_stream__`, or a mapping of names to columns. `date` holds dates, timestamps (their
    wall clock counts) or ISO text; `amount` numbers in any unit of money, negative for what came
    back; `order` tells which lines are one order, so that a discount line is no return.

    Raises:
        TypeError: the frame offers no columns.
        ValueError: a column is missing, or holds what it cannot be read as.
    """
    table = _table(frame)
    wanted = {"customer": customer, "date": date, "amount": amount, "order": order}
    columns = {role: _column(table, name) for role, name in wanted.items() if name is not None}
    known = pc.is_valid(columns["customer"])
    anonymous = len(known) - (pc.sum(known).as_py() or 0)
    if anonymous:
        columns = {role: column.filter(known) for role, column in columns.items()}
    if not len(columns["customer"]):
        raise ValueError("There is no order of a known customer in the frame.")
    who = _encoded(columns["customer"])
    log = make_log(
        who.indices.to_numpy(),
        _days(columns["date"], date),
        _amounts(columns["amount"], amount) if amount else None,
        _encoded(columns["order"]).indices.to_numpy() if order else None,
    )
    return Orders(log, who.dictionary, anonymous)


def _table(frame: Any) -> Any:
    if isinstance(frame, Mapping):
        return pa.table(dict(frame))
    if hasattr(frame, "__arrow_c_stream__"):
        return pa.table(frame)
    hint = " Collect it first." if hasattr(frame, "collect") else ""
    raise TypeError(
        f"{type(frame).__name__} has no __arrow_c_stream__, so its columns cannot be read.{hint}"
    )


def _column(table: Any, name: str) -> Any:
    if name not in table.column_names:
        raise ValueError(f"There is no column {name!r}. There are {', '.join(table.column_names)}.")
    column = table.column(name).combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string_view(column.type):  # of polars; Arrow cannot yet pick from it
        column = column.cast(pa.large_string())
    return column


def _encoded(column: Any) -> Any:
    encoded = pc.dictionary_encode(column, null_encoding="encode")
    return encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded


def _days(column: Any, name: str) -> Ints:
    if column.null_count:
        raise ValueError(f"{column.null_count} rows have no {name}.")
    kind = column.type
    try:
        if pa.types.is_timestamp(kind):
            wall = pc.local_timestamp(column) if kind.tz else column
            days = pc.floor_temporal(wall, unit="day").cast(pa.date32())
        elif pa.types.is_date(kind):
            days = column.cast(pa.date32())
        else:
            text = pc.utf8_slice_codeunits(column.cast(pa.string()), 0, 10)
            days = text.cast(pa.date32())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ValueError(
            f"{name} holds what is no date: {error}. Give dates, timestamps or text as 2024-03-01."
        ) from None
    return np.asarray(days.cast(pa.int32()).to_numpy(zero_copy_only=False), dtype=np.int64)


def _amounts(column: Any, name: str | None) -> Any:
    try:
        return pc.fill_null(column.cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise ValueError(f"{name} holds what is no number.") from None
