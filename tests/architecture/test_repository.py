"""What must not stand in any file."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
# Put together here, so that this file does not hold what it looks for.
PLACES = [f"/{name}/" for name in ("work", "root", "opt/wheels")]
REGISTRIES = ["py" + "pi.org", "python" + "hosted.org", "registry.npm" + "js", "py" + "pi.python"]
TEXT = {".py", ".md", ".toml", ".lock", ".sh", ".html", ".yml", ".yaml", ".ini", ".txt", ".js", ""}


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git clone")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def _texts() -> list[tuple[Path, str]]:
    files = [path for path in _tracked() if path.suffix in TEXT and path.is_file()]
    return [(path, path.read_text(encoding="utf-8", errors="replace")) for path in files]


def test_no_file_names_a_place_on_one_machine() -> None:
    pattern = re.compile("|".join(rf"(?<![\w.}}/]){re.escape(place)}" for place in PLACES))

    found = [str(path.relative_to(ROOT)) for path, text in _texts() if pattern.search(text)]

    assert found == []


def test_no_file_names_a_package_registry() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path, text in _texts()
        if any(name in text for name in REGISTRIES)
    ]

    assert found == []


def test_locks_hold_hashes_and_no_addresses() -> None:
    for path in sorted(ROOT.glob("requirements*.lock")):
        text = path.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text


def test_no_page_loads_anything_from_another_host() -> None:
    pattern = re.compile(r"""(?:src|href|action)\s*=\s*["']?https?://""")

    found = [
        str(path.relative_to(ROOT))
        for path, text in _texts()
        if path.suffix == ".html" and "/jinja2/" in str(path) and pattern.search(text)
    ]

    assert found == []
