"""Changes to the registry of touchpoints."""

from dataclasses import asdict, replace
from datetime import datetime

from django.db import IntegrityError, transaction

from amity.base.results import NotFoundError, StaleError
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.touchpoints.queries import fields_of
from amity.kernel.touchpoints.rules import (
    FIELD_NAMES,
    TouchpointFields,
    TouchpointInvalidError,
    errors_of,
)


class TouchpointMissingError(NotFoundError):
    """There is no such touchpoint."""


class TouchpointChangedError(StaleError):
    """Somebody else changed it in the meantime; `fields` are the ones that differ."""

    def __init__(self, name: str, fields: tuple[str, ...]) -> None:
        names = ", ".join(field.replace("_", " ") for field in fields) or "something"
        super().__init__(
            f"{name} was changed by somebody else while you edited it ({names}). Nothing of yours "
            "was stored. Look at the new values and save again."
        )
        self.fields = fields


@transaction.atomic
def create_touchpoint(*, fields: TouchpointFields, actor: Actor, at: datetime) -> Touchpoint:
    """Adds a touchpoint.

    Raises:
        TouchpointInvalidError: a field cannot be as given, or the key is taken.
    """
    values = _checked(fields)
    try:
        with transaction.atomic():
            touchpoint = Touchpoint.objects.create(**values)
    except IntegrityError as error:
        message = f"There is a touchpoint {fields.key} already. Edit it, or take another key."
        raise TouchpointInvalidError({"key": message}) from error
    _audit("touchpoint.created", touchpoint, actor, at, {})
    return touchpoint


@transaction.atomic
def update_touchpoint(
    key: str, *, fields: TouchpointFields, version: int | None, actor: Actor, at: datetime
) -> Touchpoint:
    """Writes all fields anew, if nobody else did since `version` (None: whatever is there).

    The key itself stays.

    Raises:
        TouchpointMissingError, TouchpointInvalidError.
        TouchpointChangedError: somebody saved another version in the meantime.
    """
    touchpoint = _locked(key)
    before = fields_of(touchpoint)
    fields = replace(fields, key=key)
    values = _checked(fields)
    changed = tuple(name for name in FIELD_NAMES if getattr(before, name) != getattr(fields, name))
    if version is not None and touchpoint.version != version:
        raise TouchpointChangedError(touchpoint.name, changed)
    if not changed:
        return touchpoint
    for name, value in values.items():
        setattr(touchpoint, name, value)
    touchpoint.version += 1
    touchpoint.save()
    told: dict[str, object] = {
        name: [_plain(before, name), _plain(fields, name)] for name in changed
    }
    _audit("touchpoint.changed", touchpoint, actor, at, told)
    return touchpoint


@transaction.atomic
def confirm_touchpoint(key: str, *, actor: Actor, at: datetime) -> Touchpoint:
    """Says that a drafted touchpoint is really there; doing it twice is as once."""
    touchpoint = _locked(key)
    if touchpoint.is_guess:
        touchpoint.is_guess = False
        touchpoint.version += 1
        touchpoint.save(update_fields=["is_guess", "version"])
        _audit("touchpoint.confirmed", touchpoint, actor, at, {})
    return touchpoint


@transaction.atomic
def ensure_touchpoints(
    wanted: tuple[TouchpointFields, ...], *, actor: Actor, at: datetime
) -> list[Touchpoint]:
    """Adds those whose key is not in the registry yet and returns the added; the others stay."""
    keys = [fields.key for fields in wanted]
    there = set(Touchpoint.objects.filter(key__in=keys).values_list("key", flat=True))
    return [
        create_touchpoint(fields=fields, actor=actor, at=at)
        for fields in wanted
        if fields.key not in there
    ]


def _locked(key: str) -> Touchpoint:
    touchpoint = (
        Touchpoint.objects.select_for_update(of=("self",))
        .select_related("replaced_by")
        .filter(key=key)
        .first()
    )
    if touchpoint is None:
        raise TouchpointMissingError(f"There is no touchpoint {key}. Choose one of the list.")
    return touchpoint


def _checked(fields: TouchpointFields) -> dict[str, object]:
    """The values of the columns, with what replaces it looked up."""
    errors = errors_of(fields)
    values = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(fields).items()
    }
    values["replaced_by"] = None
    if fields.replaced_by and "replaced_by" not in errors:
        values["replaced_by"] = Touchpoint.objects.filter(key=fields.replaced_by).first()
        if values["replaced_by"] is None:
            errors["replaced_by"] = f"There is no touchpoint {fields.replaced_by}."
    if errors:
        raise TouchpointInvalidError(errors)
    return values


def _plain(fields: TouchpointFields, name: str) -> object:
    value = getattr(fields, name)
    return value if isinstance(value, (bool, int, float)) else str(value)


def _audit(
    action: str, touchpoint: Touchpoint, actor: Actor, at: datetime, changes: dict[str, object]
) -> None:
    record_audit(
        actor=actor,
        action=action,
        object_type="touchpoint",
        object_id=touchpoint.key,
        at=at,
        summary=touchpoint.name,
        changes=changes,
    )
