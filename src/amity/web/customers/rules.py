"""What a list of customers shows and in which order, read from an address. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

DEFAULT_COLUMNS = ("segment", "orders", "recency_days", "clv_12m")
PLAIN_SORTS = {
    "recent": ("-updated_at", "-id"),
    "name": ("name_folded", "id"),
    "-name": ("-name_folded", "-id"),
}
MAX_COLUMNS = 8


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as its address says: what is searched, filtered, sorted and shown."""

    q: str = ""
    segment: str = ""
    tag: str = ""
    kind: str = ""
    country: str = ""
    owner: str = ""  # the owner's name
    where: str = ""  # a rule, in the readable form of the rule language
    sort: str = "recent"
    columns: tuple[str, ...] = field(default=DEFAULT_COLUMNS)

    def address(self, path: str = "/customers", **changes: str) -> str:
        """The address of this list with some of its parts changed."""
        return f"{path}?{query}" if (query := self.query(**changes)) else path

    def query(self, **changes: str) -> str:
        """The part of the address after the question mark; defaults are left out."""
        values = self.parts() | changes
        return urlencode({key: value for key, value in values.items() if value})

    def parts(self) -> dict[str, str]:
        """What differs from the plain list, by name."""
        return {
            "q": self.q,
            "segment": self.segment,
            "tag": self.tag,
            "kind": self.kind,
            "country": self.country,
            "owner": self.owner,
            "where": self.where,
            "sort": "" if self.sort == "recent" else self.sort,
            "columns": "" if self.columns == DEFAULT_COLUMNS else ",".join(self.columns),
        }

    @property
    def is_filtered(self) -> bool:
        """Whether it may leave customers out."""
        given = (self.q, self.segment, self.tag, self.kind, self.country, self.owner, self.where)
        return any(given)

    @property
    def is_sorted_by_trait(self) -> bool:
        """Whether its order is by something that was measured."""
        return self.sort not in PLAIN_SORTS

    @property
    def trait(self) -> str:
        """The name of the trait that it is sorted by."""
        return self.sort.removeprefix("-")

    def toggled(self, column: str) -> str:
        """The sort that a click on a column's head asks for: largest first, then smallest."""
        if column == "name":
            return "-name" if self.sort == "name" else "name"
        return column if self.sort == f"-{column}" else f"-{column}"


def read_listing(given: Mapping[str, str], known_columns: Iterable[str]) -> Listing:
    """The list that an address asks for; what is not known is left out."""
    known = set(known_columns)
    columns = tuple(name for name in given.get("columns", "").split(",") if name in known)
    defaults = tuple(name for name in DEFAULT_COLUMNS if name in known)
    sort = given.get("sort", "")
    is_known = sort in PLAIN_SORTS or (
        sort.removeprefix("-") in known - {"segment", "tags", "owner"}
    )
    listing = Listing(
        **{
            name: given.get(name, "").strip()[:500]
            for name in ("q", "segment", "tag", "kind", "country", "owner", "where")
        },
        sort=sort if is_known else "recent",
        columns=columns[:MAX_COLUMNS] or defaults,
    )
    return replace(listing, columns=DEFAULT_COLUMNS) if listing.columns == defaults else listing
