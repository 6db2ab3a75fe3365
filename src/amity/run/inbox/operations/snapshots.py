"""A conversation as it stood, so that a change can be taken back exactly."""

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from amity.run.inbox.models import Conversation, PromiseClock

FIELDS = (
    "subject",
    "preview",
    "status",
    "priority",
    "is_spam",
    "customer_id",
    "team_id",
    "assignee_id",
    "assigned_at",
    "last_message_at",
    "last_inbound_at",
    "last_outbound_at",
    "first_responded_at",
    "waiting_since",
    "snoozed_until",
    "closed_at",
    "outcome",
    "outcome_reason",
    "message_count",
    "staff_seconds",
    "cost_minor",
    "due_at",
    "breached_at",
    "urgency",
    "urgency_at",
    "value_minor",
)
INSTANTS = frozenset(name for name in FIELDS if name.endswith(("_at", "_until", "_since")))
CLOCK = ("conversation_id", "state", "used_seconds")
CLOCK_INSTANTS = (
    "started_at",
    "opened_at",
    "due_at",
    "paused_at",
    "stopped_at",
    "warned_at",
    "warn_at",
    "breached_at",
)


def snapshot(conversation: Conversation) -> dict[str, Any]:
    """Its fields and clocks as plain JSON; one statement."""
    return {
        "version": conversation.version,
        "fields": {name: _plain(getattr(conversation, name)) for name in FIELDS},
        "clocks": {
            str(clock.pk): {
                name: _plain(getattr(clock, name)) for name in (*CLOCK, *CLOCK_INSTANTS)
            }
            for clock in conversation.clocks.all()
        },
    }


def restore_fields(conversation: Conversation, taken: dict[str, Any], *names: str) -> None:
    """Sets fields (all of them where none is named) as they were; the caller saves."""
    for name in names or FIELDS:
        value = taken["fields"][name]
        setattr(conversation, name, _instant(value) if name in INSTANTS else value)


def restore_clocks(taken: dict[str, Any]) -> None:
    """Sets the clocks that stood in the snapshot as they were; later ones are left alone.

    Those that rest are written first, since at most one clock of a kind may live.
    """
    rows = taken["clocks"].items()
    for pk, kept in sorted(rows, key=lambda row: row[1]["state"] in {"running", "paused"}):
        values = {name: kept[name] for name in CLOCK}
        values |= {name: _instant(kept[name]) for name in CLOCK_INSTANTS}
        PromiseClock.objects.filter(pk=int(pk)).update(**values)


def drop_later_clocks(conversation: Conversation, taken: dict[str, Any]) -> None:
    """Removes the clocks that began after the snapshot."""
    known = [int(pk) for pk in taken["clocks"]]
    conversation.clocks.exclude(pk__in=known).delete()


def _plain(value: object) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _instant(value: str | None) -> datetime | None:
    return parse_datetime(value) if value is not None else None
