"""Arrow tables for the bulk writer, in the columns of the real models."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from django.db import models
from numpy.typing import NDArray

INSTANT = pa.timestamp("us", "UTC")


def micros(at: datetime) -> int:
    """An instant as microseconds since 1970."""
    return round(at.astimezone(UTC).timestamp() * 1_000_000)


def only(values: NDArray[Any], where: NDArray[np.bool_]) -> pa.Array:
    """The values where they hold, else nothing."""
    return pa.array(values, mask=~where)


def table(model: type[models.Model], count: int, **given: Any) -> pa.Table:
    """`count` rows of a model: the given columns, and the defaults of all others.

    A column is an array, or one value for all rows; instants are microseconds.
    """
    columns = {}
    for field in model._meta.concrete_fields:
        name = field.column
        if name in given:
            columns[name] = _column(field, given.pop(name), count)
        elif field.has_default():
            columns[name] = _column(field, field.get_default(), count)
        elif not field.null and not field.primary_key:
            raise ValueError(f"{model.__name__}.{name} has neither a value nor a default.")
    if given:
        raise ValueError(f"{model.__name__} has no {', '.join(given)}.")
    return pa.table(columns)


def _column(field: "models.Field[Any, Any]", value: Any, count: int) -> pa.Array:
    if isinstance(field, models.JSONField) and isinstance(value, (dict, list)):
        value = json.dumps(value) if isinstance(value, dict) or len(value) != count else value
    if not isinstance(value, (pa.Array, np.ndarray, list)):
        value = pa.array([value] * count)
    column = value if isinstance(value, pa.Array) else pa.array(value)
    if isinstance(field, models.DateTimeField):
        column = column.cast(pa.int64()).cast(INSTANT)
    return column
