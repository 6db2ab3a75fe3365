"""The canvas by command line and by API."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner, Result

from amity.design.studio.commands import canvas
from amity.design.studio.tests import world
from amity.design.studio.tests.world import design
from amity.kernel.access.rules import SYSTEM
from amity.kernel.calendars.operations import ensure_default_calendar
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.operations import PolicyInvalidError
from amity.kernel.policy.queries import document_of

pytestmark = pytest.mark.django_db
URL = "/api/v1/canvas"


def run(*words: str) -> Result:
    return CliRunner().invoke(canvas, list(words))


def said(*words: str) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def ready() -> PolicyVersion:
    ensure_default_calendar(actor=SYSTEM, at=world.AT)
    world.touchpoint()
    world.segment("key", world.customers(2))
    return world.draft(design("key"))


def test_draft_export_import_diff_validate_publish_and_roll_back(tmp_path: Path) -> None:
    drafted = said("draft", "--starter", "shop", "--hour-cost", "40")
    assert (drafted["version"], drafted["status"]) == (1, "draft")
    assert drafted["segments_added"] == ["vip", "regulars", "slipping", "newcomers", "occasional"]
    assert [one["level"] for one in said("validate")["findings"]].count("error") == 0

    file = tmp_path / "canvas.yaml"
    assert run("export", "--to", str(file)).exit_code == 0
    taken = said("import", str(file), "--reason", "Again")
    assert (taken["version"], taken["digest"]) == (2, drafted["digest"])
    assert said("diff", "1", "2")["changes"] == []

    assert said("publish", "2", "--dry-run")["status"] == "draft"
    assert said("publish", "2", "--reason", "Begin")["status"] == "published"
    said("publish", "1", "--reason", "The same")
    assert said("rollback", "2", "--reason", "Back")["version"] == 3


def test_export_prints_what_import_reads() -> None:
    ready()

    text = run("export").stdout

    assert "amity_canvas: 1" in text
    again = CliRunner().invoke(canvas, ["import", "-", "--json"], input=text)
    assert json.loads(again.stdout)["digest"] == PolicyVersion.objects.get(number=1).digest


def test_validate_fails_where_an_error_stands_in_the_way() -> None:
    world.segment("key")
    world.draft(design("key"))

    assert run("validate").exit_code == 1
    result = run("publish", "--reason", "Now")
    assert isinstance(result.exception, PolicyInvalidError)
    assert PolicyVersion.objects.get().status == "draft"


def test_without_a_canvas_the_command_says_what_to_do() -> None:
    result = run("export")

    assert "Draft one: amity canvas draft" in str(result.exception)


def send(call: Any, url: str, body: object, **headers: str) -> Any:
    return call(url, body, content_type="application/json", headers=headers)


def test_a_draft_is_made_read_written_and_published_by_api(ada_api: Client) -> None:
    ready()
    made = send(ada_api.post, f"{URL}/versions", {"base": 1, "reason": "To change it"})
    read = ada_api.get(f"{URL}/versions/2")
    document = {**read.json()["document"], "note": "Changed"}

    written = send(
        ada_api.put,
        f"{URL}/versions/2/document",
        {"document": document},
        **{"If-Match": read["ETag"]},
    )
    stale = send(
        ada_api.put,
        f"{URL}/versions/2/document",
        {"document": document},
        **{"If-Match": read["ETag"]},
    )
    preview = ada_api.get(f"{URL}/versions/2/publication")
    done = send(ada_api.post, f"{URL}/versions/2/publication", {"reason": "Begin"})

    assert (made.status_code, made["Location"]) == (201, f"{URL}/versions/2")
    assert written.json()["document"]["note"] == "Changed"
    assert stale.status_code == 412
    assert (preview.json()["customers_changed"], preview.json()["may_be_published"]) == (2, True)
    assert done.json()["status"] == "published"
    assert ada_api.get(URL).json()["number"] == 2
    assert [v["number"] for v in ada_api.get(f"{URL}/versions").json()["items"]] == [2, 1]
    assert ada_api.get(f"{URL}/versions/2/changes?against=1").json()[0]["path"] == "note"
    assert b"amity_canvas: 1" in ada_api.get(f"{URL}/versions/2/export").content


def test_a_draft_comes_from_a_starter_or_a_document(ada_api: Client) -> None:
    from_starter = send(ada_api.post, f"{URL}/versions", {"starter": "charity", "hour_cost": 30})
    document = document_of(PolicyVersion.objects.get()).model_dump(mode="json")
    from_document = send(ada_api.post, f"{URL}/versions", {"document": document})
    broken = send(ada_api.post, f"{URL}/versions", {"document": {"name": "X"}})

    assert from_starter.json()["document"]["segments"][0]["segment"] == "major-donors"
    assert from_document.json()["digest"] == from_starter.json()["digest"]
    assert broken.status_code == 422
    assert PolicyVersion.objects.count() == 2


def test_findings_proposals_and_roll_back_by_api(ada_api: Client) -> None:
    first = ready()
    send(ada_api.post, f"{URL}/versions/1/publication", {"reason": "Begin"})
    world.draft(design("key", nature="long_term"), base=first)
    send(ada_api.post, f"{URL}/versions/2/publication", {"reason": "Change"})
    world.draft(design("key"))

    back = send(ada_api.post, f"{URL}/versions/1/rollback", {"reason": "Back"})
    declined = send(ada_api.post, f"{URL}/versions/3/refusal", {"reason": "No"})
    wrong = send(ada_api.post, f"{URL}/versions/3/adoption", {})

    assert (back.status_code, back.json()["number"]) == (201, 4)
    assert declined.json()["status"] == "declined"
    assert wrong.status_code in (409, 422)
    levels = {one["level"] for one in ada_api.get(f"{URL}/versions/4/findings").json()}
    assert levels <= {"warning"}


def test_who_may_what_by_api(ben_api: Client, cleo_api: Client) -> None:
    ready()

    assert ben_api.get(f"{URL}/versions/1").status_code == 200
    assert cleo_api.get(f"{URL}/versions/1").status_code == 403
    for client in (ben_api, cleo_api):
        assert send(client.post, f"{URL}/versions", {"base": 1}).status_code == 403
        assert send(client.post, f"{URL}/versions/1/publication", {}).status_code == 403
    assert PolicyVersion.objects.get().status == "draft"
    assert ben_api.get(f"{URL}/versions/9").status_code == 404
