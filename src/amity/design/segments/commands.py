"""`amity segments`: list, show, try, refresh."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from amity.base.time import now
from amity.kernel.hooks.command_line import AsJson, answer, start_django

if TYPE_CHECKING:
    from amity.kernel.segments.models import Segment

segments = typer.Typer(help="Saved rules over your customers.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="The segment's key, as `amity segments list` shows it.")]


def add(app: typer.Typer) -> None:
    """Puts the commands in place."""
    app.add_typer(segments, name="segments")


@segments.command("list")
def list_segments(as_json: AsJson = False) -> None:
    """List the segments with their rules and counts.

    Examples:

        amity segments list

        amity segments list --json
    """
    start_django()
    from amity.design.segments.queries import overview

    found = overview(now())
    value = {
        "segments": [_told(line.segment) | {"share": line.share} for line in found.lines],
        "customers": found.customers,
        "uncovered": found.uncovered,
    }
    lines = [
        f"{line.segment.key:20} {_count(line.segment):>10}  {line.rule}" for line in found.lines
    ]
    lines.append(f"{'(in none)':20} {found.uncovered:>10,}")
    answer(value, as_json=as_json, text="\n".join(lines))


@segments.command()
def show(key: Key, as_json: AsJson = False) -> None:
    """Show one segment: its rule, size, overlap and the canvases that name it.

    Examples:

        amity segments show loyal --json
    """
    start_django()
    from amity.design.segments.queries import detail_of
    from amity.kernel.segments.queries import segment_by_key

    segment = segment_by_key(key)
    detail = detail_of(segment, now())
    value = {
        **_told(segment),
        "share": detail.share,
        "joined_in_30_days": detail.joined,
        "left_in_30_days": detail.left,
        "overlap": {other.segment.key: other.customers for other in detail.shared},
        "canvas_versions": [row["number"] for row in detail.canvases],
    }
    answer(value, as_json=as_json)


@segments.command()
def preview(
    rule: Annotated[str, typer.Argument(help="A rule, between quotation marks.")],
    as_json: AsJson = False,
) -> None:
    """Count whom a rule would hold now; nothing is saved.

    Examples:

        amity segments preview "orders in last 90 days >= 3 and country is DE"

        amity segments preview "not email is known" --json
    """
    start_django()
    from amity.design.segments.queries import preview_of
    from amity.kernel.segments.queries import full_catalog
    from amity.kernel.segments.rules import RuleError, parse_text

    parsed = parse_text(rule, full_catalog())
    found = preview_of(parsed, now())
    if found.problem:
        raise RuleError(found.problem)
    share = f" ({found.share:.1%})" if found.share is not None else ""
    names = [customer.name for customer in found.sample]
    text = f"{found.customers:,} customers{share}: {found.rule}"
    value = {
        "rule": parsed,
        "rule_text": found.rule,
        "customers": found.customers,
        "share": found.share,
        "sample": names,
    }
    answer(value, as_json=as_json, text="\n".join([text, *(f"  {name}" for name in names)]))


@segments.command()
def refresh(
    key: Annotated[str | None, typer.Argument(help="One segment; else all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put customers into their segments now.

    Examples:

        amity segments refresh
    """
    start_django()
    from amity.kernel.segments.operations import refresh_memberships
    from amity.kernel.segments.queries import segment_by_key

    found = refresh_memberships(segment_by_key(key) if key else None, at=now())
    lines = [
        f"{one.key}: {one.customers:,} customers, {one.joined:,} joined, {one.left:,} left"
        + (f"; {one.problem}" if one.problem else "")
        for one in found
    ]
    answer({"segments": [asdict(one) for one in found]}, as_json=as_json, text="\n".join(lines))
    if any(one.problem for one in found):
        raise typer.Exit(1)


def _told(segment: "Segment") -> dict[str, Any]:
    from amity.design.segments.queries import rule_text

    return {
        "key": segment.key,
        "name": segment.name,
        "description": segment.description,
        "rule": rule_text(segment),
        "customers": segment.customer_count,
        "value_minor": segment.value_minor,
        "counted_at": segment.counted_at,
    }


def _count(segment: "Segment") -> str:
    return "?" if segment.customer_count is None else f"{segment.customer_count:,}"
