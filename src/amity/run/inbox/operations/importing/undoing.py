"""Takes imported conversations back."""

from datetime import datetime

from django.db.models import F

from amity.kernel.access.models import Team
from amity.kernel.imports.operations import base_settings
from amity.kernel.imports.row_import import Work
from amity.kernel.imports.undoing import changes_of, need_last
from amity.run.inbox.models import Channel, Conversation, ImportedCase, Message
from amity.run.inbox.operations.importing.writing import Writer
from amity.run.inbox.rules.cases import Case

PIECE = 1_000


def undo(import_id: int, at: datetime) -> dict[str, int]:
    """Removes the conversations that an import created, puts back those it changed.

    Those that somebody has worked on since stay as they are.

    Raises:
        ImportStateError: a later import changed one of them.
    """
    need_last(import_id, "case", ImportedCase)
    return {
        "conversations_restored": _restore(import_id, at),
        "conversations_removed": _remove(import_id),
        "conversations_kept": ImportedCase.objects.filter(import_id=import_id).count(),
        "channels_removed": _remove_unused_channels(import_id),
        "teams_removed": _remove_unused_teams(import_id),
    }


def _restore(import_id: int, at: datetime) -> int:
    before = dict(changes_of(import_id, "case").values_list("object_id", "before"))
    rows = ImportedCase.objects.filter(pk__in=before).select_related("conversation")
    ours = [row for row in rows if row.version == row.conversation.version]
    cases = {row.pk: Case.from_json(before[row.pk]) for row in ours}
    for row in ours:
        settings = base_settings("conversations", source=row.source)
        writer = Writer.for_cases([cases[row.pk]], Work(settings, import_id, at))
        writer.rewrite(row, cases[row.pk])
    changes_of(import_id, "case").delete()
    return len(ours)


def _remove(import_id: int) -> int:
    ours = ImportedCase.objects.filter(
        import_id=import_id, version=F("conversation__version"), conversation__absorbed=None
    )
    ids = list(ours.values_list("conversation_id", flat=True))
    for start in range(0, len(ids), PIECE):
        piece = ids[start : start + PIECE]
        Message.objects.filter(conversation__in=piece).delete()
        Conversation.objects.filter(pk__in=piece).delete()
    return len(ids)


def _remove_unused_channels(import_id: int) -> int:
    ids = list(changes_of(import_id, "channel").values_list("object_id", flat=True))
    unused = Channel.objects.filter(pk__in=ids, is_active=False, conversations=None)
    count = unused.delete()[0]
    changes_of(import_id, "channel").delete()
    return count


def _remove_unused_teams(import_id: int) -> int:
    ids = list(changes_of(import_id, "team").values_list("object_id", flat=True))
    used = Conversation.objects.filter(team__in=ids).values("team")
    unused = Team.objects.filter(pk__in=ids, is_active=False, members=None).exclude(pk__in=used)
    count = unused.delete()[0]
    changes_of(import_id, "team").delete()
    return count
