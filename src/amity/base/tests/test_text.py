import pytest

from amity.base.text import positive


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("7", 7),
        ("007", 7),
        ("0", None),
        ("-1", None),
        ("", None),
        (None, None),
        ("\u0663", None),  # an Arabic three
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
    ],
)
def test_a_number_is_positive_and_one_that_a_database_can_hold(
    text: str | None, found: int | None
) -> None:
    assert positive(text) == found
