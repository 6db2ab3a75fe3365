"""The service report as a page and as a file."""

import csv
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
from amity.run.inbox.queries.service import LINES, ServiceReport, service_report
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
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(span) for span in SPANS} else 28
    at = now()
    zone = ZoneInfo(company().time_zone)
    until = datetime.combine(at.astimezone(zone).date() + timedelta(days=1), time(), zone)
    report = service_report(since=until - timedelta(days=days), until=until, at=at, by=by)
    if request.GET.get("format") == "csv":
        return _file(report)
    given = {
        "report": report,
        "currency": company().currency,
        "label": _(LABELS[by]),
        "kinds_tabs": [
            (_(label), f"?by={key}&days={days}", key == by, None) for key, label in LABELS.items()
        ],
        "days": days,
        "chart": _chart(report),
        "first_day": (until - timedelta(days=days)).date(),
    }
    return render(request, "inbox/service.html", given)


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
