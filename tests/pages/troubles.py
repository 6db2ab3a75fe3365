"""A house in which things went wrong or are not known yet; each state is reached by its door."""

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from amity.adapt.planner.models import AdviceRun
from amity.kernel.imports.models import Import
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.worker import run_until_idle
from amity.kernel.policy.models import PolicyVersion

FEW_ORDERS = """Order;Customer;Date;Product;Quantity;Amount
1;Donaudampfschifffahrtsgesellschaft;31.03.2024;Rechtsschutzversicherungsgesellschaften;2;1.234,50
2;K2;01.04.2024;Tea;1;12,00
3;K2;broken;Tea;1;7,00
"""


def in_trouble(client: Client) -> list[str]:
    """Imports, measurements and plans that failed, were refused or are too thin; their pages."""
    return [
        *_measured_too_little(client),
        *_import_that_failed(client),
        *_import_that_waits(client),
        *_measurement_that_failed(client),
        *_plans_that_cannot_be(client),
        "/jobs?view=failed",
        *(f"/jobs/{job.pk}" for job in Job.objects.filter(status=Job.Status.FAILED)),
    ]


def _upload(client: Client, name: str, text: str = FEW_ORDERS) -> Import:
    file = SimpleUploadedFile(name, text.encode())
    client.post("/imports/new", {"kind": "orders", "file": file})
    return Import.objects.latest("pk")


def _measured_too_little(client: Client) -> list[str]:
    """Three lines, one of them rejected; measured by itself, with too few to say anything."""
    row = _upload(client, "orders.csv")
    client.post(f"/imports/{row.pk}/start")
    run_until_idle()
    reports = ("", "rfm/", "cohorts/", "whale/", "backtest/")
    return [f"/imports/{row.pk}", *(f"/insight/{report}" for report in reports)]


def _import_that_failed(client: Client) -> list[str]:
    """Its file was gone when its turn came."""
    row = _upload(client, "Bestellungen-der-Donaudampfschifffahrtsgesellschaft-2024.csv")
    Path(row.file_path).unlink()
    client.post(f"/imports/{row.pk}/start")
    run_until_idle()
    row.refresh_from_db()
    assert row.status == Import.Status.FAILED
    return [f"/imports/{row.pk}"]


def _import_that_waits(client: Client) -> list[str]:
    row = _upload(client, "waiting.csv", FEW_ORDERS.replace("K2", "K9"))
    return [f"/imports/{row.pk}", f"/imports/{row.pk}/mapping", f"/imports/{row.pk}/preview"]


def _measurement_that_failed(client: Client) -> list[str]:
    """It was to be compared with days that the orders do not reach."""
    asked = {"model": "BG/NBD", "margin": "1", "discount": "0.1"}
    client.post("/insight/measurements/", {**asked, "as_of": "2024-03-31", "holdout": "900"})
    run_until_idle()
    assert Job.objects.filter(kind="insight.measure", status=Job.Status.FAILED).exists()
    return ["/insight/", "/insight/measurements/new/"]


def _plans_that_cannot_be(client: Client) -> list[str]:
    """A draft from a starter, planned with nothing measured and with next to no money."""
    wizard = "/canvas/wizard/interactions/?starter=shop"
    client.post(wizard, {"segment": ["vip", "occasional"], "name": "Beziehungen"})
    run_until_idle()
    number = PolicyVersion.objects.latest("number").number
    client.post("/planner/runs/", {"plan": "nominal", "budget": "1"})
    run_until_idle()
    runs = [f"/planner/runs/{run.pk}/" for run in AdviceRun.objects.all()]
    canvas = f"/canvas/versions/{number}"
    return ["/planner/", *runs, "/canvas/", f"{canvas}/check/", f"{canvas}/publication/"]
