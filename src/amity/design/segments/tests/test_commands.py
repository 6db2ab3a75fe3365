"""`amity segments` as a person or a script uses it."""

import json

import pytest
from typer.testing import CliRunner, Result

from amity.base.results import AmityError
from amity.base.time import now
from amity.cli.main import app
from amity.kernel.access.rules import SYSTEM
from amity.kernel.segments.operations import create_segment
from amity.kernel.segments.rules import parse_text
from amity.testing.canvases import customers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _segments() -> None:
    customers("Ann", "Bob")
    create_segment(name="Ann", rule=parse_text("name is ann"), actor=SYSTEM, at=now())


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["segments", *arguments])


def test_refresh_then_list() -> None:
    refreshed = run("refresh", "--json")
    listed = json.loads(run("list", "--json").stdout)

    assert json.loads(refreshed.stdout)["segments"][0]["joined"] == 1
    assert (listed["customers"], listed["uncovered"]) == (2, 1)
    assert listed["segments"][0]["rule"] == "name is ann"
    assert run("list").stdout.splitlines()[0].split() == ["ann", "1", "name", "is", "ann"]


def test_show_tells_what_it_is() -> None:
    run("refresh")

    shown = json.loads(run("show", "ann", "--json").stdout)

    assert (shown["customers"], shown["overlap"], shown["canvas_versions"]) == (1, {}, [])


def test_preview_counts_without_saving() -> None:
    found = json.loads(run("preview", "not in segment ann", "--json").stdout)

    assert (found["customers"], found["sample"]) == (1, ["Bob"])


def test_a_wrong_rule_or_key_is_an_expected_failure() -> None:
    for arguments in (("preview", "speed > 3"), ("show", "nobody")):
        assert isinstance(run(*arguments).exception, AmityError)
