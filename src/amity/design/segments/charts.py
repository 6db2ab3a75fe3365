"""The pictures of segments."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from amity.design.segments.queries import Detail, Shared
from amity.kernel.segments.models import Segment
from amity.ui.charts import Chart, bars, heatmap, lines


def history(detail: Detail) -> Chart | None:
    """How the segment grew; None before there are two days."""
    if len(detail.history) < 2:
        return None
    days = [row.day.isoformat() for row in detail.history]
    counts = [row.customers for row in detail.history]
    return lines(
        _("How has it grown?"), days, {_("Customers"): counts}, x=_("Day"), size="sm",
        formats=("", "number"),
    )  # fmt: skip


def shared(detail: Detail) -> Chart | None:
    """With which segments it shares customers; None where with none."""
    if not detail.shared:
        return None
    return bars(
        _("With which segments does it share customers?"),
        [other.segment.name for other in detail.shared],
        {_("Customers in both"): [other.customers for other in detail.shared]},
        x=_("Segment"),
        horizontal=True,
        formats=("", "number"),
        size="sm",
    )


def matrix(segments: list[Segment], overlaps: Mapping[int, list[Shared]]) -> Chart:
    """Which share of the segment in the row is also in the segment in the column."""
    names = [segment.name for segment in segments]
    shares = {
        segment.pk: {other.segment.pk: other.share for other in overlaps.get(segment.pk, [])}
        for segment in segments
    }
    values = [
        [
            None if row is column else round(shares[row.pk].get(column.pk, 0.0), 3)
            for column in segments
        ]
        for row in segments
    ]
    return heatmap(
        _("Which share of each segment is also in another?"),
        names,
        names,
        values,
        x=_("is also in"),
        y=_("Segment"),
        top=1.0,
        value_format="percent",
        size="lg" if len(segments) > 8 else "",
    )
