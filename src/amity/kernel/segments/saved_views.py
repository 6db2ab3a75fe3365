"""Lists as somebody likes to see them, kept under a name; private, or shared with everybody."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from amity.base.results import NotFoundError
from amity.base.text import clean_text
from amity.kernel.segments.models import SavedView
from amity.kernel.segments.rules import RuleError, read_rule


def views_for(user_id: int, list_name: str = "customers") -> list[SavedView]:
    """A person's own views of a list and those that others share, by name; one statement."""
    seen = Q(owner_id=user_id) | Q(is_shared=True)
    return list(SavedView.objects.filter(seen, list_name=list_name).order_by("name", "pk")[:100])


@transaction.atomic
def save_view(
    *,
    user_id: int,
    name: str,
    at: datetime,
    rule: Mapping[str, Any] | None,
    search: str = "",
    columns: Sequence[str] = (),
    sort: str = "",
    is_shared: bool = False,
    list_name: str = "customers",
) -> SavedView:
    """Keeps a view; one of the same person with the same name is replaced.

    Raises:
        RuleError: the rule cannot be understood, or the view has no name.
    """
    text = clean_text(name, field="name", max_length=100)
    if not text:
        raise RuleError("A view needs a name.")
    if rule is not None:
        read_rule(rule)
    view, _made = SavedView.objects.update_or_create(
        owner_id=user_id,
        list_name=list_name,
        name=text,
        defaults={
            "rule": dict(rule) if rule is not None else None,
            "search": clean_text(search, field="search", max_length=200),
            "columns": list(columns),
            "sort": sort[:50],
            "is_shared": is_shared,
            "created_at": at,
        },
    )
    return view


@transaction.atomic
def delete_view(view_id: int, *, user_id: int) -> SavedView:
    """Removes one of a person's own views.

    Raises:
        NotFoundError: the person has no such view.
    """
    view = SavedView.objects.select_for_update().filter(pk=view_id, owner_id=user_id).first()
    if view is None:
        raise NotFoundError("This view is not there, or it is somebody else's.")
    SavedView.objects.filter(pk=view_id).delete()
    return view
