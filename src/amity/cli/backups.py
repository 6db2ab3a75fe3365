"""`amity backup` and `amity restore`."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from amity.base.time import now
from amity.cli.output import AsJson, answer
from amity.cli.setup import command_actor, migrate_database, start_django

QUIET = "It is quiet: nothing leaves this copy until you say so in Settings."


def add(app: typer.Typer) -> None:
    """Puts the commands in place."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[Path, typer.Argument(help="The backup to write; a zip file.")],
    as_json: AsJson = False,
) -> None:
    """Write everything to one file, while the house runs.

    Database and uploaded files as they are at one moment; keys stay out.

    Examples:

        amity backup amity-2026-11-21.zip

        amity backup /backups/$(date +%F).zip --json
    """
    start_django()
    from amity.cli.archives.files import write_archive

    began = time.monotonic()
    report = write_archive(file, at=now())
    seconds = round(time.monotonic() - began, 2)
    text = f"{report['bytes'] / 1e6:,.1f} MB in {file}, in {seconds} s."
    answer({**report, "seconds": seconds}, as_json=as_json, text=text)


def restore(
    file: Annotated[Path, typer.Argument(help="A backup that `amity backup` wrote.")],
    loud: Annotated[
        bool, typer.Option("--loud", help="Let mails and webhooks leave again at once.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of what is here.

    What is here is backed up first. The restored copy starts quiet: nothing leaves it, so a copy
    made to look at something does not write to customers a second time.

    Examples:

        amity restore amity-2026-11-21.zip

        AMITY_HOME=/srv/amity amity restore /backups/2026-11-21.zip --loud
    """
    start_django()
    from amity.cli.archives.files import read_manifest, restore_archive

    began = time.monotonic()
    manifest = read_manifest(file)
    kept = _keep_what_is_here()
    restore_archive(file, manifest)
    migrate_database()
    _set_quiet(is_quiet=not loud)
    report: dict[str, Any] = {
        "file": str(file),
        "made_at": manifest.made_at,
        "kept": str(kept) if kept else None,
        "is_quiet": not loud,
        "seconds": round(time.monotonic() - began, 2),
    }
    lines = [f"Restored the state of {manifest.made_at}, in {report['seconds']} s."]
    lines += [f"What was here before is in {kept}."] if kept else []
    lines += [] if loud else [QUIET]
    answer(report, as_json=as_json, text="\n".join(lines))


def _keep_what_is_here() -> Path | None:
    """Backs up a house that is not empty; where to, or None."""
    from django.conf import settings

    from amity.cli.archives.files import write_archive
    from amity.kernel.access.models import User
    from amity.kernel.customers.models import Customer

    if not User.objects.exists() and not Customer.objects.exists():
        return None
    folder = Path(settings.HOME) / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    at = now()
    file = folder / f"before-restore-{at:%Y%m%dT%H%M%S%f}.zip"
    write_archive(file, at=at)
    return file


def _set_quiet(*, is_quiet: bool) -> None:
    from amity.kernel.access.models import Company
    from amity.kernel.access.operations import company, record_audit

    house = company()
    Company.objects.filter(pk=house.pk).update(is_quiet=is_quiet)
    record_audit(
        actor=command_actor(),
        action="company.restored",
        object_type="company",
        object_id=house.pk,
        at=now(),
        summary="quiet" if is_quiet else "loud",
    )
