import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from amity.kernel.customers.rules import (
    _SIMPLE_EMAIL,
    CustomField,
    IdentityError,
    ProfileError,
    clean_custom,
    clean_profile,
    clean_tag,
    normalize_identity,
)


@pytest.mark.parametrize(
    ("kind", "given_value", "country", "stored"),
    [
        ("email", " Ada.Lovelace@Example.ORG ", "", "ada.lovelace@example.org"),
        ("email", "mailto:a@b.co", "", "a@b.co"),
        ("email", "ünï@exämple.de", "", "ünï@exämple.de"),
        ("email", "ünï@xn--exmple-cua.de", "", "ünï@exämple.de"),
        ("phone", "(650) 253-0000", "US", "+16502530000"),
        ("phone", "0049 30 901820", "", "+4930901820"),
        ("phone", "+49 30 901820", "US", "+4930901820"),
        ("phone", "030 901820", "de", "+4930901820"),
        ("external", " A-17 ", "", "A-17"),
        ("anonymous", "Ab", "", "Ab"),
    ],
)
def test_identity_has_one_stored_form(
    kind: str, given_value: str, country: str, stored: str
) -> None:
    assert normalize_identity(kind, given_value, country) == stored


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", ""),
        ("email", "a"),
        ("email", "a@b"),
        ("email", "a..b@c.de"),
        ("email", "a@b..de"),
        ("email", "a b@c.de"),
        ("email", "a@-b.de"),
        ("phone", "030 901820"),
        ("phone", "call me"),
        ("phone", "+49"),
        ("phone", "+4930901820" * 3),
        ("external", " "),
        ("external", "x\x00"),
        ("external", "x" * 256),
        ("passport", "1"),
    ],
)
def test_what_identifies_nobody_is_refused(kind: str, value: str) -> None:
    from amity.base.results import AmityError

    with pytest.raises(AmityError):
        normalize_identity(kind, value)


@given(st.from_regex(_SIMPLE_EMAIL, fullmatch=True).filter(lambda text: "--" not in text))
def test_short_way_for_simple_addresses_agrees_with_the_full_check(address: str) -> None:
    try:
        full = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        assert "special-use" in str(error)  # noqa: PT017 -- one refusal is tolerated, by its reason
    else:
        assert full.normalized.lower() == address


def test_profile_names_every_wrong_field_with_a_remedy() -> None:
    with pytest.raises(ProfileError) as refused:
        clean_profile({"name": " ", "country": "XX1", "time_zone": "Mars/Olympus", "city": "Bonn"})

    assert set(refused.value.errors) == {"name", "country", "time_zone"}
    assert "Europe/Berlin" in refused.value.errors["time_zone"]


def test_profile_is_normalized() -> None:
    assert clean_profile({"name": " Ada ", "country": "de"}) == {"name": "Ada", "country": "DE"}


FIELDS = [
    CustomField("plan", "Plan", "choice", ("basic", "pro"), is_required=True),
    CustomField("seats", "Seats", "number"),
    CustomField("since", "Since", "date"),
    CustomField("vip", "VIP", "yes_no"),
    CustomField("hobby", "Hobby", "text"),
]


def test_custom_values_of_the_right_kind_are_kept() -> None:
    values = {"plan": "pro", "seats": 3, "since": "2026-01-31", "vip": True, "hobby": None}

    assert clean_custom(FIELDS, values, complete=True) == values


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("plan", "gold"),
        ("seats", "3"),
        ("seats", True),
        ("seats", 1e300),
        ("since", "31.1.2026"),
        ("vip", "yes"),
        ("hobby", 3),
        ("hobby", "x\x00"),
        ("shoe", "44"),
    ],
)
def test_custom_value_of_another_kind_is_named(key: str, value: object) -> None:
    with pytest.raises(ProfileError) as refused:
        clean_custom(FIELDS, {key: value}, complete=False)

    assert list(refused.value.errors) == [key]


def test_missing_required_custom_field_is_named() -> None:
    with pytest.raises(ProfileError) as refused:
        clean_custom(FIELDS, {"seats": 1}, complete=True)

    assert list(refused.value.errors) == ["plan"]


def test_tag_has_single_spaces() -> None:
    assert clean_tag("  big   spender ") == "big spender"
    with pytest.raises(IdentityError):
        clean_tag("  ")
