"""Deleting a capability's folder leaves the rest alive."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import amity
from amity.kernel.hooks.discovery import capability_packages

SOURCE = Path(amity.__file__).parent
ALIVE = """
import django; django.setup()
from django.core.management import call_command
call_command("check")
call_command("migrate", verbosity=0)
call_command("makemigrations", "--check", "--dry-run", verbosity=0)
from django.test import Client
from amity.testing import people
client = Client()
client.force_login(people.ada(), backend="django.contrib.auth.backends.ModelBackend")
for address in ("/healthz", "/", "/customers", "/api/v1/openapi.json"):
    answer = client.get(address, HTTP_HOST="127.0.0.1")
    assert answer.status_code == 200, (address, answer.status_code)
from amity.kernel.hooks.checks import broken_invariants
assert broken_invariants() == []
from amity.cli.main import app
"""


@pytest.mark.parametrize("package", capability_packages())
def test_the_house_lives_without(package: str, tmp_path: Path) -> None:
    _, wing, name = package.split(".")
    ignored = shutil.ignore_patterns("tests", "__pycache__", "data")
    shutil.copytree(SOURCE, tmp_path / "amity", ignore=ignored)
    shutil.rmtree(tmp_path / "amity" / wing / name)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AMITY_")}
    environment = {
        **kept,
        "AMITY_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "amity.project.settings",
    }

    ran = subprocess.run(
        [sys.executable, "-c", ALIVE],
        env=environment,
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
        timeout=120,
    )

    assert ran.returncode == 0, ran.stderr[-3000:]
