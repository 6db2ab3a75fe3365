"""What a person does with mails in quarantine."""

from datetime import datetime

from django.db import transaction

from amity.base.results import ConflictError, NotFoundError
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.run.inbox.models import Channel, MailIntake, QuarantinedMail
from amity.run.inbox.operations.mail.intake import Ingested, ingest


def release(
    mail_id: int, *, actor: Actor, at: datetime, channel: Channel | None = None
) -> Ingested:
    """Lets a mail in after all. One that cannot be read stays where it is, with the reason.

    Raises:
        NotFoundError: there is no such mail.
        ConflictError: it was let in already, or it still cannot be read.
    """
    mail = _found(mail_id)
    if mail.released_at is not None:
        raise ConflictError("This mail was let in already.")
    taken = ingest(bytes(mail.raw), at=at, channel=channel, is_released=True)
    if taken.status not in {"stored", "report"} and taken.message is None:
        raise ConflictError(f"It cannot be let in. {taken.reason or mail.reason}")
    with transaction.atomic():
        QuarantinedMail.objects.filter(pk=mail_id).update(released_at=at)
        _audit(mail, "mail_released", actor, at)
    return taken


@transaction.atomic
def discard(mail_id: int, *, actor: Actor, at: datetime) -> None:
    """Deletes a mail from quarantine. That it came is remembered, so that it does not come again.

    Raises:
        NotFoundError: there is no such mail.
    """
    mail = _found(mail_id)
    mail.delete()
    MailIntake.objects.filter(digest=mail.digest).update(sender="")
    _audit(mail, "mail_discarded", actor, at)


def _found(mail_id: int) -> QuarantinedMail:
    mail = QuarantinedMail.objects.filter(pk=mail_id).first()
    if mail is None:
        raise NotFoundError("This mail is not in quarantine (any more).")
    return mail


def _audit(mail: QuarantinedMail, action: str, actor: Actor, at: datetime) -> None:
    record_audit(
        actor=actor,
        action=f"inbox.{action}",
        object_type="quarantined mail",
        object_id=mail.pk or 0,
        at=at,
        summary=f"{mail.reason} ({mail.sender or 'no sender'})"[:500],
    )
