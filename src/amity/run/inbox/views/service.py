"""The service report as a page and as a file."""

import csv
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from amity.base.shares import Share
from amity.base.time import now
from amity.kernel.access.doors import requires
from amity.kernel.access.operations import company
from amity.kernel.imports.staging import formula_safe
from amity.run.inbox.queries.service import (
    LINES,
    ServiceReport,
    earliest_day,
    service_report,
)
from amity.run.inbox.rules.service import ServiceLine
from amity.ui.charts import Chart, lines

SPANS = (7, 28, 91, 365)
LABELS = {
    "team": "Team",
    "person": "Person",
    "segment": "Segment",
    "type": "Relationship type",
    "channel": "Channel",
    "topic": "Topic",
}


@requires("inbox.view")
def service(request: HttpRequest) -> HttpResponse:
    """How the matters of the last days went; `format=csv` gives the lines as a file."""
    by = request.GET.get("by", "team")
    by = by if by in LINES else "team"
    at = now()
    zone = ZoneInfo(company().time_zone)
    earliest = earliest_day(zone)
    span = _span(request, today=at.astimezone(zone).date(), earliest=earliest)
    report = service_report(
        since=datetime.combine(span.first, time(), zone),
        until=datetime.combine(span.last + timedelta(days=1), time(), zone),
        at=at,
        by=by,
    )
    if request.GET.get("format") == "csv":
        return _file(report)
    given = {
        "report": report,
        "currency": company().currency,
        "label": _(LABELS[by]),
        "kinds_tabs": [
            (_(label), f"?by={key}&{span.query}", key == by, None) for key, label in LABELS.items()
        ],
        "span": span,
        "earliest": earliest,
        "chart": _chart(report),
    }
    return render(request, "inbox/service.html", given)


@dataclass(frozen=True, slots=True)
class Span:
    """From which day to which, both included; `days` where it is one of the usual spans."""

    first: date
    last: date
    days: int | None

    @property
    def query(self) -> str:
        """The span as a link says it."""
        if self.days is not None:
            return f"days={self.days}"
        return f"from={self.first}&to={self.last}"


def _span(request: HttpRequest, *, today: date, earliest: date | None) -> Span:
    """The days that were asked for: two dates, else one of the usual spans until today.

    Dates before the first matter and after today are drawn to these.
    """
    asked = request.GET.get("days", "")
    first, last = _day(request, "from"), _day(request, "to")
    if not asked and (first or last):
        last = min(last or today, today)
        first = max(first or last, earliest or last)
        return Span(min(first, last), max(first, last), None)
    days = int(asked) if asked in {str(span) for span in SPANS} else 28
    return Span(today - timedelta(days=days - 1), today, days)


def _day(request: HttpRequest, name: str) -> date | None:
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None


def _chart(report: ServiceReport) -> Chart:
    busy = [place for place, (_day, came, went) in enumerate(report.days) if came or went]
    shown = report.days[busy[0] :] if busy else report.days
    opened = [row[1] for row in shown]
    closed = [row[2] for row in shown]
    return lines(
        _("Do we close as many as come in?"),
        [_short(row[0]) for row in shown],
        {_("Opened"): opened, _("Closed"): closed},
        x=_("Day"),
        colors=("@accent", "@muted"),
    )


def _short(day: str) -> str:
    return f"{date.fromisoformat(day):%b} {date.fromisoformat(day).day}"


COLUMNS = (
    "line", "matters", "backlog", "first_response_median_s", "first_response_p90_s",
    "resolution_median_s", "resolution_p90_s", "promises", "promises_kept", "reopened",
    "handed_over", "judged", "came_again", "answers", "satisfied", "staff_seconds", "cost_minor",
)  # fmt: skip


def _file(report: ServiceReport) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="service-by-{report.by}.csv"'
    written = csv.writer(answer)
    written.writerow(COLUMNS)
    for line in report.lines:
        written.writerow([formula_safe(str(cell)) for cell in _cells(report, line)])
    return answer


def _cells(report: ServiceReport, line: ServiceLine) -> list[object]:
    return [
        report.names.get(line.key, line.key),
        line.matters,
        line.backlog,
        *(_plain(line.response.median), _plain(line.response.p90)),
        *(_plain(line.resolution.median), _plain(line.resolution.p90)),
        *_counts(line.promises)[::-1],
        line.reopened.hits,
        line.handed_over.hits,
        *_counts(line.came_again)[::-1],
        *_counts(line.satisfied)[::-1],
        line.staff_seconds,
        line.cost_minor,
    ]


def _counts(share: Share) -> tuple[int, int]:
    return share.hits, share.count


def _plain(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.0f}"
