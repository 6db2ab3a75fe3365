"""Guards for views and API operations. A view without a guard is refused by the middleware."""

from collections.abc import Awaitable, Callable
from functools import wraps
from hashlib import sha256
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from ninja.utils import check_csrf

from amity.base.vocabulary import Role
from amity.kernel.access.models import ApiToken, User
from amity.kernel.access.rules import Actor, may

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)
View = Callable[Concatenate[HttpRequest, P], R]


def actor_of(request: HttpRequest) -> Actor:
    """Who makes this request: a signed-in person, or the bearer of a token (set by `api_actor`)."""
    actor = getattr(request, "amity_actor", None)
    if actor is not None:
        return cast("Actor", actor)
    user = request.user
    if not isinstance(user, User):
        return Actor(kind="anonymous", name="Somebody", role=None)
    return Actor(kind="user", name=str(user), role=_role(user), user_id=user.pk)


def _role(user: User) -> Role | None:
    return Role(user.role) if user.is_active and user.role else None


def public(view: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a view that anybody may reach (sign-in, health, tracking, the API's own guard)."""
    view.amity_permission = None  # type: ignore[attr-defined]  # read by the middleware
    return view


def requires(permission: str) -> Callable[[View[P, R]], Callable[..., HttpResponseBase]]:
    """Lets a signed-in person with `permission` in; others get the sign-in page or 403."""

    def decorate(view: View[P, R]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect(f"/sign-in?next={request.get_full_path()}")
            if not may(actor_of(request), permission):
                raise PermissionDenied(permission)
            return view(request, *args, **kwargs)

        guarded.amity_permission = permission  # type: ignore[attr-defined]  # read by the middleware
        return guarded

    return decorate


class DenyByDefault:
    """Middleware: a view that names no permission and is not marked public is refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> None:
        if not hasattr(view, "amity_permission"):
            raise PermissionDenied("This page has no guard.")


def token_digest(token: str) -> str:
    """What is stored of a token: its SHA-256."""
    return sha256(token.encode()).hexdigest()


def api_actor(token: str) -> Actor | None:
    """The actor of a live token (`am_…`), else None; notes its use once a minute."""
    now = timezone.now()
    row = (
        ApiToken.objects.select_related("user")
        .filter(digest=token_digest(token), revoked_at=None, user__is_active=True)
        .first()
    )
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    if row.last_used_at is None or (now - row.last_used_at).total_seconds() > 60:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
    return Actor(
        kind="token",
        name=f"{row.user} ({row.name})",
        role=_role(row.user),
        user_id=row.user.pk,
        scopes=frozenset(row.scopes),
    )


class ApiGuard:
    """django-ninja `auth=`: a bearer token or a signed-in person, with `permission`.

    A wrong or missing token is 401; one without the permission, or a session without its CSRF
    token, is 403. What the API does for every request it lets in (rate limit, idempotency) it
    leaves as `request.amity_admitted`.
    """

    openapi_security_schema = {"type": "http", "scheme": "bearer"}

    def __init__(self, permission: str) -> None:
        self.permission = permission

    def __call__(self, request: HttpRequest) -> Actor | None:
        actor = self._caller(request)
        if actor is None:
            return None
        if not may(actor, self.permission):
            raise PermissionDenied(self.permission)
        request.amity_actor = actor  # type: ignore[attr-defined]  # read by actor_of
        admitted = getattr(request, "amity_admitted", None)
        if admitted is not None:
            admitted(actor)
        return actor

    def _caller(self, request: HttpRequest) -> Actor | None:
        header = request.headers.get("Authorization", "")
        if header:
            scheme, _, token = header.partition(" ")
            return api_actor(token.strip()) if scheme.lower() == "bearer" else None
        if not request.user.is_authenticated:
            return None
        if check_csrf(request) is not None:
            raise PermissionDenied("Send the CSRF token of your session as X-CSRFToken.")
        return actor_of(request)
