"""./amity on a machine that has only Python: first use, an interrupted first use, later uses."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.wheel


def _environment(folder: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AMITY_")}
    kept.pop("PYTHONPATH", None)
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    return {**kept, "AMITY_VENV": str(folder / "venv"), "AMITY_HOME": str(folder / "home")}


def _amity(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["./amity", *arguments],
        cwd=ROOT,
        env=_environment(folder),
        text=True,
        capture_output=True,
        check=False,
        timeout=600,
    )


def test_an_interrupted_first_use_is_mended_by_the_next_and_later_ones_set_nothing_up(
    tmp_path: Path,
) -> None:
    interrupted = subprocess.Popen(
        ["./amity", "--version"],
        cwd=ROOT,
        env=_environment(tmp_path),
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(3)
    os.killpg(interrupted.pid, signal.SIGKILL)
    interrupted.wait()

    mended = _amity(tmp_path, "--version")
    assert mended.returncode == 0, mended.stderr
    assert mended.stdout.startswith("amity")

    later = _amity(tmp_path, "--version")
    assert (later.returncode, later.stderr) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["venv"]


def test_a_machine_without_a_new_enough_python_is_told_what_to_do(tmp_path: Path) -> None:
    environment = {**_environment(tmp_path), "AMITY_PYTHON": "/bin/false"}

    refused = subprocess.run(
        ["./amity", "--version"],
        cwd=ROOT,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )

    assert refused.returncode == 1
    assert "Python 3.11 or newer" in refused.stderr
