"""A period in words."""

import pytest

from amity.run.contracts.rules import months_of


@pytest.mark.parametrize(
    ("words", "months"),
    [
        ("12", 12),
        ("12.0", 12),
        ("monthly", 1),
        ("Month", 1),
        ("every 3 months", 3),
        ("quarterly", 3),
        ("half-yearly", 6),
        ("Annual", 12),
        ("2 years", 24),
        ("2y", 24),
        ("jährlich", 12),
        ("12 Monate", 12),
        ("", None),
        ("weekly", None),
        ("0", None),
        ("121", None),
        ("1.5 years", None),
    ],
)
def test_a_period_is_read_in_months(words: str, months: int | None) -> None:
    assert months_of(words) == months
