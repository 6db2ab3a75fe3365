"""The examples of the library's pages run, in the order of each page, on the published base."""

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "src/amity/measure/analytics/tests/data"
BLOCK = re.compile(r"^```python\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", ["library.md", "from-lifetimes.md", "measures.md"])
def test_the_examples_of_the_page_run(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in DATA.glob("*.csv"):
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs/using" / page).read_text(encoding="utf-8")
    names: dict[str, object] = {}

    for found in BLOCK.finditer(text):
        line = text[: found.start()].count("\n") + 1
        code = compile("\n" * line + found[1], f"docs/using/{page}", "exec")
        exec(code, names)  # noqa: S102 -- our own examples

    assert len(names) > 5
