"""Backup and restore as an operator does them: by command, on real databases, under writers."""

import json
import subprocess
import time
import zipfile
from pathlib import Path

from amity.testing.instances import Instance

WRITER = """
import django; django.setup()
from amity.base.time import now
from amity.kernel.customers.models import Customer
from django.db import transaction
n = 0
while True:
    with transaction.atomic():  # two rows at once: a backup holds both or none
        for half in "ab":
            Customer.objects.create(name=f"Customer {n}{half}", created_at=now(), updated_at=now())
    n += 1
"""


def _count(instance: Instance) -> int:
    return int(instance.query("SELECT count(*) FROM customers_customer")[0][0])


def _wait_for_customers(instance: Instance, count: int) -> None:
    deadline = time.monotonic() + 60
    while _count(instance) < count:
        assert time.monotonic() < deadline, "the writer did not write"
        time.sleep(0.05)


def test_a_backup_made_under_writers_is_whole_and_comes_back(
    instance: Instance, tmp_path: Path
) -> None:
    writer = instance.start("-c", WRITER)
    _wait_for_customers(instance, 10)
    file = tmp_path / "backup.zip"
    instance.amity("backup", str(file))
    at_least = _count(instance)
    _wait_for_customers(instance, at_least + 10)
    writer.kill()
    writer.wait()
    before = _count(instance)

    report = json.loads(instance.amity("restore", str(file), "--json").stdout)

    restored = _count(instance)
    assert 10 <= restored < before
    assert restored % 2 == 0
    assert report["is_quiet"] is True
    ((is_quiet,),) = instance.query("SELECT is_quiet FROM access_company")
    assert bool(is_quiet) is True
    assert json.loads(instance.amity("check", "--json").stdout)["ok"] is True
    kept = json.loads(instance.amity("restore", report["kept"], "--loud", "--json").stdout)
    assert kept["is_quiet"] is False
    assert _count(instance) == before


def test_new_rows_after_a_restore_get_numbers_of_their_own(
    instance: Instance, tmp_path: Path
) -> None:
    instance.amity("user", "create", "ada@example.org", "--role", "owner")
    instance.amity("backup", str(tmp_path / "b.zip"))
    instance.amity("restore", str(tmp_path / "b.zip"))

    instance.amity("user", "create", "ben@example.org", "--role", "analyst")

    rows = instance.query("SELECT id, email FROM access_user ORDER BY id")
    assert [email for _, email in rows] == ["ada@example.org", "ben@example.org"]
    assert len({number for number, _ in rows}) == 2


def test_a_damaged_backup_changes_nothing(instance: Instance, tmp_path: Path) -> None:
    instance.amity("user", "create", "ada@example.org", "--role", "owner")
    file = tmp_path / "backup.zip"
    instance.amity("backup", str(file))
    with zipfile.ZipFile(file) as archive:
        name = next(entry for entry in archive.namelist() if entry != "manifest.json")
        manifest = archive.read("manifest.json")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("manifest.json", manifest)
        archive.writestr(name, b"something else")

    refused = instance.amity("restore", str(file), check=False)

    assert refused.returncode == 1
    assert "damaged" in refused.stderr
    assert instance.query("SELECT email FROM access_user") == [("ada@example.org",)]


def test_a_file_that_is_no_backup_is_refused_in_one_sentence(
    instance: Instance, tmp_path: Path
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("no backup")

    refused = instance.amity("restore", str(file), check=False)

    assert refused.returncode == 1
    assert refused.stderr.startswith("amity: ")
    assert "Traceback" not in refused.stderr


def test_a_backup_never_replaces_a_file_and_holds_no_key(
    instance: Instance, tmp_path: Path
) -> None:
    (instance.home / "secret-key").write_text("canary-of-the-key")
    file = tmp_path / "backup.zip"
    instance.amity("backup", str(file))

    again = instance.amity("backup", str(file), check=False)

    assert again.returncode == 1
    assert "there already" in again.stderr
    with zipfile.ZipFile(file) as archive:
        assert all(b"canary-of-the-key" not in archive.read(name) for name in archive.namelist())


def test_a_backup_killed_in_the_middle_leaves_no_file_that_looks_whole(
    instance: Instance, tmp_path: Path
) -> None:
    file = tmp_path / "backup.zip"
    running = instance.start("-m", "amity.cli", "backup", str(file), stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    running.kill()
    running.wait()

    assert not file.exists() or zipfile.ZipFile(file).testzip() is None
