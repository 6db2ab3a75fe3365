"""Numbers as people write them."""

import pytest

from amity.kernel.imports.formats.numbers import parse_number


@pytest.mark.parametrize(
    ("text", "sign", "value"),
    [
        ("1,234.56", ".", 1234.56),
        ("1.234,56", ",", 1234.56),
        ("12,34,567.5", ".", 1234567.5),
        ("$1,234", ".", 1234),
        ("(12.00)", ".", -12),
        ("12-", ".", -12),
        ("1e-2", ".", 0.01),
        ("12,50", ".", None),
        ("2,55", ".", None),
        ("2.55", ",", None),
        ("1,2345", ".", None),
        ("abc", ".", None),
    ],
)
def test_a_number_is_read_only_as_it_is_written(text: str, sign: str, value: float | None) -> None:
    expected = None if value is None else round(value * 1_000_000)

    assert parse_number(text, sign) == expected
