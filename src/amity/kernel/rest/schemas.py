"""Shapes that many operations share."""

import json
import re
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar, cast

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja import Field, Schema
from ninja.parser import Parser
from pydantic import BeforeValidator, ConfigDict, StrictBool

from amity.base.results import AmityError
from amity.base.text import has_nul

T = TypeVar("T")
LARGEST = 2**63 - 1
NUMBER = re.compile(r"\s*[-+]?[0-9.]+(e[0-9]+)?\s*", re.IGNORECASE)
Id = Annotated[int, Field(ge=1, le=LARGEST)]
Yes = StrictBool  # true or false; no 0, no "no"
Minor = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
Short = Annotated[str, Field(max_length=300)]


def written(given: object) -> object:
    """An instant is written out: a bare number could be seconds, milliseconds or a year."""
    if isinstance(given, int | float) or (isinstance(given, str) and NUMBER.fullmatch(given)):
        raise ValueError("an instant is written as 2026-01-31T12:00:00Z")
    return given


Instant = Annotated[datetime, BeforeValidator(written)]


class Strict(Schema):
    """A body that refuses fields it does not know, so that nothing is set by the back door."""

    model_config = ConfigDict(extra="forbid")


class PageOf(Schema, Generic[T]):
    """One page of a list; `next_cursor` gets the following one."""

    items: list[T]
    next_cursor: str | None


class Paging(Schema):
    """Which page."""

    cursor: str | None = Field(
        None, max_length=1000, description="`next_cursor` of the page before."
    )
    limit: int = Field(50, ge=1, le=500, description="Rows on a page.")


class FieldProblem(Schema):
    """What is wrong with one field, and what to do."""

    field: str
    message: str


class Problem(Schema):
    """An error as RFC 9457 says."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


class UnstorableError(AmityError):
    """JSON that a database cannot hold."""


class SafeParser(Parser):
    """Reads JSON and refuses what neither database can hold, wherever it stands."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The body; floats that are not finite, NUL and broken characters are refused."""
        text = request.body.decode()
        parsed = json.loads(text, parse_constant=_no_constant)
        if "\\u" in text or "\x00" in text:
            _check_text(parsed)
        return cast("dict[str, Any]", parsed)

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """The query, where no value has a NUL."""
        for values in data.lists():
            for value in values[1]:
                if isinstance(value, str) and "\x00" in value:
                    raise UnstorableError(f"{values[0][:50]} has a NUL character. Remove it.")
        return super().parse_querydict(data, list_fields, request)


def _no_constant(name: str) -> None:
    raise UnstorableError(f"{name} is no number. Leave the field out or send null.")


def _check_text(parsed: object) -> None:
    if has_nul(parsed):
        raise UnstorableError("A text has a NUL character. Remove it and send it again.")
    try:
        json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise UnstorableError(
            "A text has half a character (a lone surrogate). Repair it."
        ) from error


def utc(instant: datetime, field: str) -> datetime:
    """`instant` as it stands.

    Raises:
        UnstorableError: it has no time zone, or lies outside the years 1 to 9999 in UTC.
    """
    if instant.tzinfo is None:
        raise UnstorableError(f"{field} needs a time zone, as in 2026-01-31T12:00:00Z.")
    if not 1900 <= instant.year <= 2200:
        raise UnstorableError(f"{field} lies outside the years 1900 to 2200.")
    return instant
