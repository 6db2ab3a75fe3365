from datetime import UTC, datetime, timedelta

import pytest

from amity.run.inbox.rules.files import clean_name, clean_type, is_picture
from amity.run.inbox.rules.working import (
    Person,
    mentioned,
    preview_of,
    reopens,
    subject_of,
    tag_names,
)

PEOPLE = [
    Person(1, "Ada Okafor", "ada@example.org"),
    Person(2, "Bob Ito", "b.ito@example.org"),
    Person(3, "Bob Berg", "berg@example.org"),
]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("@ada look", [1]),
        ("@Ada.Okafor, and @berg.", [1, 3]),
        ("@bob", []),  # two are called so
        ("@bob.ito", [2]),
        ("mail ada@example.org", []),
        ("nobody", []),
    ],
)
def test_mentions(text: str, ids: list[int]) -> None:
    assert mentioned(text, PEOPLE) == ids


@pytest.mark.parametrize(
    ("subject", "text", "expected"),
    [
        ("Re: AW: Fwd: Parcel", "x", "Parcel"),
        ("RE[2]: Parcel", "x", "Parcel"),
        ("Report: numbers", "x", "Report: numbers"),
        ("  ", "Where is\n\nit?", "Where is it?"),
        ("Re:", "Hello", "Hello"),
    ],
)
def test_subjects_lose_what_mail_programs_put_before_them(
    subject: str, text: str, expected: str
) -> None:
    assert subject_of(subject, text) == expected


def test_a_long_text_is_previewed_in_two_hundred_characters() -> None:
    assert preview_of("a\n b") == "a b"
    assert len(preview_of("word " * 100)) == 200


def test_a_closed_matter_opens_again_for_fourteen_days() -> None:
    closed = datetime(2026, 1, 1, tzinfo=UTC)
    assert reopens(closed_at=closed, at=closed + timedelta(days=14), days=14)
    assert not reopens(closed_at=closed, at=closed + timedelta(days=14, seconds=1), days=14)


def test_tags_by_commas() -> None:
    assert tag_names(" Late,  two  words,late,,") == ["late", "two words"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/b\\c.pdf", "a_b_c.pdf"),
        ("\u202egpj.exe", "_gpj.exe"),
        ("...", "file"),
        ("\ud800x", "_x"),
        (f"{'x' * 400}.pdf", f"{'x' * 187}.pdf"),
    ],
)
def test_names_of_files_are_made_safe(name: str, expected: str) -> None:
    assert clean_name(name) == expected


def test_types_of_files() -> None:
    assert clean_type("Text/HTML; charset=x") == "text/html"
    assert clean_type("nonsense") == "application/octet-stream"
    assert is_picture("image/png", b"\x89PNG\r\n\x1a\n...")
    assert not is_picture("image/png", b"<svg onload=...>")
    assert not is_picture("image/svg+xml", b"<svg>")
