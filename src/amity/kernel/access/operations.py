"""Changes to people, tokens and the audit trail."""

import secrets
from datetime import datetime
from typing import Any

from django.db import transaction

from amity.base.results import AmityError
from amity.base.vocabulary import Role
from amity.kernel.access.doors import token_digest
from amity.kernel.access.models import ApiToken, AuditEntry, Company, User, WriteKey
from amity.kernel.access.rules import Actor, policy_table


class AccessError(AmityError):
    """A person, token or role that cannot be as asked."""


def record_audit(
    *,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: object,
    at: datetime,
    summary: str = "",
    changes: dict[str, Any] | None = None,
) -> None:
    """Notes who changed what; call it inside the transaction of the change."""
    AuditEntry.objects.create(
        at=at,
        actor_kind=actor.kind,
        user_id=actor.user_id,
        actor_name=actor.name[:200],
        action=action,
        object_type=object_type,
        object_id=str(object_id)[:100],
        summary=summary[:500],
        changes=changes or {},
    )


@transaction.atomic
def create_user(
    *, email: str, name: str, role: Role | None, password: str | None, actor: Actor, at: datetime
) -> User:
    """Adds a person.

    Raises:
        AccessError: the e-mail address is taken.
    """
    if User.objects.filter(email__iexact=email).exists():
        raise AccessError(
            f"{email} already has an account. Use another address or change its role."
        )
    user = User(email=email.lower(), name=name, role=role.value if role else "")
    user.set_password(password) if password else user.set_unusable_password()
    user.save()
    record_audit(
        actor=actor,
        action="user.created",
        object_type="user",
        object_id=user.pk,
        at=at,
        summary=f"{name} as {role.value if role else 'nobody yet'}",
    )
    return user


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
        AccessError: a scope is neither `read`, `write` nor a permission.
    """
    unknown = sorted(scopes - set(policy_table()) - {"read", "write"})
    if unknown:
        raise AccessError(f"There is no scope {unknown[0]}. Use read, write or a permission name.")
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


def company() -> Company:
    """The one company row, made with defaults on first use."""
    return Company.objects.order_by("pk").first() or Company.objects.create(name="My company")
