"""The canvas as a file: what is written is what is read."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amity.base.results import Grade
from amity.base.vocabulary import (
    Intimacy,
    Motivation,
    Nature,
    RelationshipType,
    Skill,
    Stage,
)
from amity.kernel.policy.document import (
    CanvasDocument,
    Capacity,
    Cell,
    DocumentError,
    Expectation,
    Promise,
    SegmentDefinition,
    SegmentDesign,
    Target,
    ValueProposition,
    as_json,
    digest_of,
    read_document,
)
from amity.kernel.policy.files import HEADER, dump, load

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40
)
SHARES = st.floats(0, 1)
AMOUNTS = st.none() | st.decimals(0, 10**9, places=2)
MINUTES = st.none() | st.integers(1, 100_000)
DAYS = st.none() | st.dates()
KEYS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}", fullmatch=True)

PROMISES = st.builds(
    Promise,
    text=TEXTS,
    first_response_minutes=MINUTES,
    next_response_minutes=MINUTES,
    resolution_minutes=MINUTES,
    calendar=st.none() | KEYS,
    human_reachable=st.booleans(),
)
CELLS = st.builds(
    Cell,
    intensity=SHARES,
    primary=st.booleans(),
    promise=st.none() | PROMISES,
    cost_per_customer=AMOUNTS,
    hours_per_customer=st.none() | st.floats(0, 1e6),
    guess=st.booleans(),
    grade=st.sampled_from(Grade),
    note=TEXTS,
)
DESIGNS = st.builds(
    SegmentDesign,
    segment=KEYS,
    motivation=st.sampled_from(Motivation),
    motivations=st.dictionaries(st.sampled_from(Motivation), SHARES),
    expectations=st.lists(st.builds(Expectation, statement=NAMES, confidence=SHARES), max_size=2),
    value_proposition=st.builds(
        ValueProposition,
        statement=TEXTS,
        stance=TEXTS,
        emphasis=st.dictionaries(st.sampled_from(["price", "status"]), SHARES),
    ),
    nature=st.sampled_from(Nature),
    intimacy=st.lists(st.sampled_from(Intimacy), max_size=2),
    relationship_types=st.dictionaries(st.sampled_from(RelationshipType), CELLS, max_size=3),
    touchpoints=st.dictionaries(st.sampled_from(Stage), st.lists(KEYS, max_size=2)),
    hours=st.dictionaries(st.sampled_from(Skill), st.floats(0, 1e9)),
    budget=AMOUNTS,
    targets=st.lists(
        st.builds(
            Target,
            measure=NAMES,
            value=st.floats(allow_nan=False, allow_infinity=False),
            by=DAYS,
        ),
        max_size=2,
    ),
    review_on=DAYS,
    guesses=st.lists(TEXTS, max_size=2),
    note=TEXTS,
)
DOCUMENTS = st.builds(
    CanvasDocument,
    name=NAMES,
    currency=st.sampled_from(["USD", "EUR", "JPY"]),
    horizon_years=st.integers(1, 10),
    discount_rate=st.floats(0, 0.99),
    capacity=st.builds(Capacity, budget=AMOUNTS),
    segments=st.lists(DESIGNS, max_size=3, unique_by=lambda design: design.segment),
    segment_definitions=st.lists(
        st.builds(SegmentDefinition, key=KEYS, name=NAMES, rule=TEXTS), max_size=1
    ),
    note=TEXTS,
)


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_a_file_gives_back_the_document_and_then_the_same_bytes(document: CanvasDocument) -> None:
    text = dump(document)

    again = load(text)

    assert again == document
    assert dump(again) == text
    assert digest_of(again) == digest_of(document)


@settings(max_examples=30, deadline=None)
@given(DOCUMENTS)
def test_the_stored_form_gives_back_the_document(document: CanvasDocument) -> None:
    assert read_document(as_json(document)) == document


def test_a_file_reads_well() -> None:
    document = CanvasDocument(
        name="Corner shop",
        currency="EUR",
        segments=(
            SegmentDesign(
                segment="loyal",
                motivation=Motivation.RETAIN,
                nature=Nature.LONG_TERM,
                relationship_types={
                    RelationshipType.SELF_SERVICE: Cell(intensity=0.5),
                    RelationshipType.PERSONAL_ASSISTANCE: Cell(
                        intensity=1.0, primary=True, promise=Promise(first_response_minutes=240)
                    ),
                },
                budget=Decimal("1200.50"),
                review_on=date(2026, 6, 30),
            ),
        ),
    )

    body = dump(document).removeprefix(HEADER)

    assert body == (
        "amity_canvas: 1\n"
        "name: Corner shop\n"
        "currency: EUR\n"
        "segments:\n"
        "  - segment: loyal\n"
        "    motivation: retain\n"
        "    nature: long_term\n"
        "    relationship_types:\n"
        "      personal_assistance:\n"
        "        intensity: 1.0\n"
        "        primary: true\n"
        "        promise:\n"
        "          first_response_minutes: 240\n"
        "      self_service:\n"
        "        intensity: 0.5\n"
        "    budget: 1200.5\n"
        "    review_on: 2026-06-30\n"
    )


HEAD = "amity_canvas: 1\nname: A\ncurrency: EUR\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: A\ncurrency: EUR\n", "Begin the file with 'amity_canvas: 1'"),
        ("[1, 2]", "The file holds no canvas"),
        ("a: [1\nb: 2\n", "Line 2, column 2"),
        (f"{HEAD}horizon: 3\n", "horizon: there is no such field"),
        (f"{HEAD}name: B\n", "Line 4, column 1: 'name' stands here twice"),
        (f"{HEAD}note: &a x\nsegments: *a\n", "aliases are not allowed"),
        (f"{HEAD}discount_rate: 1.5\n", "discount_rate: Input should be less than 1"),
        (f"{HEAD}capacity: {{budget: .nan}}\n", "capacity.budget"),
        (f"{HEAD}note: !!python/object/apply:os.getcwd []\n", "could not determine a constructor"),
        (f"{HEAD}? [a]\n: b\n", "unhashable"),
        ("x" * 1_000_001, "more than 1,000,000 characters"),
        ("amity_canvas: 1\nname: A\ncurrency: EUR\nreview: 2026-13-45\n", "month must be in"),
    ],
)
def test_a_wrong_file_says_where_and_what(text: str, words: str) -> None:
    with pytest.raises(DocumentError) as refused:
        load(text)

    assert words in str(refused.value)


def test_a_segment_stands_once_on_the_canvas() -> None:
    one = "  - {segment: a, motivation: retain, nature: hybrid}\n"

    with pytest.raises(DocumentError, match="segment a stands on the canvas twice"):
        load(f"{HEAD}segments:\n{one}{one}")
