"""Which conversations a list shows and in which order, read from an address. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

VIEWS: Mapping[str, str] = {
    "queue": "Queue",
    "mine": "Mine",
    "unassigned": "Unassigned",
    "team": "My teams",
    "told": "For you",
    "snoozed": "Put aside",
    "waiting": "Waiting",
    "closed": "Closed",
    "spam": "Spam",
    "all": "All",
}
URGENT = frozenset({"queue", "mine", "unassigned", "team"})
ORDERS: Mapping[str, tuple[str, ...]] = {
    "urgency": ("-urgency", "-id"),
    "recent": ("-last_message_at", "-id"),
    "oldest": ("last_message_at", "id"),
}
UNSURE = "?"  # as a topic: those that the model was not sure of
NOT_SURE = "not sure"  # the same in words
FILTERS = ("tag", "channel", "type", "segment", "priority", "assignee", "team", "customer", "topic")


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of conversations as its address says."""

    view: str = "queue"
    q: str = ""
    tag: str = ""
    channel: str = ""
    type: str = ""
    segment: str = ""
    priority: str = ""
    assignee: str = ""
    team: str = ""
    customer: str = ""
    topic: str = ""
    sort: str = ""

    @property
    def order(self) -> tuple[str, ...]:
        """The fields it is sorted by; none of them is ever null."""
        return ORDERS[self.sort or ("urgency" if self.view in URGENT else "recent")]

    @property
    def is_filtered(self) -> bool:
        """Whether it leaves out some of what its view shows."""
        return bool(self.q) or any(getattr(self, name) for name in FILTERS)

    def parts(self) -> dict[str, str]:
        """What differs from the plain queue, by name."""
        kept = {name: getattr(self, name) for name in ("q", *FILTERS, "sort")}
        kept["view"] = "" if self.view == "queue" else self.view
        return {name: value for name, value in kept.items() if value}

    def query(self, **changes: str) -> str:
        """The part of the address after the question mark."""
        values = self.parts() | changes
        return urlencode({name: value for name, value in values.items() if value})

    def address(self, path: str = "/inbox/", **changes: str) -> str:
        """The address of this list with some of its parts changed."""
        query = self.query(**changes)
        return f"{path}?{query}" if query else path


def read_listing(given: Mapping[str, str]) -> Listing:
    """The list that an address asks for; what is not known is left out."""
    view = given.get("view", "")
    sort = given.get("sort", "")
    kept = {name: given.get(name, "").strip()[:200] for name in ("q", *FILTERS)}
    for name in ("priority", "assignee", "customer"):
        kept[name] = kept[name] if kept[name].isdecimal() and len(kept[name]) < 12 else ""
    return Listing(
        view=view if view in VIEWS else "queue", sort=sort if sort in ORDERS else "", **kept
    )
