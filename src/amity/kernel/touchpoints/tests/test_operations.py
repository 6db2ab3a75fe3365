from dataclasses import replace

import pytest

from amity.base.time import now
from amity.kernel.access.models import AuditEntry
from amity.kernel.access.rules import SYSTEM
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.touchpoints.operations import (
    TouchpointChangedError,
    TouchpointMissingError,
    confirm_touchpoint,
    create_touchpoint,
    ensure_touchpoints,
    update_touchpoint,
)
from amity.kernel.touchpoints.queries import fields_of, live_names_by_stage, touchpoints
from amity.kernel.touchpoints.rules import TouchpointFields, TouchpointInvalidError

pytestmark = pytest.mark.django_db

SHOP = TouchpointFields(
    key="web-shop",
    name="Web shop",
    channel="web",
    purposes=("sell",),
    stages=("transact", "support"),
    relationship_types=("self_service",),
    integration=("identity", "logged"),
    unit_cost_minor=15,
    is_guess=True,
)


def test_what_was_written_is_read_again_and_audited() -> None:
    touchpoint = create_touchpoint(fields=SHOP, actor=SYSTEM, at=now())

    assert fields_of(touchpoint) == SHOP
    assert AuditEntry.objects.get().action == "touchpoint.created"


def test_a_taken_key_is_refused_at_its_field() -> None:
    create_touchpoint(fields=SHOP, actor=SYSTEM, at=now())

    with pytest.raises(TouchpointInvalidError) as refused:
        create_touchpoint(fields=SHOP, actor=SYSTEM, at=now())

    assert list(refused.value.errors) == ["key"]
    assert Touchpoint.objects.count() == 1


def test_a_change_names_its_fields_and_counts_the_version() -> None:
    create_touchpoint(fields=SHOP, actor=SYSTEM, at=now())

    changed = update_touchpoint(
        "web-shop", fields=replace(SHOP, name="Shop"), version=1, actor=SYSTEM, at=now()
    )

    assert (changed.name, changed.version) == ("Shop", 2)
    assert AuditEntry.objects.latest("pk").changes == {"name": ["Web shop", "Shop"]}


def test_saving_nothing_new_changes_nothing() -> None:
    create_touchpoint(fields=SHOP, actor=SYSTEM, at=now())

    same = update_touchpoint("web-shop", fields=SHOP, version=1, actor=SYSTEM, at=now())

    assert same.version == 1
    assert AuditEntry.objects.count() == 1


def test_the_second_of_two_editors_is_told_and_overwrites_nothing() -> None:
    create_touchpoint(fields=SHOP, actor=SYSTEM, at=now())
    update_touchpoint(
        "web-shop", fields=replace(SHOP, hours="Mo-Fr"), version=1, actor=SYSTEM, at=now()
    )

    with pytest.raises(TouchpointChangedError) as refused:
        update_touchpoint(
            "web-shop", fields=replace(SHOP, name="Mine"), version=1, actor=SYSTEM, at=now()
        )

    assert refused.value.fields == ("name", "hours")
    stored = Touchpoint.objects.get()
    assert (stored.name, stored.hours) == ("Web shop", "Mo-Fr")


def test_what_replaces_it_must_exist() -> None:
    create_touchpoint(fields=SHOP, actor=SYSTEM, at=now())
    closing = replace(SHOP, key="fax", name="Fax", status="closing", replaced_by="web-shop")

    fax = create_touchpoint(fields=closing, actor=SYSTEM, at=now())

    assert fax.replaced_by is not None
    assert fax.replaced_by.key == "web-shop"
    with pytest.raises(TouchpointInvalidError):
        create_touchpoint(
            fields=replace(closing, key="telex", replaced_by="moon"), actor=SYSTEM, at=now()
        )


def test_a_guess_is_confirmed_once() -> None:
    create_touchpoint(fields=SHOP, actor=SYSTEM, at=now())

    confirm_touchpoint("web-shop", actor=SYSTEM, at=now())
    again = confirm_touchpoint("web-shop", actor=SYSTEM, at=now())

    assert (again.is_guess, again.version) == (False, 2)
    with pytest.raises(TouchpointMissingError):
        confirm_touchpoint("moon", actor=SYSTEM, at=now())


def test_only_missing_touchpoints_are_added() -> None:
    create_touchpoint(fields=replace(SHOP, name="Ours"), actor=SYSTEM, at=now())

    added = ensure_touchpoints(
        (SHOP, replace(SHOP, key="phone", name="Phone")), actor=SYSTEM, at=now()
    )

    assert [touchpoint.key for touchpoint in added] == ["phone"]
    assert Touchpoint.objects.get(key="web-shop").name == "Ours"


def test_the_closed_ones_are_left_out_unless_asked_for() -> None:
    create_touchpoint(fields=SHOP, actor=SYSTEM, at=now())
    create_touchpoint(
        fields=replace(SHOP, key="fax", name="Fax", status="closed"), actor=SYSTEM, at=now()
    )

    assert [t.key for t in touchpoints()] == ["web-shop"]
    assert [t.key for t in touchpoints(with_closed=True)] == ["fax", "web-shop"]
    assert live_names_by_stage()["transact"] == ["Web shop"]
    assert live_names_by_stage(but="web-shop")["transact"] == []
