"""The colors can be read: contrast by WCAG 2.2 in both themes, computed from the token file."""

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).parents[1] / "static/amity/tokens.css").read_text()
TEXTS = ["ink", "muted", "accent", "good", "warn", "bad"] + [
    f"rel-{name}"
    for name in "personal dedicated self-service automated community cocreation".split()
]


def _pair(name: str) -> tuple[str, str]:
    found = re.search(rf"--{name}: light-dark\((#\w{{6}}), (#\w{{6}})\)", TOKENS)
    assert found, name
    return found[1], found[2]


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", ["paper", "surface", "raised", "sunken"])
@pytest.mark.parametrize("text", TEXTS)
def test_text_can_be_read_on_every_ground(text: str, ground: str) -> None:
    for theme in (0, 1):
        assert contrast(_pair(text)[theme], _pair(ground)[theme]) >= 4.5, (text, ground, theme)


@pytest.mark.parametrize("name", ["good", "warn", "bad", "accent"])
def test_a_state_can_be_read_on_its_own_soft_ground(name: str) -> None:
    for theme in (0, 1):
        assert contrast(_pair(name)[theme], _pair(f"{name}-soft")[theme]) >= 4.5


@pytest.mark.parametrize("name", ["line-strong", *(f"seg-{number}" for number in range(1, 9))])
def test_controls_and_segments_stand_out_from_the_ground(name: str) -> None:
    for theme in (0, 1):
        assert contrast(_pair(name)[theme], _pair("surface")[theme]) >= 3


def test_the_main_button_can_be_read() -> None:
    for theme in (0, 1):
        assert contrast(_pair("accent-ink")[theme], _pair("accent")[theme]) >= 4.5
