"""The company and its settings."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.numbers import list_currencies
from django.db import transaction

from amity.base.results import AmityError
from amity.base.text import clean_text
from amity.kernel.access.models import Company
from amity.kernel.access.operations.audit import record_audit
from amity.kernel.access.rules import Actor


class SettingsError(AmityError):
    """Settings that cannot be kept; `errors` names each with its remedy."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(" ".join(f"{field}: {text}" for field, text in errors.items()))


def company() -> Company:
    """The one company row, made with defaults on first use."""
    return Company.objects.order_by("pk").first() or Company.objects.create(name="My company")


@transaction.atomic
def update_company(*, changes: Mapping[str, object], actor: Actor, at: datetime) -> Company:
    """Changes the company: name, currency, time_zone, language, country, note, is_quiet.

    Raises:
        SettingsError: with every field that cannot be kept.
    """
    row = Company.objects.select_for_update().filter(pk=company().pk).get()
    errors: dict[str, str] = {}
    differing: dict[str, object] = {}
    for field, value in changes.items():
        try:
            cleaned = _clean(field, value)
        except AmityError as error:
            errors[field] = str(error)
            continue
        if getattr(row, field) != cleaned:
            differing[field] = {"from": getattr(row, field), "to": cleaned}
            setattr(row, field, cleaned)
    if errors:
        raise SettingsError(errors)
    if differing:
        row.save(update_fields=list(differing))
        record_audit(
            actor=actor,
            action="company.changed",
            object_type="company",
            object_id=row.pk,
            at=at,
            summary=", ".join(sorted(differing)),
            changes=differing,
        )
    return row


_LENGTHS = {
    "name": 200,
    "note": 20_000,
    "currency": 3,
    "time_zone": 64,
    "language": 10,
    "country": 2,
}


def _clean(field: str, value: object) -> object:
    if field == "is_quiet":
        return bool(value)
    if field not in _LENGTHS:
        raise AmityError("There is no such setting.")
    text = clean_text(str(value), field=field, max_length=_LENGTHS[field])
    if field == "name" and not text:
        raise AmityError("The company needs a name.")
    if field == "currency" and text not in list_currencies():
        raise AmityError("Use a code of ISO 4217, as in EUR.")
    if field == "time_zone" and text not in available_timezones():
        raise AmityError("Use a name like Europe/Berlin.")
    if field == "country" and text and text not in Locale("en").territories:
        raise AmityError("Use two capital letters, as in DE.")
    if field == "language":
        _check_language(text)
    return text


def _check_language(code: str) -> None:
    try:
        Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise AmityError("Use a code like en or pt-BR.") from error
