"""Putting a tag on many customers at once, and taking it off again."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import F

from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer, Tag
from amity.kernel.customers.rules import clean_tag

BATCH = 500
Link = Customer.tags.through


@transaction.atomic
def tag_customers(ids: Iterable[int], *, name: str, actor: Actor, at: datetime) -> list[int]:
    """Puts a tag on customers; returns those that did not have it, so that it can be taken back.

    Raises:
        IdentityError: the tag has no name.
    """
    tag, _made = Tag.objects.get_or_create(name=clean_tag(name))
    changed: list[int] = []
    for batch in _batches(ids):
        there = set(Customer.objects.filter(pk__in=batch).values_list("pk", flat=True))
        have = Link.objects.filter(tag=tag, customer_id__in=batch)
        new = sorted(there - set(have.values_list("customer_id", flat=True)))
        Link.objects.bulk_create(
            [Link(tag=tag, customer_id=pk) for pk in new], ignore_conflicts=True
        )
        _touch(new, at)
        changed += new
    _audit(actor, "customers.tagged", tag, changed, at)
    return changed


@transaction.atomic
def untag_customers(ids: Iterable[int], *, name: str, actor: Actor, at: datetime) -> list[int]:
    """Takes a tag off customers; returns those that had it.

    Raises:
        IdentityError: the tag has no name.
    """
    tag = Tag.objects.filter(name=clean_tag(name)).first()
    if tag is None:
        return []
    changed: list[int] = []
    for batch in _batches(ids):
        links = Link.objects.filter(tag=tag, customer_id__in=batch)
        had = sorted(links.values_list("customer_id", flat=True))
        links.delete()
        _touch(had, at)
        changed += had
    _audit(actor, "customers.untagged", tag, changed, at)
    return changed


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    stream = iter(ids)
    while batch := list(islice(stream, BATCH)):
        yield batch


def _touch(ids: list[int], at: datetime) -> None:
    Customer.objects.filter(pk__in=ids).update(version=F("version") + 1, updated_at=at)


def _audit(actor: Actor, action: str, tag: Tag, changed: list[int], at: datetime) -> None:
    if changed:
        record_audit(
            actor=actor,
            action=action,
            object_type="tag",
            object_id=tag.pk,
            at=at,
            summary=f"{tag.name}: {len(changed)} customers",
            changes={"customers": changed[:1000]},
        )
