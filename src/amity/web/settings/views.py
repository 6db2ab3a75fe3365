"""Company, customer fields, and the trail of changes."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.models import AuditEntry
from amity.kernel.access.operations import company, update_company
from amity.kernel.access.operations.settings import SettingsError
from amity.kernel.customers.models import CustomFieldDefinition
from amity.kernel.customers.operations import define_custom_field
from amity.ui.notices import notify
from amity.ui.paging import keyset_page
from amity.web.settings.forms import CompanyForm, FieldForm, initial_of
from amity.web.settings.tabs import tabs_for
from amity.web.shell import shell_of

COMPANY_FIELDS = ("name", "currency", "time_zone", "language", "country", "note", "is_quiet")


def _only_owners(request: HttpRequest) -> None:
    if not shell_of(request).may("settings.edit"):
        raise PermissionDenied("settings.edit")


@requires("settings.view")
def index(request: HttpRequest) -> HttpResponse:
    """The company; who may not change it sees it."""
    row = company()
    form = CompanyForm(request.POST or None, initial=initial_of(row, COMPANY_FIELDS))
    if request.method == "POST":
        _only_owners(request)
        if form.is_valid() and _save(request, form):
            notify(request, _("Settings saved"))
            return redirect("settings")
    given = {"tabs": tabs_for(request, "settings"), "form": form, "company": row}
    status = 422 if form.errors else 200
    return render(request, "web/settings/company.html", given, status=status)


def _save(request: HttpRequest, form: CompanyForm) -> bool:
    try:
        update_company(changes=form.cleaned_data, actor=actor_of(request), at=now())
    except SettingsError as error:
        form.refuse(error.errors)
        return False
    return True


@requires("settings.view")
def fields(request: HttpRequest) -> HttpResponse:
    """The fields that this company added to customers."""
    form = FieldForm(request.POST or None)
    if request.method == "POST":
        _only_owners(request)
        if form.is_valid() and _define(request, form):
            notify(request, _("Field added"))
            return redirect("settings_fields")
    given = {
        "tabs": tabs_for(request, "settings_fields"),
        "form": form,
        "fields": CustomFieldDefinition.objects.order_by("position", "pk")[:200],
    }
    status = 422 if form.errors else 200
    return render(request, "web/settings/fields.html", given, status=status)


def _define(request: HttpRequest, form: FieldForm) -> bool:
    try:
        define_custom_field(**form.cleaned_data, actor=actor_of(request), at=now())
    except AmityError as error:
        form.add_error(None, str(error))
        return False
    return True


@requires("audit.view")
def trail(request: HttpRequest) -> HttpResponse:
    """Who changed what, newest first."""
    page = keyset_page(
        AuditEntry.objects.all(),
        order=["-id"],
        size=50,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    given = {"tabs": tabs_for(request, "settings_trail"), "page": page}
    return render(request, "web/settings/trail.html", given)
