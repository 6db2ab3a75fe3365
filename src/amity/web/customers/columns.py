"""The columns that a list of customers can show: segment, tags, and every declared trait."""

from dataclasses import dataclass
from functools import cache

from django.utils.translation import gettext_noop

from amity.kernel.hooks.discovery import capabilities


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in addresses, its head, how its values are shown, what it means."""

    name: str
    label: str
    kind: str  # "segment", "tags", "owner", "place", or the kind of the trait
    description: str = ""

    @property
    def is_number(self) -> bool:
        """Whether its values stand at the right."""
        return self.kind in {"number", "money", "share", "days"}


PLAIN = (
    Column("segment", gettext_noop("Segment"), "segment"),
    Column("tags", gettext_noop("Tags"), "tags"),
    Column("owner", gettext_noop("Owner"), "owner"),
    Column("place", gettext_noop("Place"), "place"),
)


@cache
def all_columns() -> dict[str, Column]:
    """Every column by name, in the order of the menu."""
    traits = [
        Column(trait.name, trait.label, trait.kind, trait.description)
        for manifest in capabilities()
        for trait in manifest.traits
    ]
    return {column.name: column for column in (*PLAIN, *traits)}
