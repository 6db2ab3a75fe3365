"""What the pages of accounts share: tabs, money, who asks."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from amity.base.money import to_minor
from amity.kernel.access.doors import actor_of
from amity.kernel.access.models import User
from amity.kernel.access.rules import may

TABS = (
    ("accounts", gettext_noop("Books"), "accounts.view"),
    ("accounts_tasks", gettext_noop("Tasks"), "accounts.view"),
    ("accounts_renewals", gettext_noop("Renewals"), "accounts.view"),
    ("accounts_playbooks", gettext_noop("Playbooks"), "accounts.view"),
    ("accounts_assignment", gettext_noop("Assignment"), "accounts.view"),
    ("accounts_handovers", gettext_noop("Handover"), "accounts.manage"),
    ("accounts_calendar", gettext_noop("Calendar"), "accounts.view"),
    ("accounts_terms", gettext_noop("Hours and rates"), "accounts.view"),
)


def tabs_for(request: HttpRequest, current: str) -> list[tuple[str, str, bool]]:
    """(words, address, whether it is this one) of each tab that this person may open."""
    actor = actor_of(request)
    return [
        (_(label), reverse(name), name == current)
        for name, label, permission in TABS
        if may(actor, permission)
    ]


def me(request: HttpRequest) -> User:
    """The person who asks.

    Raises:
        PermissionDenied: it is nobody.
    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def minor(amount: Decimal | None, currency: str) -> int | None:
    """An amount of a form in minor units."""
    return None if amount is None else to_minor(amount, currency)


def status_of(*forms: Any) -> int:
    """422 where a form was refused."""
    return 422 if any(form is not None and form.is_bound and form.errors for form in forms) else 200


def told(form: Any) -> str:
    """What is wrong with a form, in one line."""
    return " ".join(
        f"{form.fields[name].label or name}: {' '.join(errors)}" if name in form.fields
        else " ".join(errors)
        for name, errors in form.errors.items()
    )  # fmt: skip
