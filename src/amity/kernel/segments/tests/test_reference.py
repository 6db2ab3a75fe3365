"""Every example in the reference of the rule language is a rule."""

import re
from pathlib import Path

from amity.kernel.segments.language.words import FILTERS, MEASURES
from amity.kernel.segments.rules import Catalog, CustomField, parse_text

PAGE = Path(__file__).parents[5] / "docs" / "reference" / "rules.md"
CATALOG = Catalog(
    custom={
        "size": CustomField("number"),
        "plan": CustomField("choice", ("free", "pro")),
        "newsletter": CustomField("yes_no"),
    },
    traits={
        "clv_12m": "money",
        "p_alive": "share",
        "rfm_group": "text",
        "last_order_on": "date",
    },
    segments=frozenset({"loyal"}),
    touchpoints=frozenset({"web"}),
)


def test_the_examples_are_rules() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "`" in line]

    examples = [example for row in rows for example in re.findall(r"`([^`]+)`", row)]

    assert len(examples) > 25
    for example in examples:
        parse_text(example, CATALOG)


def test_the_page_names_every_measure_and_filter() -> None:
    text = re.sub(r"\s+", " ", PAGE.read_text(encoding="utf-8"))

    assert [name for name in (*MEASURES, *FILTERS) if f"`{name}`" not in text] == []
