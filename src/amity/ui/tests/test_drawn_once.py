from django.utils import translation
from markupsafe import Markup, escape

from amity.ui.jinja import drawn_once


def test_a_macro_is_drawn_once_for_each_text_and_language() -> None:
    drawn: list[tuple[str, str | None]] = []

    def macro(text: str, kind: str = "") -> str:
        drawn.append((text, translation.get_language()))
        return f"{text} {kind}"

    draw = drawn_once(macro)
    with translation.override("en"):
        assert [draw("a"), draw("a"), draw("a", kind="warn")] == ["a ", "a ", "a warn"]
    with translation.override("de"):
        assert draw("a") == "a "

    assert drawn == [("a", "en"), ("a", "en"), ("a", "de")]


def test_markup_that_was_drawn_does_not_let_the_same_text_through() -> None:
    draw = drawn_once(escape)

    assert draw(Markup("<b>")) == "<b>"
    assert draw("<b>") == "&lt;b&gt;"


def test_what_cannot_be_remembered_is_drawn_each_time() -> None:
    draw = drawn_once(", ".join)
    values = ["a"]
    assert draw(values) == "a"

    values.append("b")

    assert draw(values) == "a, b"
