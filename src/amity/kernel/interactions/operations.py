"""Writing the log: facts are appended, corrections too; nothing is changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from amity.base.results import ConflictError
from amity.base.text import clean_text
from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel.interactions import rules
from amity.kernel.interactions.models import Interaction
from amity.kernel.jobs.operations import notify_subscribers
from amity.kernel.jobs.registry import subscriptions
from amity.kernel.jobs.rules import subscribed_jobs
from amity.kernel.touchpoints.models import Touchpoint

RELATIONSHIP_TYPES = frozenset(RelationshipType)
STAGES = frozenset(Stage)
DIRECTIONS = frozenset(Interaction.Direction.values)
ACTORS = frozenset(Interaction.Actor.values)
CHUNK = 500  # rows a statement


@dataclass(frozen=True, slots=True)
class Fact:
    """One interaction to be written; amounts in minor units of `currency`."""

    kind: str
    source: str
    source_id: str
    happened_at: datetime
    recorded_at: datetime
    relationship_type: str
    stage: str
    currency: str
    customer_id: int | None = None
    touchpoint_id: int | None = None
    direction: str = Interaction.Direction.NONE
    actor: str = Interaction.Actor.CUSTOMER
    staff_seconds: int = 0
    cost_minor: int = 0
    value_minor: int | None = None
    outcome: str = ""
    sentiment: float | None = None
    subject: str = ""
    properties: Mapping[str, object] = field(default_factory=dict)
    policy_version: int | None = None
    import_id: int | None = None


def touchpoint_named(key: str) -> int:
    """The number of the touchpoint with this key.

    Raises:
        InteractionError: there is none.
    """
    found = Touchpoint.objects.filter(key=key).values_list("pk", flat=True).first()
    if found is None:
        raise rules.InteractionError(f"There is no touchpoint {key[:60]}. Add it first.")
    return found


def record_interaction(
    *,
    kind: str,
    source: str,
    source_id: str,
    happened_at: datetime,
    recorded_at: datetime,
    relationship_type: str,
    stage: str,
    currency: str,
    customer_id: int | None = None,
    touchpoint_key: str | None = None,
    touchpoint_id: int | None = None,
    direction: str = Interaction.Direction.NONE,
    actor: str = Interaction.Actor.CUSTOMER,
    staff_seconds: int = 0,
    cost_minor: int = 0,
    value_minor: int | None = None,
    outcome: str = "",
    sentiment: float | None = None,
    subject: str = "",
    properties: Mapping[str, object] | None = None,
    policy_version: int | None = None,
    import_id: int | None = None,
) -> tuple[Interaction, bool]:
    """Appends a fact; the row that is there already where (source, source id) is.

    Returns:
        The row, and whether it was written now.

    Raises:
        InteractionError: the log cannot hold it.
    """
    if touchpoint_key is not None:
        touchpoint_id = touchpoint_named(touchpoint_key)
    return record(
        Fact(
            kind=kind,
            source=source,
            source_id=source_id,
            happened_at=happened_at,
            recorded_at=recorded_at,
            relationship_type=relationship_type,
            stage=stage,
            currency=currency,
            customer_id=customer_id,
            touchpoint_id=touchpoint_id,
            direction=direction,
            actor=actor,
            staff_seconds=staff_seconds,
            cost_minor=cost_minor,
            value_minor=value_minor,
            outcome=outcome,
            sentiment=sentiment,
            subject=subject,
            properties=properties or {},
            policy_version=policy_version,
            import_id=import_id,
        )
    )


def record(fact: Fact) -> tuple[Interaction, bool]:
    """Appends one fact, as `record_interaction` does."""
    row = _row(fact)
    existing = _existing(row)
    if existing is not None:
        return existing, False
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            _announce([row])
    except IntegrityError:
        existing = _existing(row)  # written by another meanwhile
        if existing is None:
            raise
        return existing, False
    return row, True


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many facts were written and how many had been there."""

    created: int
    existing: int


def record_many(facts: Iterable[Fact]) -> Recorded:
    """Appends many facts; each (source, source id) once, whoever else writes it.

    Costs two statements for each 500 facts.

    Raises:
        InteractionError: the log cannot hold one of them; then none is written.
    """
    rows = list({(row.source, row.source_id): row for row in map(_row, facts)}.values())
    created = 0
    with transaction.atomic(savepoint=False):  # nothing after this line is expected to fail
        for start in range(0, len(rows), CHUNK):
            created += _append(rows[start : start + CHUNK])
    return Recorded(created=created, existing=len(rows) - created)


def _append(rows: Sequence[Interaction]) -> int:
    """Writes those of the rows that are new; how many these were."""
    known = _known(rows)
    fresh = [row for row in rows if (row.source, row.source_id) not in known]
    Interaction.objects.bulk_create(fresh, ignore_conflicts=True)
    heard = [row for row in fresh if subscribed_jobs(row.kind, subscriptions())]
    if heard:
        _announce(_stored(heard))
    return len(fresh)


def _known(rows: Sequence[Interaction]) -> set[tuple[str, str]]:
    known: set[tuple[str, str]] = set()
    for source in {row.source for row in rows}:
        ids = [row.source_id for row in rows if row.source == source]
        found = Interaction.objects.filter(source=source, source_id__in=ids)
        known.update((source, source_id) for source_id in found.values_list("source_id", flat=True))
    return known


