"""Changes to people and their roles."""

from datetime import datetime

from django.db import transaction

from amity.base.results import ConflictError, NotFoundError
from amity.base.vocabulary import Role
from amity.kernel.access.models import ApiToken, User
from amity.kernel.access.operations.audit import AccessError, record_audit
from amity.kernel.access.rules import Actor


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
def change_user(
    user_id: int,
    *,
    actor: Actor,
    at: datetime,
    role: Role | None = None,
    is_active: bool | None = None,
    name: str | None = None,
) -> User:
    """Changes a person's role, name, or whether they may sign in; what is None stays.

    Who is switched off loses all tokens at once; sessions end at the next request.

    Raises:
        NotFoundError: there is no such person.
        ConflictError: nobody would be left who owns the company.
    """
    people = {user.pk: user for user in User.objects.select_for_update().order_by("pk")}
    user = people.get(user_id)
    if user is None:
        raise NotFoundError(f"There is no person {user_id}.")
    changes: dict[str, object] = {}
    if role is not None and user.role != role.value:
        changes["role"] = role.value
    if is_active is not None and user.is_active != is_active:
        changes["is_active"] = is_active
    if name is not None and name.strip() and user.name != name.strip():
        changes["name"] = name.strip()[:200]
    for field, value in changes.items():
        setattr(user, field, value)
    if not any(one.is_active and one.role == Role.OWNER for one in people.values()):
        raise ConflictError("Somebody must own the company. Make another person owner first.")
    if changes:
        user.save(update_fields=list(changes))
        if changes.get("is_active") is False:
            ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=at)
        record_audit(
            actor=actor,
            action="user.changed",
            object_type="user",
            object_id=user.pk,
            at=at,
            summary=", ".join(sorted(changes)),
            changes=changes,
        )
    return user
