"""/company, /people, /tokens, /write-keys, /audit: the house's own settings."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.base.vocabulary import Role
from amity.kernel.access import operations
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.access.models import ApiToken, AuditEntry, Company, User, WriteKey
from amity.kernel.rest.idempotency import keeps_secret
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import Id, Instant, PageOf, Paging, Strict, Yes, utc

router = Router(tags=["settings"])
TOKENS, PEOPLE = ApiGuard("tokens.manage"), ApiGuard("people.manage")
KEYS = ApiGuard("write_keys.manage")


class CompanyOut(Schema):
    """The company."""

    name: str
    currency: str
    time_zone: str
    language: str
    country: str
    note: str
    is_demonstration: bool
    is_quiet: bool


class CompanyPatch(Strict):
    """The settings to change; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=200)
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$")
    time_zone: str | None = Field(None, max_length=64)
    language: str | None = Field(None, max_length=10)
    country: str | None = Field(None, max_length=2)
    note: str | None = Field(None, max_length=20_000)
    is_quiet: Yes | None = None


@router.get("/company", auth=ApiGuard("settings.view"), response=CompanyOut)
def get_company(request: HttpRequest) -> Company:
    """The company's settings."""
    return operations.company()


@router.patch("/company", auth=ApiGuard("settings.edit"), response=CompanyOut)
def change_company(request: HttpRequest, given: CompanyPatch) -> Company:
    """Changes the settings that are sent."""
    changes = {
        name: value for name, value in given.dict(exclude_unset=True).items() if value is not None
    }
    return operations.update_company(changes=changes, actor=actor_of(request), at=now())


class PersonOut(Schema):
    """A person of the company."""

    id: int
    email: str
    name: str
    role: str
    is_active: bool
    last_login: datetime | None


class PersonIn(Strict):
    """A new person; they sign in by a link that is sent to them or set for them."""

    email: str = Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
    name: str = Field(min_length=1, max_length=200)
    role: Role | None = None


class PersonPatch(Strict):
    """What to change of a person."""

    name: str | None = Field(None, min_length=1, max_length=200)
    role: Role | None = None
    is_active: Yes | None = None


@router.get("/people", auth=PEOPLE, response=PageOf[PersonOut])
def list_people(request: HttpRequest, wanted: Query[Paging]) -> Page[User]:
    """The people of the company."""
    return page(User.objects.all(), order="id", cursor=wanted.cursor, limit=wanted.limit)


@router.post("/people", auth=PEOPLE, response={201: PersonOut})
def add_person(request: HttpRequest, given: PersonIn) -> User:
    """Adds a person, without a password."""
    return operations.create_user(**given.dict(), password=None, actor=actor_of(request), at=now())


@router.patch("/people/{person_id}", auth=PEOPLE, response=PersonOut)
def change_person(request: HttpRequest, person_id: Id, given: PersonPatch) -> User:
    """Changes a person's name or role, or switches them off or on."""
    return operations.change_user(
        person_id, **given.dict(exclude_unset=True), actor=actor_of(request), at=now()
    )


class TokenOut(Schema):
    """A token, without its secret."""

    id: int
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


class NewTokenOut(TokenOut):
    """A new token; the secret is shown this once."""

    secret: str


class TokenIn(Strict):
    """A new token: its scopes are `read`, `write` or names of permissions."""

    name: str = Field(min_length=1, max_length=100)
    scopes: list[str] = Field(min_length=1, max_length=100)
    expires_at: Instant | None = None


@router.get("/tokens", auth=TOKENS, response=list[TokenOut])
def list_tokens(request: HttpRequest) -> list[ApiToken]:
    """Your own tokens, newest first (at most 500)."""
    return list(
        ApiToken.objects.filter(user_id=actor_of(request).user_id or 0).order_by("-pk")[:500]
    )


@router.post("/tokens", auth=TOKENS, response={201: NewTokenOut})
def add_token(request: HttpRequest, given: TokenIn) -> dict[str, Any]:
    """Makes a token of yours; it may do no more than you and the token that you call with."""
    actor = actor_of(request)
    user = User.objects.filter(pk=actor.user_id or 0).first()
    if user is None:
        raise NotFoundError("Tokens belong to people; sign in as one.")
    keeps_secret(request)
    token, secret = operations.create_token(
        user=user,
        name=given.name,
        scopes=frozenset(given.scopes),
        expires_at=utc(given.expires_at, "expires_at") if given.expires_at else None,
        actor=actor,
        at=now(),
    )
    return {**TokenOut.from_orm(token).dict(), "secret": secret}


@router.delete("/tokens/{token_id}", auth=TOKENS, response={204: None})
def revoke_token(request: HttpRequest, token_id: Id) -> None:
    """Ends one of your tokens."""
    actor = actor_of(request)
    operations.revoke_token(token_id, user_id=actor.user_id or 0, actor=actor, at=now())


class WriteKeyOut(Schema):
    """A tracking key; it is public by nature."""

    id: int
    name: str
    key: str
    touchpoint: str
    created_at: datetime
    revoked_at: datetime | None


class WriteKeyIn(Strict):
    """A new tracking key, and the touchpoint that its messages come from."""

    name: str = Field(min_length=1, max_length=100)
    touchpoint: str = Field("", max_length=50, pattern=r"^[-a-zA-Z0-9_]*$")


@router.get("/write-keys", auth=KEYS, response=list[WriteKeyOut])
def list_write_keys(request: HttpRequest) -> list[WriteKey]:
    """The tracking keys, newest first (at most 500)."""
    return list(WriteKey.objects.order_by("-pk")[:500])


@router.post("/write-keys", auth=KEYS, response={201: WriteKeyOut})
def add_write_key(request: HttpRequest, given: WriteKeyIn) -> WriteKey:
    """Makes a tracking key."""
    return operations.create_write_key(**given.dict(), actor=actor_of(request), at=now())


@router.delete("/write-keys/{key_id}", auth=KEYS, response={204: None})
def revoke_write_key(request: HttpRequest, key_id: Id) -> None:
    """Ends a tracking key."""
    operations.revoke_write_key(key_id, actor=actor_of(request), at=now())


class AuditOut(Schema):
    """Who changed what."""

    id: int
    at: datetime
    actor_kind: str
    actor_name: str
    action: str
    object_type: str
    object_id: str
    summary: str
    changes: dict[str, Any]
    seal_number: int | None


class AuditFilter(Paging):
    """Which entries; newest first."""

    object_type: str | None = Field(None, max_length=50)
    object_id: str | None = Field(None, max_length=100)
    order: Literal["-id"] = "-id"


@router.get("/audit", auth=ApiGuard("audit.view"), response=PageOf[AuditOut])
def list_audit(request: HttpRequest, wanted: Query[AuditFilter]) -> Page[AuditEntry]:
    """The trail of changes."""
    rows = AuditEntry.objects.all()
    if wanted.object_type is not None:
        rows = rows.filter(object_type=wanted.object_type)
    if wanted.object_id is not None:
        rows = rows.filter(object_id=wanted.object_id)
    return page(rows, order=wanted.order, cursor=wanted.cursor, limit=wanted.limit)
