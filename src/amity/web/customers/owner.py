"""Who looks after one customer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.models import Team, User
from amity.kernel.customers.operations import assign_owner, end_ownership
from amity.ui.notices import notify


@requires("customers.edit")
@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives a customer an owner, who stands in and a team; nothing chosen ends it."""
    owner, deputy = (_person(request, part) for part in ("owner", "deputy"))
    number = request.POST.get("team", "")
    team = Team.objects.filter(pk=number).first() if number.isdecimal() else None
    try:
        if owner is None and team is None:
            end_ownership(pk, actor=actor_of(request), at=now())
            notify(request, _("Nobody looks after this customer now"))
        else:
            assign_owner(
                pk, owner=owner, deputy=deputy, team=team, actor=actor_of(request), at=now()
            )
            notify(request, _("Looked after by %s now") % (owner or team))
    except AmityError as error:
        notify(request, str(error), kind="bad")
    return redirect("customer", pk=pk)


def _person(request: HttpRequest, part: str) -> User | None:
    number = request.POST.get(part, "")
    return User.objects.filter(pk=number).first() if number.isdecimal() else None
