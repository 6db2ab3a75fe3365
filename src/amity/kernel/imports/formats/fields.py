"""The fields that a file may bring, and the names that columns have for them. Pure."""

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from amity.base.text import fold
from amity.kernel.imports.formats.currencies import without_currency


class Content(StrEnum):
    """What the cells of a field must be."""

    KEY = "key"
    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its name, what its cells are, and other names for it, the surest first."""

    name: str
    label: str
    content: Content
    synonyms: tuple[str, ...]


def read_fields(package: str, file: str) -> dict[str, tuple[Field, ...]]:
    """The fields that a TOML file of a package lists, by kind; `same_as` names another kind."""
    tables = tomllib.loads(files(package).joinpath(file).read_text("utf-8"))
    named = {(kind, row["name"]): row for kind, rows in tables.items() for row in rows}
    return {
        kind: tuple(_field(named[row.get("same_as", kind), row["name"]]) for row in rows)
        for kind, rows in tables.items()
    }


def _field(row: dict[str, str]) -> Field:
    columns = tuple(" ".join(name.split()) for name in row["columns"].split(","))
    return Field(row["name"], row["label"], Content(row["content"]), columns)


FIELDS = read_fields("amity.kernel.imports.formats", "fields.toml")

_MINOR = re.compile(r"(?:^| )(?:cents?|minor|pence|in cents|pennies|rappen|centimes)$")


def words_of(name: str) -> str:
    """A column name as lower-case words parted by single spaces (`InvoiceNo` → `invoice no`)."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name.strip())
    return re.sub(r"[^a-z0-9]+", " ", fold(parted).replace("ß", "ss")).strip()


def is_minor_name(name: str) -> bool:
    """Whether a column's name says that its amounts are in minor units (`sales_value_cents`)."""
    return _MINOR.search(words_of(name)) is not None


def without_unit(name: str) -> str:
    """The words of a column's name without the unit of its amounts and their currency."""
    return _MINOR.sub("", words_of(without_currency(name))).strip()


@cache
def _all_synonyms() -> frozenset[str]:
    return frozenset(
        word for fields in FIELDS.values() for field in fields for word in field.synonyms
    )


def is_known_name(text: str) -> bool:
    """Whether a cell is a usual name of a column."""
    words = without_unit(text) if len(text) < 60 else ""
    return words in _all_synonyms() or words.replace(" ", "") in _all_synonyms()
