"""The kinds of files: the house's own four, and those that capabilities bring."""

from functools import cache
from typing import cast

from amity.kernel.hooks.discovery import capabilities, load
from amity.kernel.hooks.manifest import FileKind
from amity.kernel.imports.formats.fields import FIELDS, Field

LABELS = {
    "orders": "Orders",
    "customers": "Customers",
    "products": "Products",
    "interactions": "Interactions",
}
_NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "orders": (("date",), ("customer", "order")),
    "customers": (("external", "email", "phone", "name", "first_name", "last_name"),),
    "products": (("product",),),
    "interactions": (("date",), ("customer",)),
}


@cache
def brought_kinds() -> dict[str, FileKind]:
    """The kinds that capabilities bring, by name."""
    return {kind.name: kind for manifest in capabilities() for kind in manifest.file_kinds}


def kind_labels() -> dict[str, str]:
    """Every kind with its name for people."""
    return LABELS | {kind.name: kind.label for kind in brought_kinds().values()}


def fields_of(kind: str) -> tuple[Field, ...]:
    """The fields that a file of this kind may bring."""
    if kind in FIELDS:
        return FIELDS[kind]
    return cast("tuple[Field, ...]", load(brought_kinds()[kind].fields))


def needs_of(kind: str) -> tuple[tuple[str, ...], ...]:
    """The groups of fields of which one each must have a column."""
    return _NEEDS.get(kind) or brought_kinds()[kind].needs


def group_key(kind: str) -> str:
    """The field whose rows belong together; empty where each row stands alone."""
    brought = brought_kinds().get(kind)
    return brought.key if brought is not None else ""