def _stored(rows: Sequence[Interaction]) -> list[Interaction]:
    """The rows with their numbers, which `ignore_conflicts` does not bring back."""
    stored: list[Interaction] = []
    for source in {row.source for row in rows}:
        ids = [row.source_id for row in rows if row.source == source]
        stored.extend(Interaction.objects.filter(source=source, source_id__in=ids))
    return stored


def _announce(rows: Sequence[Interaction]) -> None:
    """Asks for the jobs that listen to the kinds of these rows, in the same transaction."""
    for kind in sorted({row.kind for row in rows}):
        same = [row for row in rows if row.kind == kind]
        notify_subscribers(
            kind=kind,
            interaction_ids=[row.pk for row in same],
            at=max(row.recorded_at for row in same),
        )


def _existing(row: Interaction) -> Interaction | None:
    return Interaction.objects.filter(source=row.source, source_id=row.source_id).first()


def _row(fact: Fact) -> Interaction:
    source, source_id = rules.clean_source(fact.source, fact.source_id)
    rules.check_amounts(
        staff_seconds=fact.staff_seconds,
        cost_minor=fact.cost_minor,
        value_minor=fact.value_minor,
        sentiment=fact.sentiment,
    )
    if fact.happened_at.tzinfo is None or fact.recorded_at.tzinfo is None:
        raise rules.InteractionError("An instant needs its time zone.")
    return Interaction(
        kind=rules.check_kind(fact.kind),
        source=source,
        source_id=source_id,
        happened_at=fact.happened_at.astimezone(UTC),
        recorded_at=fact.recorded_at.astimezone(UTC),
        customer_id=fact.customer_id,
        touchpoint_id=fact.touchpoint_id,
        relationship_type=rules.check_member(
            "relationship_type", fact.relationship_type, RELATIONSHIP_TYPES
        ),
        stage=rules.check_member("stage", fact.stage, STAGES),
        direction=rules.check_member("direction", fact.direction, DIRECTIONS),
        actor=rules.check_member("actor", fact.actor, ACTORS),
        staff_seconds=fact.staff_seconds,
        cost_minor=fact.cost_minor,
        value_minor=fact.value_minor,
        currency=rules.check_currency(fact.currency),
        outcome=clean_text(fact.outcome, field="outcome", max_length=50),
        sentiment=fact.sentiment,
        subject=clean_text(fact.subject, field="subject", max_length=300),
        properties=rules.clean_properties(fact.properties),
        policy_version=fact.policy_version,
        import_id=fact.import_id,
    )


@transaction.atomic
def correct_interaction(
    interaction_id: int, *, recorded_at: datetime, source_id: str | None = None, **changes: object
) -> Interaction:
    """Appends a corrected copy of a row, with `changes` to its fields.

    Raises:
        ConflictError: the row does not exist or was corrected already (correct the newest one).
        InteractionError: the log cannot hold the corrected fact.
    """
    old = _correctable([interaction_id])[0]
    fact = Fact(
        **{name: getattr(old, name) for name in Fact.__dataclass_fields__ if name != "recorded_at"},
        recorded_at=recorded_at,
    )
    number = source_id or f"{old.source_id}#{old.pk}"[-200:]
    row = _row(replace(fact, source_id=number, **changes))  # type: ignore[arg-type]  # names are checked by replace
    row.corrects = old.pk
    row.save(force_insert=True)
    _announce([row])
    return row


@transaction.atomic
def void_interactions(rows: QuerySet[Interaction], *, recorded_at: datetime) -> int:
    """Takes rows back: appends one voiding row for each that is neither voided nor corrected.

    Returns:
        How many were taken back; the same again takes back none.
    """
    total = 0
    last = 0
    while chunk := list(rows.filter(pk__gt=last, is_void=False).order_by("pk")[:CHUNK]):
        last = chunk[-1].pk
        corrected = set(
            Interaction.objects.filter(corrects__in=[row.pk for row in chunk]).values_list(
                "corrects", flat=True
            )
        )
        voids = [_void(row, recorded_at) for row in chunk if row.pk not in corrected]
        Interaction.objects.bulk_create(voids)
        total += len(voids)
    return total


def _void(row: Interaction, recorded_at: datetime) -> Interaction:
    return Interaction(
        kind=row.kind,
        source=row.source,
        source_id=f"{row.source_id[:180]}#void{row.pk}",
        happened_at=row.happened_at,
        recorded_at=recorded_at,
        customer_id=row.customer_id,
        relationship_type=row.relationship_type,
        stage=row.stage,
        direction=row.direction,
        actor=row.actor,
        currency=row.currency,
        corrects=row.pk,
        is_void=True,
        import_id=row.import_id,
    )


def _correctable(ids: Sequence[int]) -> list[Interaction]:
    rows = list(Interaction.objects.filter(pk__in=ids))
    taken = Interaction.objects.filter(corrects__in=ids).exists()
    if len(rows) != len(ids) or taken:
        raise ConflictError(
            "This entry is not there or was corrected already. Correct its newest version."
        )
    return rows
