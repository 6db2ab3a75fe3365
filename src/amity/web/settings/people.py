"""Who may sign in, as what; and the link with which a new person comes in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST
from sesame.utils import get_query_string

from amity.base.results import AmityError
from amity.base.time import now
from amity.base.vocabulary import Role
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.models import User
from amity.kernel.access.operations import change_user, create_user, record_audit
from amity.ui.notices import notify
from amity.web.settings.forms import ROLES, PersonForm
from amity.web.settings.tabs import tabs_for


@requires("people.manage")
def index(request: HttpRequest) -> HttpResponse:
    """Everybody, and a form for one more."""
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = _create(request, form)
        if user is not None:
            return _page(request, PersonForm(), link=sign_in_link(user), for_whom=user)
    return _page(request, form)


def _create(request: HttpRequest, form: PersonForm) -> User | None:
    given = form.cleaned_data
    try:
        return create_user(
            email=given["email"],
            name=given["name"],
            role=Role(given["role"]),
            password=None,
            actor=actor_of(request),
            at=now(),
        )
    except AmityError as error:
        form.add_error("email", str(error))
        return None


@sensitive_variables("link")
def _page(
    request: HttpRequest, form: PersonForm, *, link: str = "", for_whom: User | None = None
) -> HttpResponse:
    given = {
        "tabs": tabs_for(request, "settings_people"),
        "form": form,
        "people": User.objects.order_by("-is_active", "name", "pk")[:500],
        "roles": ROLES,
        "link": link,
        "for_whom": for_whom,
    }
    status = 422 if form.errors else 200
    return render(request, "web/settings/people.html", given, status=status)


def sign_in_link(user: User) -> str:
    """A link that signs the person in once."""
    return f"{settings.BASE_URL}/sign-in/link{get_query_string(user)}"


@requires("people.manage")
@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives a person another role, or lets them sign in or not."""
    role = request.POST.get("role", "")
    active = request.POST.get("active", "")
    user = change_user(
        pk,
        role=Role(role) if role in set(Role) else None,
        is_active={"1": True, "0": False}.get(active),
        actor=actor_of(request),
        at=now(),
    )
    notify(request, _("%s changed") % user.name)
    return redirect("settings_people")


@requires("people.manage")
@require_POST
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """A new one-time link for a person; it is shown once and noted in the trail."""
    user = get_object_or_404(User, pk=pk, is_active=True)
    record_audit(
        actor=actor_of(request),
        action="user.link_made",
        object_type="user",
        object_id=user.pk,
        at=now(),
        summary=user.email,
    )
    return _page(request, PersonForm(), link=sign_in_link(user), for_whom=user)
