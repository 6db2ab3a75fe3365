"""The reference of the canvas file says what the types say."""

from pathlib import Path

from amity.kernel.policy.schema import reference

PAGE = Path(__file__).parents[5] / "docs" / "reference" / "canvas.md"


def test_the_page_is_generated_from_the_types() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "Run: python -m amity.kernel.policy.schema > docs/reference/canvas.md"
    )
