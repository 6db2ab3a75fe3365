"""Mailboxes are set up."""

import re
from dataclasses import asdict, replace
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.messaging.rules import clean_recipient, clean_sender
from amity.kernel.messaging.sealing import seal
from amity.run.inbox.models import Channel
from amity.run.inbox.rules.mail.boxes import Mailbox, MailboxError, check_mailbox, mailbox_of

SECRETS = frozenset({"secret", "client_secret"})


@transaction.atomic
def save_mailbox(
    *,
    channel: Channel | None,
    name: str,
    address: str,
    signature: str,
    mailbox: Mailbox,
    password: str,
    client_secret: str = "",
    is_active: bool,
    actor: Actor,
    at: datetime,
) -> Channel:
    """Writes a mailbox, a new one where `channel` is None.

    `password` (or refresh token) and `client_secret` are sealed before they are kept; empty leaves
    those of `mailbox` or the ones that are there. The trail of changes never holds them.

    Raises:
        MailboxError: the settings cannot be; the address belongs to another mailbox.
        MailError: the address is none.
    """
    clean_sender(mailbox.from_name or name, address)
    kept = mailbox_of(channel.settings) if channel is not None else Mailbox()
    sealed = replace(
        mailbox,
        secret=seal(password) if password else mailbox.secret or kept.secret,
        client_secret=seal(client_secret) if client_secret else kept.client_secret,
    )
    checked = check_mailbox(sealed, allowed=frozenset(settings.OUTBOUND_ALLOW))
    if checked.is_fetched and not checked.secret:
        raise MailboxError("The mailbox needs a password, or the name of a variable that holds it.")
    row = channel or Channel(kind=Channel.Kind.MAIL, key=_free_key(address), created_at=at)
    row.name, row.signature, row.is_active = name.strip()[:100], signature.strip(), is_active
    row.address = clean_recipient(address).lower()
    row.settings = asdict(checked) | {"trusted_hosts": list(checked.trusted_hosts)}
    row.error = ""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise MailboxError(f"{row.address} is the address of another mailbox.") from error
    record_audit(
        actor=actor,
        action="inbox.mailbox_changed" if channel else "inbox.mailbox_made",
        object_type="channel",
        object_id=row.pk,
        at=at,
        summary=f"{row.name} <{row.address}>",
        changes={key: value for key, value in row.settings.items() if key not in SECRETS},
    )
    return row


@transaction.atomic
def keep_refresh_token(channel_id: int, used: str, fresh: str) -> None:
    """Keeps the refresh token that the server gave in place of the one that was `used`.

    `used` is the sealed one: where somebody entered another meanwhile, that stays. One that a
    variable holds is the operator's to renew.
    """
    channel = Channel.objects.select_for_update(of=("self",)).get(pk=channel_id)
    if channel.settings.get("secret") == used and not used.startswith("env:"):
        channel.settings["secret"] = seal(fresh)
        channel.save(update_fields=["settings"])


def _free_key(address: str) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", address.partition("@")[0].lower()).strip("-")[:40] or "mail"
    taken = set(Channel.objects.filter(key__startswith=base).values_list("key", flat=True))
    names = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)
