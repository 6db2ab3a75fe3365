"""API tokens of a person, and the keys with which sites send tracking events."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.models import ApiToken, User, WriteKey
from amity.kernel.access.operations import (
    create_token,
    create_write_key,
    revoke_token,
    revoke_write_key,
)
from amity.ui.notices import notify
from amity.web.settings.forms import TokenForm, WriteKeyForm
from amity.web.settings.tabs import tabs_for


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


@requires("tokens.manage")
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens; a new one's secret is shown this once."""
    user = _user(request)
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        _token, secret = create_token(
            user=user,
            name=given["name"],
            scopes=frozenset({given["scope"]}),
            expires_at=now() + timedelta(days=given["days"]) if given["days"] else None,
            actor=actor_of(request),
            at=now(),
        )
        form = TokenForm()
    given_page = {
        "tabs": tabs_for(request, "settings_tokens"),
        "form": form,
        "secret": secret,
        "tokens": ApiToken.objects.filter(user=user).order_by("-created_at", "-pk")[:100],
    }
    status = 422 if form.errors else 200
    return render(request, "web/settings/tokens.html", given_page, status=status)


@requires("tokens.manage")
@require_POST
def end_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends one of one's own tokens."""
    token = revoke_token(pk, user_id=_user(request).pk, actor=actor_of(request), at=now())
    notify(request, _("Token “%s” ended") % token.name)
    return redirect("settings_tokens")


@requires("write_keys.manage")
def write_keys(request: HttpRequest) -> HttpResponse:
    """The tracking keys."""
    form = WriteKeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        create_write_key(**form.cleaned_data, actor=actor_of(request), at=now())
        notify(request, _("Key made"))
        return redirect("settings_write_keys")
    given = {
        "tabs": tabs_for(request, "settings_write_keys"),
        "form": form,
        "keys": WriteKey.objects.order_by("-created_at", "-pk")[:100],
    }
    status = 422 if form.errors else 200
    return render(request, "web/settings/write_keys.html", given, status=status)


@requires("write_keys.manage")
@require_POST
def end_write_key(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends a tracking key; what it sends from then on is refused."""
    key = revoke_write_key(pk, actor=actor_of(request), at=now())
    notify(request, _("Key “%s” ended") % key.name)
    return redirect("settings_write_keys")
