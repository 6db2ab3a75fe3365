"""The word index finds words whatever their case and accents, on both databases."""

from collections.abc import Iterator

import pytest
from django.db import connection

from amity.kernel.textsearch import TextIndex, install, matching, newest_with, words, words_of

pytestmark = pytest.mark.django_db
TEXTS = ("Grüße an Herrn Müller", "Une crème brûlée", "Zażółć gęślą", "Plain words only")
IDENTITY = "bigserial" if connection.vendor == "postgresql" else "integer"


@pytest.fixture
def index(db: None) -> Iterator[TextIndex]:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE letters (id {IDENTITY} PRIMARY KEY, text text NOT NULL)")
        cursor.executemany("INSERT INTO letters (text) VALUES (%s)", [(text,) for text in TEXTS])
    yield words("letters", "text")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TABLE IF EXISTS letters_words")
        cursor.execute("DROP TABLE letters")


def _found(index: TextIndex, text: str, most: int = 10) -> list[str]:
    return sorted(newest_with(index, "text", words_of(text), most=most))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("muller", 0),
        ("MÜLLER", 0),
        ("mu\u0308ller", 0),  # the same, its accent written apart
        ("grusse", None),
        ("gruß", 0),
        ("creme brul", 1),
        ("brûlée", 1),
        ("gesla", 2),
        ("zazolc", None),  # Polish ł is a letter of its own, on both databases
        ("zażółć", 2),
        ("wörds", 3),
    ],
)
def test_accents_and_case_do_not_matter(index: TextIndex, text: str, place: int | None) -> None:
    install(index, connection)

    assert _found(index, text) == ([] if place is None else [TEXTS[place]])


def test_rows_that_are_written_later_are_found_and_changed_ones_by_their_new_words(
    index: TextIndex,
) -> None:
    install(index, connection)

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO letters (text) VALUES ('Später Gruß')")
        cursor.execute("UPDATE letters SET text = 'Ganz anders' WHERE text = 'Plain words only'")

    assert _found(index, "spater") == ["Später Gruß"]
    assert _found(index, "anders") == ["Ganz anders"]
    assert _found(index, "plain") == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's index always folded")
def test_an_index_that_knew_accents_is_replaced_with_all_its_rows(index: TextIndex) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE letters ADD COLUMN words tsvector "
            "GENERATED ALWAYS AS (to_tsvector('simple', left(text, 50000))) STORED"
        )
        cursor.execute("CREATE INDEX letters_words ON letters USING gin (words)")

    install(index, connection)

    assert _found(index, "muller") == [TEXTS[0]]
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('letters_words')")
        assert cursor.fetchone()[0] is None


def test_whole_words_come_before_beginnings_and_newer_rows_before_older(index: TextIndex) -> None:
    install(index, connection)
    with connection.cursor() as cursor:
        rows = ("card 1", "cards 2", "card 3", "cardigan 4")
        cursor.executemany("INSERT INTO letters (text) VALUES (%s)", [(text,) for text in rows])

    assert newest_with(index, "text", ["card"], most=2) == ["card 3", "card 1"]
    assert newest_with(index, "text", ["card"], most=3) == ["cardigan 4", "card 3", "cards 2"]
    assert newest_with(index, "text", ["card", "cardig"], most=3) == ["cardigan 4"]


def test_what_the_newest_rows_do_not_have_is_found_in_the_older(index: TextIndex) -> None:
    install(index, connection)
    rows = [(30_000, "last"), (1_000_000, "rare last"), (5_000_000, "last"), (9_000_000, "newest")]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO letters (id, text) VALUES (%s, %s)", rows)

    assert newest_with(index, "id", ["une"], most=1) == [2]
    assert newest_with(index, "id", ["only"], most=1) == [4]
    assert newest_with(index, "id", ["m"], most=9) == [1]
    assert newest_with(index, "id", ["rare"], most=9) == [1_000_000]
    assert newest_with(index, "id", ["last"], most=2) == [5_000_000, 1_000_000]
    assert newest_with(index, "id", ["last"], most=9) == [5_000_000, 1_000_000, 30_000]
    assert newest_with(index, "id", ["newest"], most=9) == [9_000_000]
    assert newest_with(index, "id", ["absent"], most=9) == []


def test_words_that_only_older_rows_have_often_are_found_from_the_newest_of_these(
    index: TextIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "FEW", 3)
    install(index, connection)
    rows = [(number * 1_000, "gone") for number in range(1, 61)]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO letters (id, text) VALUES (%s, %s)", rows)
        cursor.execute("INSERT INTO letters (id, text) VALUES (300000, 'new')")

    assert newest_with(index, "id", ["gone"], most=2) == [60_000, 59_000]
    assert newest_with(index, "id", ["gone"], most=3) == [60_000, 59_000, 58_000]


@pytest.mark.parametrize("text", ["8192", "#8192#0", "#8192", "0"])
def test_the_marks_of_rows_are_no_words(index: TextIndex, text: str) -> None:
    install(index, connection)

    assert _found(index, text) == []
