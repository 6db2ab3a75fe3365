"""Reads of the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from amity.kernel.customers.queries import family
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.rules import growth_step

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class _Owner(TypedDict):
    owner_id: int | None


def effective() -> QuerySet[Interaction]:
    """The rows that count: neither taken back nor replaced by a correction.

    Rows of a merged customer keep the number they were written with; `owned()` adds the number
    of the customer that they belong to now.
    """
    newer = Interaction.objects.filter(corrects=OuterRef("pk"))
    return Interaction.objects.filter(~Exists(newer), is_void=False)


def owned() -> "QuerySet[WithAnnotations[Interaction, _Owner]]":
    """`effective()` with `owner_id`: the customer to whom the row belongs after all merges."""
    return effective().annotate(owner_id=Coalesce("customer__merged_into_id", "customer_id"))


def timeline(
    customer_id: int,
    *,
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
    kinds: Sequence[str] = (),
    since: datetime | None = None,
    relationship_type: str = "",
    touchpoint: str = "",
) -> list[Interaction]:
    """A customer's effective interactions, newest first, with touchpoints loaded.

    `before` is (happened_at, id) of the last row of the page before; `kinds` are names or
    prefixes that end in a dot (`"commerce."`); `touchpoint` is a key. Two statements, whatever the
    length of the log.
    """
    rows = effective().filter(customer_id__in=family(customer_id)).select_related("touchpoint")
    if kinds:
        wanted = Q()
        for kind in kinds:
            wanted |= Q(kind__startswith=kind) if kind.endswith(".") else Q(kind=kind)
        rows = rows.filter(wanted)
    if since is not None:
        rows = rows.filter(happened_at__gte=since)
    if relationship_type:
        rows = rows.filter(relationship_type=relationship_type)
    if touchpoint:
        rows = rows.filter(touchpoint__key=touchpoint)
    if before is not None:
        at, pk = before
        rows = rows.filter(happened_at__lte=at).filter(Q(happened_at__lt=at) | Q(pk__lt=pk))
    return list(rows.order_by("-happened_at", "-pk")[:limit])


@dataclass(frozen=True, slots=True)
class LogMark:
    """How far the log has come: `step` as `growth_step` says, and its last instant."""

    step: int
    last_at: datetime | None


def log_mark() -> LogMark:
    """How far the log has come; one statement that reads the ends of two indexes.

    Two maxima in one SELECT would make SQLite read a whole index.
    """
    latest = Interaction.objects.order_by("-happened_at").values("happened_at")[:1]
    newest = Interaction.objects.order_by("-pk").annotate(last=Subquery(latest))
    found = newest.values_list("pk", "last").first()
    return LogMark(growth_step(found[0]), found[1]) if found else LogMark(growth_step(0), None)
