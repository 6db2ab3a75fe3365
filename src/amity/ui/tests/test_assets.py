import gzip
import re
from pathlib import Path

import pytest

from amity.base.vocabulary import RelationshipType
from amity.kernel.hooks.discovery import capabilities
from amity.ui.jinja import icon_names
from amity.ui.relationships import COLORS, ICONS

STATIC = Path(__file__).parents[1] / "static/amity"
ROOMS = Path(__file__).parents[2]


@pytest.mark.parametrize("packed", sorted((STATIC / "vendor").glob("*.gz")), ids=lambda p: p.name)
def test_a_packed_asset_is_its_original(packed: Path) -> None:
    assert gzip.decompress(packed.read_bytes()) == packed.with_suffix("").read_bytes()


def test_no_asset_names_a_source_map_or_loads_from_elsewhere() -> None:
    for file in STATIC.rglob("*"):
        if file.suffix in {".css", ".js", ".svg"}:
            text = file.read_text()
            assert "sourceMappingURL" not in text, file.name
            assert not re.search(r"@import|url\(\s*['\"]?https?:", text), file.name


def test_every_icon_that_a_manifest_or_a_page_names_is_in_the_sprite() -> None:
    icons = icon_names()
    named = set(ICONS.values())
    for manifest in capabilities():
        named |= {entry.icon for entry in manifest.navigation}
        named |= {kind.icon for kind in manifest.interaction_kinds}
    for template in ROOMS.rglob("jinja2/**/*.html"):
        named |= set(re.findall(r"\bicon\(\"([\w-]+)\"", template.read_text()))

    assert named - icons == set()


def test_every_relationship_type_has_an_icon_and_a_color_of_its_own() -> None:
    assert set(ICONS) == set(COLORS) == set(RelationshipType)
    assert len(set(ICONS.values())) == len(set(COLORS.values())) == 6


def test_no_template_has_an_inline_style_or_script() -> None:
    for template in ROOMS.rglob("jinja2/**/*.html"):
        text = template.read_text()
        assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=", text), template
        scripts = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", text)
        assert scripts == [], template
