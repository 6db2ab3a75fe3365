from datetime import UTC, date, datetime, timedelta

import pytest
from babel.dates import format_timedelta
from django.utils import translation

from amity.base.money import Money
from amity.ui import formats

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (1999, "USD", "$19.99"),
        (123456, "EUR", "€1,235"),
        (-500, "USD", "-$5.00"),
        (1234, "JPY", "¥1,234"),
        (0, "USD", "$0.00"),
    ],
)
def test_money_is_rounded_for_reading(minor: int, currency: str, shown: str) -> None:
    assert formats.money(minor, currency) == shown


def test_money_is_exact_on_request() -> None:
    assert formats.money(Money(123456, "EUR"), exact=True) == "€1,234.56"


def test_german_figures_are_german() -> None:
    with translation.override("de"):
        assert formats.number(1234567.5) == "1.234.567,5"
        assert formats.money(123456, "EUR", exact=True) == "1.234,56\xa0€"


def test_what_is_not_known_is_a_dash() -> None:
    for show in (formats.number, formats.percent, formats.money, formats.day, formats.ago):
        assert show(None) == formats.NOTHING


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (AT - timedelta(seconds=20), "just now"),
        (AT - timedelta(minutes=5), "5 minutes ago"),
        (AT + timedelta(days=3), "in 3 days"),
        (date(2026, 11, 20), "yesterday"),
        (date(2026, 11, 1), "3 weeks ago"),
    ],
)
def test_how_long_ago(value: datetime | date, shown: str) -> None:
    assert formats.ago(value, AT) == shown


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_distances_are_said_as_babel_says_them(language: str) -> None:
    lengths = [timedelta(seconds=seconds) for seconds in (45, 50.5, 51, 3_059, 3_060, 73_439)]
    lengths += [timedelta(hours=hours) for hours in (1, 20, 20.5, 36, 143, 24 * 26, 24 * 400)]
    with translation.override(language):
        for length in (*lengths, *(-one for one in lengths)):
            known = format_timedelta(length, add_direction=True, threshold=0.85, locale=language)

            assert formats.ago(AT + length, AT) == known


def test_durations_use_their_largest_unit() -> None:
    assert formats.duration(1.24) == "1.2 s"
    assert formats.duration(timedelta(minutes=4)) == "4 min"


def test_an_instant_is_shown_to_the_minute_in_each_language() -> None:
    at = datetime(2026, 11, 21, 9, 5, 59, tzinfo=UTC)

    assert formats.moment(at).replace("\u202f", " ") == "Nov 21, 2026, 9:05 AM"
    with translation.override("de"):
        assert formats.moment(at) == "21.11.2026, 09:05"
