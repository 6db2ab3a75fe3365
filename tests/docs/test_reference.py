"""The generated pages say what the code says, and links in the documentation lead somewhere."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from amity.cli.main import app

ROOT = Path(__file__).parent.parent.parent
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")


def _documents() -> list[Path]:
    return sorted(
        [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("README.md")]
    )


def test_the_reference_is_as_the_code_says() -> None:
    checked = subprocess.run(
        [sys.executable, "tools/reference.py", "--check"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("document", _documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_in_the_documentation_lead_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))

    broken = [link for link in links if not (document.parent / link).exists()]

    assert broken == []


def _commands(command: typer.models.CommandInfo | object) -> Iterator[tuple[str, str]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield str(getattr(command, "name", "")), str(getattr(command, "help", ""))
        return
    for child in children.values():
        yield from _commands(child)


@pytest.mark.parametrize(
    ("name", "text"), list(_commands(typer.main.get_command(app))), ids=lambda value: value[:20]
)
def test_every_command_says_what_it_does_with_an_example(name: str, text: str) -> None:
    assert re.search(r"Examples?:\s+(\w+=\S+ |pass .* )?amity ", text), name
