"""A new capability is one new folder and not one changed file, and it is alive at once."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import amity

ROOT = Path(__file__).parent.parent.parent
SOURCE = Path(amity.__file__).parent


def _scaffold() -> object:
    spec = importlib.util.spec_from_file_location("scaffold", ROOT / "tools/new_capability.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_new_capability_passes_its_own_tests_and_the_style(tmp_path: Path) -> None:
    shutil.copytree(
        SOURCE,
        tmp_path / "src/amity",
        ignore=shutil.ignore_patterns("tests", "__pycache__", "data"),
    )
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    folder = _scaffold().make("occasions", "run", tmp_path / "src")  # type: ignore[attr-defined]  # a script, loaded by path
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AMITY_")}
    environment = {
        **kept,
        "AMITY_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(tmp_path / "src"),
    }

    for command in (
        ["pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        ["ruff", "check", "--no-cache", str(folder)],
        ["ruff", "format", "--no-cache", "--check", str(folder)],
    ):
        ran = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=tmp_path,
            env=environment,
            text=True,
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-2000:]


@pytest.mark.parametrize(("name", "wing"), [("Two-Words", "run"), ("occasions", "attic")])
def test_a_name_or_wing_that_cannot_be_is_refused(name: str, wing: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="use one"):
        _scaffold().make(name, wing, tmp_path)  # type: ignore[attr-defined]  # a script, loaded by path

    assert list(tmp_path.iterdir()) == []
