"""From a file of contracts to the parameters that were published, by the doors of the product.

Fader and Hardie, "How to project customer retention" (2007): 1,000 high-end and 1,000 regular
customers, followed for seven renewals. Alpha, beta and the shares after 8 to 12 renewals are
theirs.
"""

import csv
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from amity.base.time import now
from amity.base.vocabulary import Nature
from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.models import Contract
from amity.kernel.customers.models import Customer
from amity.kernel.imports.tests.helpers import take_in
from amity.kernel.policy.operations import create_draft, publish
from amity.measure.analytics.contracts import Contract as Model
from amity.measure.insight.operations import measure
from amity.measure.insight.rules import Options
from amity.testing.canvases import canvas, design, office_hours, put_into, segment, touchpoints

pytestmark = pytest.mark.django_db
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
SHARES = [0.460, 0.436, 0.414, 0.395, 0.378]  # of the high-end after 8 to 12 renewals


def write(file: Path, **cohorts: list[int]) -> None:
    """Contracts since New Year 2010; whoever leaves does so on New Year's Eve."""
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(
            ["Contract", "Customer", "Start date", "Period", "Fee", "Currency", "End date"]
        )
        for name, left in cohorts.items():
            lost = [a - b for a, b in pairwise(left)]
            ends = [f"{2010 + year}-12-31" for year, count in enumerate(lost) for _ in range(count)]
            for number, end in enumerate([*ends, *[""] * left[-1]]):
                key = f"{name}-{number}"
                rows.writerow([key, key, "2010-01-01", "yearly", "120.00", "EUR", end])


def publish_canvas() -> None:
    """Both segments are meant for long."""
    office_hours()
    touchpoints()
    for key in ("high", "regular"):
        prefix = f"{key}-"
        put_into(
            segment(key), Customer.objects.filter(identities__value__startswith=prefix).distinct()
        )
    designs = [
        design(k).model_copy(update={"nature": Nature.LONG_TERM}) for k in ("high", "regular")
    ]
    draft = create_draft(
        document=canvas(*designs), name="First", reason="", base=None, actor=SYSTEM, at=now()
    )
    publish(draft.pk, reason="", actor=SYSTEM, at=now())


def test_contracts_of_a_file_give_the_published_parameters(
    settings: LazySettings, tmp_path: Path, ada_api: Client, ben_client: Client
) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    write(tmp_path / "contracts.csv", high=HIGH_END, regular=REGULAR)

    taken = take_in(tmp_path / "contracts.csv", "contracts", source="billing")
    publish_canvas()
    measure(options=Options(as_of=date(2017, 1, 1)), at=now(), actor=SYSTEM)

    assert (taken.summary["created"], taken.summary["rejected"]) == (2000, 0)
    assert Contract.objects.filter(ended_on=None).count() == 491 + 241
    groups = ada_api.get("/api/v1/insight/reports/contracts").json()["groups"]
    assert [group["name"] for group in groups] == ["", "High", "Regular"]
    high, regular = groups[1:]
    assert regular["model"] == "shifted-beta-geometric"
    assert published(regular["parameters"]) == pytest.approx((0.704, 1.182), abs=5e-4)
    assert high["model"] == "beta-discrete-Weibull"  # clearly better, so the other stands beside
    assert published(high["beside"]["parameters"]) == pytest.approx((0.668, 3.806), abs=5e-4)
    shares = Model(*published(high["beside"]["parameters"])).survival(range(8, 13))
    assert shares.tolist() == pytest.approx(SHARES, abs=6e-4)
    assert high["curve"]["seen"][:8] == pytest.approx([left / 1000 for left in HIGH_END])
    page = ben_client.get("/insight/contracts/").content.decode()
    assert "High, every year" in page


def published(parameters: dict[str, float]) -> tuple[float, float]:
    return parameters["alpha"], parameters["beta"]
