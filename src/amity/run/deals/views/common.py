"""What the pages of deals share: tabs, the pipeline that is looked at, amounts, refusals."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from amity.base.money import to_minor
from amity.base.results import NotFoundError
from amity.kernel.access.doors import actor_of
from amity.kernel.access.models import User
from amity.kernel.access.rules import may
from amity.run.deals.models import Pipeline
from amity.run.deals.queries.pipelines import pipeline_named

TABS = (
    ("deals:board", gettext_noop("Board"), "deals.view"),
    ("deals:list", gettext_noop("List"), "deals.view"),
    ("deals:forecast", gettext_noop("Forecast"), "deals.view"),
    ("deals:outcomes", gettext_noop("Won and lost"), "deals.view"),
    ("deals:settings", gettext_noop("Pipelines"), "deals.manage"),
)


def tabs_for(request: HttpRequest, current: str) -> list[tuple[str, str, bool]]:
    """(words, address, whether it is this one) of each tab that this person may open."""
    actor, key = actor_of(request), request.GET.get("pipeline", "")
    ending = f"?pipeline={key}" if key.isascii() and key.replace("-", "").isalnum() else ""
    return [
        (_(label), reverse(name) + ending, name == current)
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


def chosen_pipeline(request: HttpRequest) -> Pipeline | None:
    """The pipeline of the address, else the first; None where none is set up.

    Raises:
        Http404: there is none with this key.
    """
    try:
        return pipeline_named(request.GET.get("pipeline", ""))
    except NotFoundError as error:
        raise Http404(str(error)) from error


def minor(amount: Decimal | None, currency: str) -> int:
    """An amount of a form in minor units; nothing is 0."""
    return 0 if amount is None else to_minor(amount, currency)


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
