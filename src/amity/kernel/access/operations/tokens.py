"""Changes to API tokens and tracking keys."""

import secrets
from datetime import datetime

from django.db import transaction

from amity.base.results import NotFoundError
from amity.kernel.access.doors import token_digest
from amity.kernel.access.models import ApiToken, User, WriteKey
from amity.kernel.access.operations.audit import AccessError, record_audit
from amity.kernel.access.rules import Actor, expand_scopes, policy_table


@transaction.atomic
def create_token(
    *,
    user: User,
    name: str,
    scopes: frozenset[str],
    actor: Actor,
    at: datetime,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """A new API token and its secret, which is shown this once.

    Raises:
        AccessError: a scope is neither `read`, `write` nor a permission, or a token makes one that
            may do more than itself.
    """
    unknown = sorted(scopes - set(policy_table()) - {"read", "write"})
    if unknown:
        raise AccessError(f"There is no scope {unknown[0]}. Use read, write or a permission name.")
    if actor.scopes is not None and not expand_scopes(scopes) <= expand_scopes(actor.scopes):
        raise AccessError(
            "A token cannot make one that may do more than itself. Name fewer scopes."
        )
    secret = f"am_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=secret[:10],
        digest=token_digest(secret),
        scopes=sorted(scopes),
        created_at=at,
        expires_at=expires_at,
    )
    record_audit(
        actor=actor,
        action="token.created",
        object_type="token",
        object_id=token.pk,
        at=at,
        summary=f"{name}: {', '.join(sorted(scopes))}",
    )
    return token, secret


@transaction.atomic
def create_write_key(*, name: str, touchpoint: str, actor: Actor, at: datetime) -> WriteKey:
    """A new tracking key."""
    key = WriteKey.objects.create(
        name=name, key=f"wk_{secrets.token_urlsafe(24)}", touchpoint=touchpoint, created_at=at
    )
    record_audit(
        actor=actor, action="write_key.created", object_type="write_key", object_id=key.pk, at=at
    )
    return key


@transaction.atomic
def revoke_token(token_id: int, *, user_id: int, actor: Actor, at: datetime) -> ApiToken:
    """Ends a token of the person; the same again changes nothing.

    Raises:
        NotFoundError: the person has no such token.
    """
    token = ApiToken.objects.select_for_update().filter(pk=token_id, user_id=user_id).first()
    if token is None:
        raise NotFoundError(f"You have no token {token_id}.")
    _revoke(token, "token", actor=actor, at=at)
    return token


@transaction.atomic
def revoke_write_key(key_id: int, *, actor: Actor, at: datetime) -> WriteKey:
    """Ends a tracking key; the same again changes nothing.

    Raises:
        NotFoundError: there is none.
    """
    key = WriteKey.objects.select_for_update().filter(pk=key_id).first()
    if key is None:
        raise NotFoundError(f"There is no tracking key {key_id}.")
    _revoke(key, "write_key", actor=actor, at=at)
    return key


def _revoke(key: ApiToken | WriteKey, name: str, *, actor: Actor, at: datetime) -> None:
    if key.revoked_at is not None:
        return
    key.revoked_at = at
    key.save(update_fields=["revoked_at"])
    record_audit(
        actor=actor,
        action=f"{name}.revoked",
        object_type=name,
        object_id=key.pk,
        at=at,
        summary=key.name,
    )
