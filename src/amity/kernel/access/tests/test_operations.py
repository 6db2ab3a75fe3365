from datetime import UTC, datetime, timedelta

import pytest

from amity.base.results import ConflictError, NotFoundError
from amity.base.time import now
from amity.base.vocabulary import Role
from amity.kernel.access.checks import audit_chain_is_whole
from amity.kernel.access.doors import api_actor
from amity.kernel.access.models import AuditEntry, User
from amity.kernel.access.operations import (
    AccessError,
    SettingsError,
    change_user,
    company,
    create_token,
    create_write_key,
    record_audit,
    revoke_token,
    revoke_write_key,
    seal_audit,
    update_company,
)
from amity.kernel.access.rules import SYSTEM, Actor

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 1, 12, tzinfo=UTC)


def noted(count: int) -> None:
    for number in range(count):
        record_audit(
            actor=SYSTEM,
            action="thing.changed",
            object_type="thing",
            object_id=number,
            at=AT + timedelta(seconds=number),
            changes={"name": {"from": "ä", "to": number}},
        )


def test_sealed_trail_is_whole_and_grows() -> None:
    noted(3)
    assert seal_audit(until=AT + timedelta(seconds=2)) == 2
    noted(2)

    assert seal_audit(until=AT + timedelta(hours=1)) == 3
    assert seal_audit(until=AT + timedelta(hours=1)) == 0
    assert list(audit_chain_is_whole()) == []


@pytest.mark.parametrize("field", ["summary", "actor_name", "object_id", "changes"])
def test_changed_entry_breaks_the_chain(field: str) -> None:
    noted(5)
    seal_audit(until=AT + timedelta(hours=1))
    third = AuditEntry.objects.order_by("seal_number")[2]

    AuditEntry.objects.filter(pk=third.pk).update(**{field: {} if field == "changes" else "x"})

    assert [finding.invariant for finding in audit_chain_is_whole()] == ["I11"]


def test_entry_taken_out_breaks_the_chain() -> None:
    noted(5)
    seal_audit(until=AT + timedelta(hours=1))

    AuditEntry.objects.order_by("seal_number")[2].delete()

    assert "taken out" in next(iter(audit_chain_is_whole())).message


def test_last_owner_stays(ada: User, ben: User) -> None:
    for change in ({"role": Role.AGENT}, {"is_active": False}):
        with pytest.raises(ConflictError):
            change_user(ada.pk, actor=SYSTEM, at=AT, **change)
    change_user(ben.pk, role=Role.OWNER, actor=SYSTEM, at=AT)
    change_user(ada.pk, role=Role.AGENT, actor=SYSTEM, at=AT)

    ada.refresh_from_db()
    assert ada.role == Role.AGENT


def test_who_is_switched_off_loses_her_tokens(ada: User, ben: User) -> None:
    _token, secret = create_token(
        user=ben, name="t", scopes=frozenset({"read"}), actor=SYSTEM, at=now()
    )
    assert api_actor(secret) is not None

    change_user(ben.pk, is_active=False, actor=SYSTEM, at=now())
    change_user(ben.pk, is_active=True, actor=SYSTEM, at=now())

    assert api_actor(secret) is None


def test_token_ends_for_its_owner_alone(ada: User, ben: User) -> None:
    token, secret = create_token(
        user=ada, name="t", scopes=frozenset({"read"}), actor=SYSTEM, at=now()
    )
    with pytest.raises(NotFoundError):
        revoke_token(token.pk, user_id=ben.pk, actor=SYSTEM, at=AT)
    assert api_actor(secret) is not None

    revoke_token(token.pk, user_id=ada.pk, actor=SYSTEM, at=AT)

    assert api_actor(secret) is None


def test_token_cannot_make_one_that_may_more(ada: User) -> None:
    narrow = Actor("token", "t", Role.OWNER, ada.pk, frozenset({"read", "tokens.manage"}))

    with pytest.raises(AccessError):
        create_token(user=ada, name="x", scopes=frozenset({"write"}), actor=narrow, at=AT)
    create_token(user=ada, name="x", scopes=frozenset({"customers.view"}), actor=narrow, at=AT)


def test_write_key_ends_once() -> None:
    key = create_write_key(name="k", touchpoint="", actor=SYSTEM, at=AT)

    revoke_write_key(key.pk, actor=SYSTEM, at=AT)
    revoke_write_key(key.pk, actor=SYSTEM, at=AT)

    assert AuditEntry.objects.filter(action="write_key.revoked").count() == 1


def test_company_is_changed_and_wrong_settings_are_named() -> None:
    update_company(
        changes={"name": "Acme", "currency": "EUR", "time_zone": "Europe/Berlin", "country": "DE"},
        actor=SYSTEM,
        at=AT,
    )
    with pytest.raises(SettingsError) as refused:
        update_company(
            changes={"currency": "EURO", "time_zone": "Berlin", "country": "Q", "language": "?"},
            actor=SYSTEM,
            at=AT,
        )

    assert (company().name, company().currency) == ("Acme", "EUR")
    assert set(refused.value.errors) == {"currency", "time_zone", "country", "language"}
