"""Each segment of the canvas is measured by a fit of its own."""

from datetime import date

import pytest
from django.test import Client

from amity.base.time import now
from amity.base.vocabulary import Nature
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer
from amity.kernel.policy.operations import create_draft, publish
from amity.kernel.traits.models import Trait
from amity.measure.insight.models import MeasureRun
from amity.measure.insight.operations import measure
from amity.measure.insight.queries import report
from amity.measure.insight.rules import Options
from amity.testing.canvases import canvas, design, office_hours, put_into, segment, touchpoints

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(cdnow: None) -> None:
    """Customers 1 to 800 in a transactional segment, 801 to 830 in a hybrid one."""
    office_hours()
    touchpoints()
    people = {int(row.name): row for row in Customer.objects.all()}
    put_into(segment("loyal"), [people[k] for k in range(1, 801)])
    put_into(segment("club"), [people[k] for k in range(801, 831)])
    loyal = design("loyal").model_copy(update={"nature": Nature.TRANSACTIONAL})
    draft = create_draft(
        document=canvas(loyal, design("club")), name="First", reason="", base=None,
        actor=SYSTEM, at=now(),
    )  # fmt: skip
    publish(draft.pk, reason="", actor=SYSTEM, at=now())


def run() -> MeasureRun:
    return measure(options=Options(as_of=date(1997, 9, 30)), at=now(), actor=SYSTEM)


def test_segments_are_fitted_valued_and_told(published: None) -> None:
    run()

    rows = report("value")["segments"]
    assert [row["name"] for row in rows] == ["Loyal", "Club", "In no segment"]
    assert [row["customers"] for row in rows] == [800, 30, 1527]
    loyal, club, rest = rows
    assert loyal["own_share"] == pytest.approx(800 / 900, abs=1e-4)
    assert club["own_share"] == pytest.approx(30 / 130, abs=1e-4)
    assert loyal["parameters"]["alpha"] != rest["parameters"]["alpha"]
    assert club["nature_model"] == "contract and purchases"
    assert "No contract of its customers is known" in club["meaning"]
    assert "as if it were 100 more" in loyal["meaning"]
    assert loyal["value_low"] < loyal["value"] < loyal["value_high"]
    widths = []
    for row in rows:
        assert 0 < row["alive_low"] < row["alive"] < row["alive_high"] < 1
        widths.append(row["alive_high"] - row["alive_low"])
    assert widths[1] > max(widths[0], widths[2])  # of 30 customers less is known
    whole = sum(row["value"] for row in rows)
    assert whole == pytest.approx(report("value")["value"], rel=1e-6)
    assert Trait.objects.filter(name="clv_12m").count() == 2357


def test_value_page_shows_the_segments(published: None, ben_client: Client) -> None:
    run()

    page = ben_client.get("/insight/").content.decode()

    assert "What is each segment worth?" in page
    assert "In no segment" in page


def test_without_a_policy_there_are_no_segments(cdnow: None, ben_client: Client) -> None:
    run()

    assert report("value")["segments"] == []
    assert "What is each segment worth?" not in ben_client.get("/insight/").content.decode()
