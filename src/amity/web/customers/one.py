"""One customer: the page, the form, tags."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError, ConflictError
from amity.base.time import now
from amity.base.vocabulary import RelationshipType
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.queries import active_people, active_teams
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations import (
    CustomerChanges,
    NewIdentity,
    create_customer,
    set_tags,
    update_customer,
)
from amity.kernel.customers.queries import custom_fields, get_customer
from amity.kernel.customers.rules import IdentityError, ProfileError
from amity.ui.notices import notify
from amity.web.customers.forms import PLAIN, CustomerForm
from amity.web.customers.profile import profile_of
from amity.web.customers.timeline import story_of


@requires("customers.view")
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """A customer with everything around them; a merged one leads to the survivor."""
    profile = profile_of(pk, actor=actor_of(request), at=now())
    if profile.customer.pk != pk:
        return redirect("customer", pk=profile.customer.pk)
    chosen = request.GET.get("type", "")
    given_type = chosen if chosen in set(RelationshipType) else ""
    story = story_of(pk, cursor=request.GET.get("before", ""), relationship_type=given_type)
    return render(
        request,
        "web/customers/page.html",
        {
            "profile": profile,
            "customer": profile.customer,
            "story": story,
            "type": given_type,
            "people": active_people(),
            "teams": active_teams(),
        },
    )


@requires("customers.edit")
def new(request: HttpRequest) -> HttpResponse:
    """Adds a customer by hand."""
    form = CustomerForm(request.POST or None, custom=custom_fields(), is_new=True)
    if request.method == "POST" and form.is_valid():
        customer = _create(request, form)
        if customer is not None:
            notify(request, _("%s is a customer now") % customer.name)
            return redirect("customer", pk=customer.pk)
    return _form_page(request, form, {"customer": None})


def _create(request: HttpRequest, form: CustomerForm) -> Customer | None:
    given = form.cleaned_data
    identities = [NewIdentity(kind, given[kind]) for kind in ("email", "phone") if given.get(kind)]
    try:
        plain: dict[str, Any] = dict(form.plain_values())
        return create_customer(
            **plain,
            identities=identities,
            custom=form.custom_values(),
            actor=actor_of(request),
            at=now(),
        )
    except ProfileError as error:
        form.refuse(error.errors)
    except (ConflictError, IdentityError) as error:
        form.add_error(None, str(error))
    return None


@requires("customers.edit")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Changes a customer, unless somebody else did meanwhile."""
    customer = get_customer(pk)
    initial: dict[str, Any] = {name: getattr(customer, name) for name in (*PLAIN, "version")}
    initial |= {f"custom_{key}": value for key, value in customer.custom.items()}
    form = CustomerForm(request.POST or None, custom=custom_fields(), is_new=False, initial=initial)
    if request.method == "POST" and form.is_valid() and _update(request, customer, form):
        notify(request, _("Saved"))
        return redirect("customer", pk=customer.pk)
    return _form_page(request, form, {"customer": customer})


def _update(request: HttpRequest, customer: Customer, form: CustomerForm) -> bool:
    try:
        update_customer(
            customer.pk,
            changes=CustomerChanges(form.plain_values(), form.custom_values()),
            expected_version=form.cleaned_data["version"],
            actor=actor_of(request),
            at=now(),
        )
    except ProfileError as error:
        form.refuse(error.errors)
        return False
    except AmityError as error:
        form.add_error(None, str(error))
        return False
    return True


def _form_page(request: HttpRequest, form: CustomerForm, given: dict[str, Any]) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "web/customers/form.html", {"form": form, **given}, status=status)


@requires("customers.edit")
@require_POST
def tags(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes the given words (by commas) the customer's tags."""
    names = [name for name in request.POST.get("tags", "").split(",") if name.strip()]
    set_tags(pk, names=names, actor=actor_of(request), at=now())
    notify(request, _("Tags saved"))
    return redirect("customer", pk=pk)
