"""`amity mail`: take a mail in, and listen for mails."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.kernel.hooks.command_line import AsJson, answer, start_django

if TYPE_CHECKING:
    from amity.run.inbox.operations.mail.intake import Ingested

mail = typer.Typer(help="Mails that customers write.", no_args_is_help=True)
QUARANTINED = 2
TRY_LATER = 75  # what mail servers read as: keep it and try again (sysexits.h)


def add(app: typer.Typer) -> None:
    """Puts the commands in place."""
    app.add_typer(mail, name="mail")


@mail.command("ingest")
def ingest_mail(
    channel: Annotated[
        str, typer.Option(help="Key of the mailbox it is for; else told by its addresses.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Take one mail in from standard input.

    Ends with 0 where it is stored (or was already), 2 where it is in quarantine, 75 where the
    database does not answer and the mail server should try again.

    Examples:

        amity mail ingest < message.eml

        amity mail ingest --channel support < message.eml
    """
    from django.db import InterfaceError, OperationalError

    try:
        taken = _taken(channel)
    except (OperationalError, InterfaceError) as error:
        typer.echo(f"amity: The database does not answer: {error}", err=True)
        raise typer.Exit(TRY_LATER) from error
    number = taken.message.conversation.number if taken.message else None
    value = {"status": taken.status, "reason": taken.reason, "conversation": number}
    where = f" in #{number}" if number else ""
    answer(value, as_json=as_json, text=f"{taken.status}{where}{_because(taken.reason)}")
    if taken.status == "quarantined":
        raise typer.Exit(QUARANTINED)


def _taken(channel: str) -> "Ingested":
    start_django()
    from amity.run.inbox.models import Channel
    from amity.run.inbox.operations.mail.intake import ingest
    from amity.run.inbox.rules.mail.limits import MAIL_BYTES

    found = Channel.objects.filter(key=channel).first() if channel else None
    if channel and found is None:
        raise NotFoundError(f"There is no mailbox {channel}.")
    return ingest(sys.stdin.buffer.read(MAIL_BYTES + 1), at=now(), channel=found)


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


@mail.command("serve")
def serve_mail(
    bind: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8024,
) -> None:
    """Listen for mails by LMTP, for the mail server in front to hand them over.

    A mail is answered with 250 when it is kept, with 451 where the database does not answer. There
    is neither encryption nor sign-in: listen where only your mail server can reach it.

    Examples:

        amity mail serve --port 8024
    """
    start_django()
    from amity.run.inbox.lmtp import serve

    serve(bind, port, started=lambda at: typer.echo(f"Listening for mails at {at} (LMTP)."))
