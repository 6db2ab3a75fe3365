"""The group that was called "lost", in what was stored before."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from amity.base.time import now
from amity.kernel.access.rules import SYSTEM
from amity.kernel.segments.models import Segment
from amity.kernel.traits.models import Trait
from amity.measure.insight.operations import measure
from amity.measure.insight.queries import moves
from amity.measure.insight.rules import Options
from amity.measure.insight.tests.conftest import AT, make_customers

pytestmark = pytest.mark.django_db
rename = import_module("amity.measure.insight.migrations.0006_hibernating").rename


def test_traits_reports_and_rules_take_the_new_name(cdnow: None) -> None:
    run = measure(options=Options(), at=now(), actor=SYSTEM)
    quiet = Trait.objects.filter(name="rfm_group", text="hibernating").count()
    flows = moves(run, 90)
    make_old(run)
    rule: dict[str, Any] = {
        "all": [
            {"field": "trait.rfm_group", "op": "is", "values": ["Lost"]},
            {"field": "city", "op": "is", "values": ["lost"]},
        ]
    }
    Segment.objects.create(key="gone", name="Gone", rule=rule, created_at=AT)

    rename(None, SimpleNamespace(connection=connection))

    assert Trait.objects.filter(name="rfm_group", text="hibernating").count() == quiet
    run.refresh_from_db()
    assert moves(run, 90) == flows
    assert {row["name"] for row in run.reports["rfm"]["groups"]} >= {"hibernating", "loyal"}
    first, second = Segment.objects.get(key="gone").rule["all"]
    assert (first["values"], second["values"]) == (["hibernating"], ["lost"])


def make_old(run: Any) -> None:
    """The run and its traits as they were stored before."""
    moved = run.reports["movement"]["90"]
    moved["groups"] = ["lost" if name == "hibernating" else name for name in moved["groups"]]
    run.reports["movement"] = moved
    for group in run.reports["rfm"]["groups"]:
        group["name"] = "lost" if group["name"] == "hibernating" else group["name"]
    run.save()
    Trait.objects.filter(name="rfm_group", text="hibernating").update(text="lost")


def test_no_stored_run_is_no_trouble() -> None:
    make_customers(["Ann"])

    rename(None, SimpleNamespace(connection=connection))

    assert not Trait.objects.exists()
