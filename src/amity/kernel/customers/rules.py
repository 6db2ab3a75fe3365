"""What identifies a customer, and what the fields of one may hold. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from zoneinfo import available_timezones

import phonenumbers
from babel import Locale
from email_validator import EmailNotValidError, validate_email

from amity.base.results import AmityError
from amity.base.text import clean_text

EMAIL, PHONE, EXTERNAL, ANONYMOUS = "email", "phone", "external", "anonymous"
IDENTITY_KINDS = (EMAIL, PHONE, EXTERNAL, ANONYMOUS)

_SIMPLE_EMAIL = re.compile(
    r"[a-z0-9][a-z0-9_+-]{0,30}(\.[a-z0-9_+-]{1,30})?@"
    r"(?!xn--)[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?(\.[a-z0-9]{2,30})?\.[a-z]{2,24}"
)


class IdentityError(AmityError):
    """Something that identifies nobody as it is written."""


class ProfileError(AmityError):
    """A field of a customer that cannot be kept; `errors` names each field with its remedy."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(" ".join(f"{field}: {text}" for field, text in errors.items()))


def normalize_identity(kind: str, value: str, country: str = "") -> str:
    """The one form under which an identity is stored and compared.

    E-mail addresses become lower case with an internationalized domain in Unicode; phone numbers
    become E.164, read as numbers of `country` (ISO 3166, two letters) where they have no prefix;
    external and anonymous ids keep their case.

    Raises:
        IdentityError: it is empty or cannot be such an identity.
    """
    if kind not in IDENTITY_KINDS:
        raise IdentityError(
            f"There is no identity of kind {kind}. Use {', '.join(IDENTITY_KINDS)}."
        )
    text = clean_text(value, field=kind, max_length=255)
    if not text:
        raise IdentityError(f"The {kind} is empty. Give a value or leave it out.")
    if kind == EMAIL:
        return _normalize_email(text)
    return _normalize_phone(text, country) if kind == PHONE else text


def _normalize_email(text: str) -> str:
    lowered = text.lower().removeprefix("mailto:")
    if _SIMPLE_EMAIL.fullmatch(lowered) and "--" not in lowered:
        return lowered  # nearly all addresses; the full check costs thirty times as much
    try:
        checked = validate_email(
            lowered, check_deliverability=False, globally_deliverable=False
        ).normalized
    except EmailNotValidError as error:
        raise IdentityError(f"{text[:100]} is not an e-mail address: {error}") from error
    if "." not in checked.rpartition("@")[2]:
        raise IdentityError(f"{text[:100]} has no full domain. Write it as name@example.org.")
    return checked.lower()


def _normalize_phone(text: str, country: str) -> str:
    international = "+" + text[2:] if text.startswith("00") else text
    try:
        number = phonenumbers.parse(international, country.upper() or None)
    except phonenumbers.NumberParseException as error:
        raise IdentityError(
            f"{text[:100]} is not a phone number{'' if country else ' of a known country'}. "
            "Write it with + and the country code."
        ) from error
    if not phonenumbers.is_possible_number(number):
        raise IdentityError(f"{text[:100]} has a wrong number of digits for a phone number.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@cache
def _countries() -> frozenset[str]:
    territories: Mapping[str, str] = Locale("en").territories
    return frozenset(code for code in territories if len(code) == 2 and code.isalpha()) - {"ZZ"}


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def clean_country(value: str) -> str:
    """A two-letter country code in upper case, or empty.

    Raises:
        IdentityError: there is no such country.
    """
    code = value.strip().upper()
    if code and code not in _countries():
        raise IdentityError(f"There is no country {value[:20]}. Use two letters, as in US or DE.")
    return code


_MAX_LENGTH = {
    "name": 200,
    "language": 10,
    "country": 2,
    "city": 100,
    "time_zone": 64,
    "preferred_channel": 30,
    "note": 20_000,
}


def clean_profile(fields: Mapping[str, str]) -> dict[str, str]:
    """The given plain fields of a customer, normalized.

    Raises:
        ProfileError: with every field that cannot be kept.
    """
    cleaned: dict[str, str] = {}
    errors: dict[str, str] = {}
    for field, value in fields.items():
        try:
            cleaned[field] = _clean_field(field, value)
        except AmityError as error:
            errors[field] = str(error)
    if errors:
        raise ProfileError(errors)
    return cleaned


def _clean_field(field: str, value: str) -> str:
    if field not in _MAX_LENGTH:
        raise IdentityError(f"A customer has no field {field}.")
    if field == "country":
        return clean_country(value)
    text = clean_text(value, field=field, max_length=_MAX_LENGTH[field])
    if field == "name" and not text:
        raise IdentityError("A customer needs a name.")
    if field == "time_zone" and text and text not in _time_zones():
        raise IdentityError(f"There is no time zone {text}. Use one like Europe/Berlin.")
    if field == "language" and text and not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]+)?", text):
        raise IdentityError(f"{text} is not a language code. Use one like en or pt-BR.")
    return text


@dataclass(frozen=True, slots=True)
class CustomField:
    """The shape of a custom field, as `CustomFieldDefinition` stores it."""

    key: str
    label: str
    kind: str
    choices: tuple[str, ...] = ()
    is_required: bool = False


def clean_custom(
    definitions: Sequence[CustomField], values: Mapping[str, object], *, complete: bool
) -> dict[str, object]:
    """Values of custom fields, checked against their definitions; None takes a value away.

    With `complete`, required fields must be there.

    Raises:
        ProfileError: with every field that is unknown, missing or of another kind.
    """
    known = {definition.key: definition for definition in definitions}
    cleaned: dict[str, object] = {}
    errors: dict[str, str] = {}
    for key, value in values.items():
        if key not in known:
            errors[key[:50]] = "There is no such custom field. Define it in the settings first."
            continue
        try:
            cleaned[key] = None if value is None else _clean_custom_value(known[key], value)
        except (AmityError, ValueError) as error:
            errors[key] = str(error)
    if complete:
        for definition in definitions:
            if definition.is_required and cleaned.get(definition.key) in (None, ""):
                errors.setdefault(definition.key, f"{definition.label} is required.")
    if errors:
        raise ProfileError(errors)
    return cleaned


def _clean_custom_value(definition: CustomField, value: object) -> object:
    if definition.kind == "yes_no":
        if isinstance(value, bool):
            return value
        raise IdentityError(f"{definition.label} is yes or no: send true or false.")
    if definition.kind == "number":
        return _clean_number(definition, value)
    if not isinstance(value, str):
        raise IdentityError(f"{definition.label} is a text. Send a string.")
    text = clean_text(value, field=definition.label, max_length=2000)
    if definition.kind == "date":
        return _clean_date(definition, text)
    if definition.kind == "choice" and text not in definition.choices:
        raise IdentityError(f"{definition.label} is one of: {', '.join(definition.choices)}.")
    return text


def _clean_number(definition: CustomField, value: object) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15:
        raise IdentityError(f"{definition.label} is a number. Send one without quotes.")
    return value


def _clean_date(definition: CustomField, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise IdentityError(f"{definition.label} is a date. Write it as 2026-01-31.") from error


def clean_tag(name: str) -> str:
    """A tag's name: at most 50 characters, single spaces.

    Raises:
        IdentityError: it is empty.
    """
    text = clean_text(
        " ".join(unicodedata.normalize("NFC", name).split()), field="tag", max_length=50
    )
    if not text:
        raise IdentityError("A tag needs a name.")
    return text
