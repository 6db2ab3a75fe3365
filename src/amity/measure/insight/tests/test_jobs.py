"""The measurement in the worker."""

from datetime import date

import pytest

from amity.base.time import now
from amity.kernel.access.rules import SYSTEM
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.operations import enqueue
from amity.kernel.jobs.worker import run_until_idle
from amity.measure.insight.jobs import ask_for_measurement, options_of, payload_of
from amity.measure.insight.models import MeasureRun
from amity.measure.insight.rules import Options

pytestmark = pytest.mark.django_db


def test_options_survive_the_queue() -> None:
    options = Options(date(2024, 2, 29), 30, "MBG/NBD", 0.2, 0.5)

    assert options_of(payload_of(options)) == options
    assert options_of(payload_of(Options())) == Options()


def test_nightly_job_assumes_what_was_assumed_last(cdnow: None) -> None:
    ask_for_measurement(options=Options(margin=0.3, discount=0.2), actor=SYSTEM, at=now())
    run_until_idle()

    enqueue("insight.measure", {}, at=now())
    run_until_idle()

    runs = list(MeasureRun.objects.values_list("margin", "discount"))
    assert runs == [(0.3, 0.2)] * 2
    job = Job.objects.order_by("pk").first()
    assert job is not None
    assert job.status == Job.Status.DONE
    assert job.result is not None
    assert job.result["customers"] == 2357
