"""The slots that a capability may fill. The manifest is the only file of it that the house reads.

Whatever a slot runs is named by its dotted path (`"amity.measure.insight.jobs.measure"`), so that
reading a manifest loads neither Django nor the capability.
"""

from dataclasses import dataclass
from enum import StrEnum

from amity.base.vocabulary import RelationshipType, Role


class Wing(StrEnum):
    """The four wings of the loop."""

    DESIGN = "design"
    RUN = "run"
    MEASURE = "measure"
    ADAPT = "adapt"


@dataclass(frozen=True, slots=True)
class Permission:
    """One row of the policy table: which roles may do `name` (`"canvas.publish"`)."""

    name: str
    label: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class InteractionKind:
    """A past fact that this capability writes to the log (`"inbox.replied"`)."""

    name: str
    label: str
    icon: str = "point"
    relationship_type: RelationshipType | None = None
    touchpoint: str | None = None
    default_cost_minor: int | None = None
    template: str | None = None  # renders it on the timeline; without one, the plain row does


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """A place in the staff sidebar, in the group of the capability's wing."""

    label: str
    url_name: str
    icon: str
    permission: str
    order: int = 100
    count: str | None = None  # dotted path: (actor) -> int | None, a number that leads to work
    daily: bool = False  # also in the bottom bar of small screens


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """A card on the customer page: `load(customer_id, at)` gives the template its `card`."""

    name: str
    label: str
    template: str
    load: str
    permission: str
    order: int = 100


@dataclass(frozen=True, slots=True)
class TraitDefinition:
    """A trait published for segments, lists and pages."""

    name: str
    label: str
    kind: str  # "number", "money", "share", "days", "text" or "date"
    description: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class JobKind:
    """Work that runs in the worker: `run` names a function (JobContext) -> dict | None."""

    name: str
    label: str
    run: str
    max_attempts: int = 5
    lease_seconds: int = 60


@dataclass(frozen=True, slots=True)
class Schedule:
    """A periodic job: `cron` in five fields, in the company's time zone."""

    job: str
    cron: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """A job that runs after commit for each interaction whose kind matches `kind` (`"inbox.*"`).

    Imports tell of themselves too: `imports.orders_taken` and `imports.orders_undone`, and likewise
    for every other kind of file.
    """

    kind: str
    job: str
    once: bool = False  # many facts ask for one run, with an empty payload, after the last of them
    setting: str | None = None  # name of a yes/no setting that switches it off


@dataclass(frozen=True, slots=True)
class Lever:
    """Something the policy may set for a segment, with a JSON schema of its value."""

    name: str
    label: str
    schema: str


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file that this capability takes in: `amity import NAME`, and a choice on the page.

    `fields` names a tuple of `amity.kernel.imports.formats.fields.Field`, of which one of each
    group in `needs` must have a column. `take` is (Batch, Work) -> Taken in one transaction,
    `check` (Batch, ImportSettings) -> list[Reject] for the preview, and `undo` (import id, instant)
    -> dict of counts. With a `key`, all rows with one value of that field come together, wherever
    they stand in the file.
    """

    name: str
    label: str
    help: str
    fields: str
    needs: tuple[tuple[str, ...], ...]
    take: str
    check: str
    undo: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Capability:
    """What one capability brings; everything is optional but its name, label and wing."""

    name: str
    label: str
    wing: Wing
    serves: tuple[RelationshipType, ...] = ()
    permissions: tuple[Permission, ...] = ()
    interaction_kinds: tuple[InteractionKind, ...] = ()
    navigation: tuple[NavigationEntry, ...] = ()
    customer_cards: tuple[CustomerCard, ...] = ()
    traits: tuple[TraitDefinition, ...] = ()
    jobs: tuple[JobKind, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    levers: tuple[Lever, ...] = ()
    file_kinds: tuple[FileKind, ...] = ()
    urls: str | None = None  # dotted module with urlpatterns, mounted at /<prefix>/
    prefix: str | None = None  # the address it is mounted at; its name where None
    router: str | None = None  # dotted path of a ninja Router, mounted at /api/v1/<prefix>/
    commands: str | None = None  # dotted path of a function (typer.Typer) -> None
    seed: str | None = None  # dotted path: (SeedContext) -> None, its part of demonstration data
    checks: tuple[str, ...] = ()  # dotted paths: () -> Iterable[Finding], its invariants
