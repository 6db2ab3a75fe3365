"""The history of a service desk, 102,582 events of 17,442 incidents, reproduces its own figures."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from django.conf import LazySettings

from amity.base.shares import share
from amity.kernel.imports.tests.helpers import AT, take_in
from amity.run.inbox.queries.service import service_report

FILE = Path(__file__).parents[2].parent / "shared" / "data" / "itsm_incidents" / "events.parquet"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not FILE.exists(), reason="the incident log is not on this machine"),
]


def own_figures() -> dict[str, float]:
    """What the file itself says of its incidents, counted without the importing code."""
    events = pq.read_table(FILE)
    by_case = events.group_by("number").aggregate(
        [
            ("made_sla", "min"),
            ("reassignment_count", "max"),
            ("reopen_count", "max"),
            ("opened_at", "min"),
            ("resolved_at", "max"),
            ("closed_at", "max"),
        ]
    )
    ended = pc.coalesce(by_case["resolved_at_max"], by_case["closed_at_max"])
    took = pc.subtract(ended, by_case["opened_at_min"]).cast(pa.int64())
    return {
        "cases": by_case.num_rows,
        "kept": pc.sum(by_case["made_sla_min"]).as_py(),
        "reassigned": pc.sum(pc.greater(by_case["reassignment_count_max"], 0)).as_py(),
        "reopened": pc.sum(pc.greater(by_case["reopen_count_max"], 0)).as_py(),
        "median": pc.quantile(took, 0.5)[0].as_py() / 1_000_000,
    }


def test_the_imported_log_reproduces_its_shares(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    own = own_figures()

    summary = take_in(FILE, "conversations").summary

    assert (summary["rows"], summary["rejected"], summary["created"]) == (102_582, 0, 17_442)
    since = datetime(2016, 1, 1, tzinfo=UTC)
    total = service_report(
        since=since, until=since + timedelta(days=366), at=AT, by="channel"
    ).total
    assert total.matters == own["cases"] == 17_442
    assert total.promises == share(int(own["kept"]), 17_442)
    assert total.handed_over == share(int(own["reassigned"]), 17_442)
    assert total.reopened == share(int(own["reopened"]), 17_442)
    assert total.resolution.median == own["median"]
    assert [total.promises.value, total.handed_over.value, total.reopened.value] == pytest.approx(
        [0.577, 0.485, 0.012], abs=5e-4
    )
