"""`amity promise` answers for a number, an address and a shop's own number."""

import json

import pytest
from typer.testing import CliRunner

from amity.base.time import now
from amity.cli.main import app
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer, Identity
from amity.kernel.policy.operations import create_draft, publish
from amity.testing.canvases import (
    canvas,
    customers,
    design,
    helped,
    office_hours,
    put_into,
    segment,
    touchpoints,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> Customer:
    """A loyal customer who is answered within an hour."""
    office_hours()
    touchpoints()
    (ann,) = customers("Ann")
    for kind, value in (("email", "ann@example.org"), ("external", "K-7")):
        Identity.objects.create(customer=ann, kind=kind, value=value, shown=value, created_at=now())
    put_into(segment("loyal"), [ann])
    document = canvas(design("loyal", personal_assistance=helped(60)))
    draft = create_draft(document=document, name="", reason="", base=None, actor=SYSTEM, at=now())
    publish(draft.pk, reason="", actor=SYSTEM, at=now())
    return ann


@pytest.mark.parametrize("named", ["", "ann@example.org", "K-7"])
def test_a_customer_is_found_by_any_of_their_names(ann: Customer, named: str) -> None:
    result = CliRunner().invoke(app, ["promise", named or str(ann.pk), "--json"])

    value = json.loads(result.stdout)
    assert (value["name"], value["segment_key"], value["version_number"]) == ("Ann", "loyal", 1)
    assert value["relationships"][0]["first_response_minutes"] == 60


def test_the_answer_reads_well(ann: Customer) -> None:
    result = CliRunner().invoke(app, ["promise", "ann@example.org"])

    assert result.stdout.splitlines()[:3] == [
        "Ann",
        "Version 1 promises it to Loyal.",
        (
            "  Personal assistance, 80%; primary; first answer within 60 working minutes; "
            "a human can be reached"
        ),
    ]


def test_nobody_of_that_name_is_an_error() -> None:
    result = CliRunner().invoke(app, ["promise", "nobody@example.org"])

    assert result.exit_code != 0
