"""Cells of files of customers as profiles. Pure."""

import re
from dataclasses import dataclass, field
from typing import Any

from amity.base.text import fold
from amity.kernel.customers.rules import EMAIL, PHONE, IdentityError, normalize_identity
from amity.kernel.imports import values
from amity.kernel.imports.files.batches import Batch, Reject
from amity.kernel.imports.formats.countries import country_code
from amity.kernel.imports.reasons import REMEDIES
from amity.kernel.imports.settings import ImportSettings

LIMITS = {
    "external": 255, "name": 200, "first_name": 100, "last_name": 100, "company": 200, "job": 50,
    "city": 100, "language": 10, "time_zone": 64, "note": 20_000,
}  # fmt: skip
_SEVERAL = re.compile(r"\s*:::\s*|\s*[;,|]\s*|\s+/\s+")
_TAGS = re.compile(r"\s*:::\s*|\s*[,;|]\s*")
_NO = frozenset("no false 0 n f nein non subscribed".split())
_NOBODY = frozenset({"[not provided]", "unknown", "none", "n/a", "-"})


@dataclass(slots=True)
class Profile:
    """One row of a file of customers, normalized; empty where the file says nothing."""

    number: int
    name: str = ""
    external: str = ""
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    company: str = ""
    job: str = ""
    is_organization: bool = False
    fields: dict[str, str] = field(default_factory=dict)  # city, country, language, …
    tags: list[str] = field(default_factory=list)
    custom: dict[str, Any] = field(default_factory=dict)

    @property
    def folded(self) -> str:
        """The name for comparing."""
        return fold(self.name)


def profiles(batch: Batch, settings: ImportSettings) -> tuple[list[Profile], list[Reject]]:
    """The rows of a batch as profiles, and the rows that name nobody."""
    columns = {
        name: values.keys(batch.columns[column]).to_pylist()
        for name, column in settings.mapping.items()
    }
    found: list[Profile] = []
    rejects: list[Reject] = []
    for place, number in enumerate(batch.numbers.tolist()):
        cells = {name: cells[place] or "" for name, cells in columns.items()}
        try:
            found.append(_profile(number, cells, settings))
        except _RowError as error:
            rejects.append(
                Reject(number, error.field, error.reason, error.value, REMEDIES[error.reason])
            )
    return found, rejects


class _RowError(Exception):
    def __init__(self, field: str, reason: str, value: str = "") -> None:
        self.field, self.reason, self.value = field, reason, value[:200]


def _profile(number: int, cells: dict[str, str], settings: ImportSettings) -> Profile:
    for name, limit in LIMITS.items():
        if len(cells.get(name, "")) > limit:
            raise _RowError(name, "text_too_long", cells[name])
    country = country_code(cells.get("country", ""))
    profile = Profile(number, external=cells.get("external", ""))
    profile.emails = _emails(cells)
    _add_phones(profile, cells, country or settings.country)
    company = cells.get("company", "")
    profile.company = "" if company.lower() in _NOBODY else company
    profile.job = cells.get("job", "")
    profile.name = _name(cells)
    if not profile.name and profile.company:
        profile.name, profile.company, profile.is_organization = profile.company, "", True
    kind = cells.get("kind", "").lower()
    profile.is_organization |= kind.startswith(("org", "comp", "firm", "business", "b2b"))
    if not (profile.name or profile.external or profile.emails or profile.phones):
        raise _RowError("", "missing_key")
    profile.fields = {
        name: cells[name] for name in ("city", "language", "time_zone", "note") if cells.get(name)
    }
    if country:
        profile.fields["country"] = country
    profile.tags = _tags(cells.get("tags", ""))
    profile.custom |= _custom(cells)
    return profile


def _name(cells: dict[str, str]) -> str:
    parts = (cells.get("first_name", ""), cells.get("last_name", ""))
    whole = cells.get("name", "") or " ".join(part for part in parts if part)
    return " ".join(whole.split())[:200]


def _emails(cells: dict[str, str]) -> list[str]:
    found: list[str] = []
    for name in ("email", "second_email"):
        for text in _SEVERAL.split(cells.get(name, "")):
            if not text:
                continue
            try:
                address = normalize_identity(EMAIL, text)
            except IdentityError:
                raise _RowError("email", "bad_email", text) from None
            if address not in found:
                found.append(address)
    return found


def _add_phones(profile: Profile, cells: dict[str, str], country: str) -> None:
    """Numbers that are none are kept as written; they identify nobody."""
    for name in ("phone", "second_phone"):
        for text in re.split(r"\s*:::\s*|\s*;\s*", cells.get(name, "")):
            if not text:
                continue
            try:
                number = normalize_identity(PHONE, text, country)
            except IdentityError:
                profile.custom["phone"] = text[:100]
                continue
            if number not in profile.phones:
                profile.phones.append(number)


def _tags(text: str) -> list[str]:
    words = (word.strip().strip('"').lstrip("* ").strip() for word in _TAGS.split(text))
    return list(dict.fromkeys(word[:50] for word in words if word and word != "myContacts"))


def _custom(cells: dict[str, str]) -> dict[str, Any]:
    custom: dict[str, Any] = {
        name.removeprefix("custom."): text[:2000]
        for name, text in cells.items()
        if name.startswith("custom.") and text
    }
    if cells.get("birthday"):
        custom["birthday"] = cells["birthday"][:30]
    if cells.get("unsubscribed") and cells["unsubscribed"].lower() not in _NO:
        custom["unsubscribed"] = True  # a no is never written: the strictest word wins
    return custom
