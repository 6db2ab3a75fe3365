"""Signing in with a password or a one-time link, and out again."""

from django import forms
from django.contrib.auth import authenticate, login, logout
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from sesame.utils import get_user

from amity.base.text import fold
from amity.kernel.access.doors import public
from amity.web.theme import safe_next

ATTEMPTS = 10  # wrong passwords for one address within the window
WINDOW = 15 * 60  # seconds


class SignInForm(forms.Form):
    """Who, and the proof."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@public
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; goes on to `next`."""
    if request.user.is_authenticated:
        return redirect(safe_next(request))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _sign_in(request, form):
            return redirect(safe_next(request))
        return render(request, "web/sign_in.html", {"form": form}, status=422)
    status = 422 if form.errors else 200
    return render(request, "web/sign_in.html", {"form": form}, status=status)


def _sign_in(request: HttpRequest, form: SignInForm) -> bool:
    address = fold(form.cleaned_data["email"])
    key = f"sign-in:{address}"
    cache.add(key, 0, WINDOW)
    if cache.get(key, 0) >= ATTEMPTS:
        form.add_error(
            None, _("Too many wrong passwords. Wait 15 minutes, or use a one-time link.")
        )
        return False
    user = authenticate(request, username=address, password=form.cleaned_data["password"])
    if user is None:
        cache.incr(key)
        form.add_error(
            None, _("This e-mail and password do not go together. Check both and try again.")
        )
        return False
    cache.delete(key)
    login(request, user)
    return True


@public
@never_cache
def link(request: HttpRequest) -> HttpResponse:
    """A one-time link: GET asks (mail scanners follow links), POST signs in."""
    if request.method != "POST":
        return render(request, "web/sign_in_link.html", {"token": request.GET.get("sesame", "")})
    user = get_user(request.POST.get("sesame", ""))
    if user is None:
        return render(request, "web/sign_in_link.html", {"token": "", "is_used": True}, status=403)
    login(request, user, backend="sesame.backends.ModelBackend")
    return redirect(safe_next(request))


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    logout(request)
    return redirect("sign_in")
