"""The forms of the settings; the kernel's rules have the last word."""

from datetime import date
from typing import Any

from babel import Locale
from babel.numbers import list_currencies
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from amity.base.vocabulary import Role
from amity.kernel.access.models import User
from amity.kernel.calendars.models import WorkingCalendar
from amity.kernel.customers.models import CustomFieldDefinition

YEARS = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2200, 12, 31))]
ROLES = [(role.value, role.value.capitalize()) for role in Role]
SCOPES = [("read", _("Read everything this person may see")), ("write", _("Read and change"))]


def currency_choices() -> list[tuple[str, str]]:
    """Every currency by code and name."""
    names = Locale("en").currencies
    return [
        (code, f"{code} · {names[code]}") for code in sorted(list_currencies("en")) if code in names
    ]


def calendar_choices() -> list[tuple[str, str]]:
    """The working calendars, the company's own first."""
    rows = WorkingCalendar.objects.order_by("name")[:500]
    return [("", str(_("The company's"))), *((row.key, row.name) for row in rows)]


class CompanyForm(forms.Form):
    """How the company is called and how things are shown."""

    name = forms.CharField(label=_("Name"), max_length=200)
    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=currency_choices,
        help_text=_("Amounts are shown in it; orders keep the currency they came in."),
    )
    time_zone = forms.CharField(
        label=_("Time zone"), max_length=64, help_text=_("As in Europe/Vienna.")
    )
    language = forms.CharField(
        label=_("Language"), max_length=10, help_text=_("As in en or pt-BR.")
    )
    country = forms.CharField(
        label=_("Country"),
        max_length=2,
        required=False,
        help_text=_("Two letters, as in AT; phone numbers without a prefix are read as its own."),
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    is_quiet = forms.BooleanField(
        label=_("Quiet: nothing leaves the house"),
        required=False,
        help_text=_("For a restored copy: no mail is sent, no webhook is called."),
    )

    def refuse(self, errors: dict[str, str]) -> None:
        """Shows the kernel's refusals beside their fields."""
        for field, text in errors.items():
            self.add_error(field if field in self.fields else None, text)


class PersonForm(forms.Form):
    """A new colleague."""

    name = forms.CharField(label=_("Name"), max_length=200)
    email = forms.EmailField(label=_("E-mail"))
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, initial=Role.AGENT.value)


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(label=_("What is it for?"), max_length=100)
    scope = forms.ChoiceField(
        label=_("It may"), choices=SCOPES, widget=forms.RadioSelect, initial="read"
    )
    days = forms.IntegerField(
        label=_("Ends after days"),
        required=False,
        min_value=1,
        max_value=3650,
        help_text=_("Empty: it does not end."),
    )


class TeamForm(forms.Form):
    """A new team."""

    name = forms.CharField(label=_("Name"), max_length=100)
    calendar_key = forms.ChoiceField(
        label=_("Working calendar"), required=False, choices=calendar_choices
    )


class AbsenceForm(forms.Form):
    """From which day to which somebody is away, both included."""

    first_day = forms.DateField(
        label=_("First day away"),
        widget=forms.DateInput(attrs={"type": "date"}),
        validators=YEARS,
    )
    last_day = forms.DateField(
        label=_("Last day away"),
        widget=forms.DateInput(attrs={"type": "date"}),
        validators=YEARS,
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=200)

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"] = forms.ModelChoiceField(label=_("Who"), queryset=people)
        self.order_fields(["user"])


class WriteKeyForm(forms.Form):
    """A new tracking key."""

    name = forms.CharField(label=_("Which site or app sends?"), max_length=100)
    touchpoint = forms.SlugField(
        label=_("Touchpoint"),
        required=False,
        max_length=50,
        help_text=_("The key of the touchpoint that its facts belong to."),
    )


class FieldForm(forms.Form):
    """A new field of customers."""

    label = forms.CharField(label=_("Name of the field"), max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), choices=CustomFieldDefinition.Kind.choices)
    choices = forms.CharField(
        label=_("Choices, one a line"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_required = forms.BooleanField(label=_("Must be filled in"), required=False)

    def clean_choices(self) -> list[str]:
        """The lines that hold something."""
        lines: list[str] = self.cleaned_data["choices"].splitlines()
        return [line.strip() for line in lines if line.strip()]


def initial_of(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """The values of a row, as a form begins with them."""
    return {name: getattr(row, name) for name in names}
