"""`amity mail`: take mails in; `amity topics`: learn what conversations are about."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amity.base.results import NotFoundError
from amity.base.shares import Share
from amity.base.time import now
from amity.base.vocabulary import Role
from amity.kernel.hooks.command_line import AsJson, answer, progress, start_django

if TYPE_CHECKING:
    from amity.run.inbox.models import TopicTraining
    from amity.run.inbox.operations.mail.intake import Ingested
    from amity.run.inbox.operations.topics.examples import Taken

topics = typer.Typer(help="What conversations are about.", no_args_is_help=True)
mail = typer.Typer(help="Mails that customers write.", no_args_is_help=True)
QUARANTINED = 2
TRY_LATER = 75  # what mail servers read as: keep it and try again (sysexits.h)


def add(app: typer.Typer) -> None:
    """Puts the commands in place."""
    app.add_typer(mail, name="mail")
    app.add_typer(topics, name="topics")


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


@topics.command("train")
def train_topics(
    file: Annotated[
        Path | None,
        typer.Argument(help="Table with the columns text and topic, kept to learn from."),
    ] = None,
    precision: Annotated[
        int, typer.Option(help="How many of 100 it should have right where it is sure: 80, 90, 95.")
    ] = 90,
    as_json: AsJson = False,
) -> None:
    """Learn what conversations are about, from people's word and from a file.

    The model is used at once, on open conversations too. Where it is not sure it says nothing.

    Examples:

        amity topics train

        amity topics train tickets.csv --precision 95
    """
    start_django()
    from amity.kernel.access.rules import Actor
    from amity.run.inbox.operations.topics import examples, guessing, learning, training

    actor = Actor(kind="command", name="command line", role=Role.OWNER)
    taken = examples.take_examples(file, actor=actor, at=now()) if file is not None else None
    asked = training.begin(precision=precision / 100, actor=actor, at=now())
    with progress("Learning topics") as hear:
        done = learning.train(asked.pk, at=now(), hear=hear)
    looked_at = guessing.guess_open(at=now())
    value = {"model": done.pk, "conversations": looked_at, "report": done.report}
    value["rejects"] = [asdict(one) for one in taken.rejects] if taken is not None else []
    answer(value, as_json=as_json, text=_learned(done, taken, looked_at))


def _learned(training: "TopicTraining", taken: "Taken | None", looked_at: int) -> str:
    from amity.run.inbox.rules.topics.judging import Report

    rejects = taken.rejects[:20] if taken is not None else ()
    lines = [f"Row {one.row}, {one.field}: {one.remedy}" for one in rejects]
    if taken is not None:
        lines.append(f"{taken.texts} texts kept, {len(taken.rejects)} rows left out.")
    if training.refusal:
        return "\n".join([*lines, training.refusal])
    report = Report.from_json(training.report or {})
    sure, covered = report.sure, report.covered
    lines.append(f"Model {training.pk}, learned from {report.labeled} texts.")
    lines.append(
        f"Sure of {covered.hits} of {covered.count} held-out texts; "
        f"of these {sure.hits} right ({_span(sure)})."
    )
    return "\n".join([*lines, f"{looked_at} open conversations looked at."])


def _span(share: Share) -> str:
    if share.value is None or share.low is None or share.high is None:
        return "not known"
    return f"{share.value:.0%}, {share.low:.0%} to {share.high:.0%}"
