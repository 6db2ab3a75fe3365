"""The trail of changes, and its sealing into a chain of digests."""

import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from amity.base.results import AmityError
from amity.kernel.access.models import AuditEntry
from amity.kernel.access.rules import Actor

CHUNK = 1000
FIRST = "0" * 64  # what the first entry builds on


class AccessError(AmityError):
    """A person, token or role that cannot be as asked."""


def record_audit(
    *,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: object,
    at: datetime,
    summary: str = "",
    changes: dict[str, Any] | None = None,
) -> None:
    """Notes who changed what; call it inside the transaction of the change."""
    AuditEntry.objects.create(
        at=at,
        actor_kind=actor.kind,
        user_id=actor.user_id,
        actor_name=actor.name[:200],
        action=action,
        object_type=object_type,
        object_id=str(object_id)[:100],
        summary=summary[:500],
        changes=changes or {},
    )


def seal_audit(*, until: datetime) -> int:
    """Gives every entry before `until` that has none its place in the chain; how many these were.

    Each digest covers the entry and the digest before it, so that no entry can be changed, taken
    out or put in between unnoticed.
    """
    total = 0
    while sealed := _seal_chunk(until):
        total += sealed
    return total


@transaction.atomic
def _seal_chunk(until: datetime) -> int:
    chain = AuditEntry.objects.exclude(seal_number=None).order_by("-seal_number")
    last = chain.select_for_update().first()
    number, digest = (last.seal_number or 0, last.digest or "") if last else (0, FIRST)
    waiting = AuditEntry.objects.filter(seal_number=None, at__lt=until)
    entries = list(waiting.order_by("pk")[:CHUNK])
    for place, entry in enumerate(entries, number + 1):
        digest = entry_digest(entry, digest)
        entry.seal_number, entry.digest = place, digest
    AuditEntry.objects.bulk_update(entries, ["seal_number", "digest"], batch_size=200)
    return len(entries)


def entry_digest(entry: AuditEntry, before: str) -> str:
    """The digest of an entry that follows the one with digest `before`."""
    told = [
        before,
        entry.pk,
        entry.at.timestamp(),
        entry.actor_kind,
        entry.actor_name,
        entry.action,
        entry.object_type,
        entry.object_id,
        entry.summary,
        entry.changes,
    ]
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def broken_seals() -> Iterator[tuple[int, str]]:
    """The places of the chain where it is broken, each with what is wrong there."""
    before = FIRST
    expected = 1
    chain = AuditEntry.objects.exclude(seal_number=None).order_by("seal_number")
    for entry in chain.iterator(chunk_size=CHUNK):
        number = entry.seal_number or 0
        if number != expected:
            yield number, f"{number - expected} entries before it were taken out"
        elif entry.digest != entry_digest(entry, before):
            yield number, f"entry {entry.pk} ({entry.action}) is not as it was sealed"
        before, expected = entry.digest or "", number + 1
