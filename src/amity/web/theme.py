"""The theme is a choice of this browser: a cookie, not a setting of the person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from amity.kernel.access.doors import public
from amity.web.shell import THEME_COOKIE, THEMES

A_YEAR = 365 * 24 * 60 * 60


def safe_next(request: HttpRequest, fallback: str = "/") -> str:
    """The address to go on to, when it is on this site."""
    address = request.POST.get("next") or request.GET.get("next") or fallback
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if is_ours else fallback


@public
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Light, dark, or (empty) like the system."""
    theme = request.POST.get("theme", "")
    response = redirect(safe_next(request))
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=A_YEAR, samesite="Lax", httponly=True)
    else:
        response.delete_cookie(THEME_COOKIE)
    return response
