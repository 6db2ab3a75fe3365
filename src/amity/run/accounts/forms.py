"""The forms of accounts; the operations have the last word."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from amity.base.results import Grade
from amity.kernel.access.models import User
from amity.run.accounts.rules.recurrence import USUAL

DAY = forms.DateInput(attrs={"type": "date"})
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


def people() -> QuerySet[User]:
    """Those to whom work can be given."""
    return User.objects.filter(is_active=True).exclude(role="").order_by("name", "pk")


def person_field(label: Any, *, required: bool = True) -> "forms.ModelChoiceField[User]":
    """A choice of one colleague."""
    return forms.ModelChoiceField(queryset=people(), label=label, required=required)


class TaskForm(forms.Form):
    """A task, for a customer or for nobody in particular."""

    title = forms.CharField(label=_("What is to be done?"), max_length=200)
    due_on = forms.DateField(label=_("Until"), widget=DAY)
    assignee = person_field(_("Who"), required=False)
    customer = forms.IntegerField(
        label=_("Customer number"), required=False, min_value=1, widget=forms.HiddenInput
    )
    rule = forms.ChoiceField(label=_("Repeats"), required=False, choices=USUAL)
    remind_at = forms.DateTimeField(label=_("Remind"), required=False, widget=MOMENT)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=10_000, widget=forms.Textarea({"rows": 2})
    )


class HoursForm(forms.Form):
    """Minutes worked for a customer, in three fields."""

    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=1440)
    what = forms.CharField(label=_("What was done?"), max_length=300)
    is_contact = forms.BooleanField(label=_("We spoke with each other"), required=False)


class TermsForm(forms.Form):
    """What differs for one customer; empty follows the policy."""

    cadence_days = forms.IntegerField(
        label=_("Days between contacts, at most"), required=False, min_value=1, max_value=3650
    )
    hours_a_year = forms.FloatField(
        label=_("Hours a year"), required=False, min_value=0, max_value=10_000
    )


class CapacityForm(forms.Form):
    """The hours a year that somebody has for accounts."""

    user = person_field(_("Who"))
    hours_a_year = forms.FloatField(
        label=_("Hours a year for accounts"), required=False, min_value=0, max_value=10_000,
        help_text=_("Empty takes the figure away."),
    )  # fmt: skip


class RateForm(forms.Form):
    """What an hour costs, wages and all."""

    whose = forms.ChoiceField(label=_("Whose hour"))
    amount = forms.DecimalField(
        label=_("Costs an hour"), required=False, min_value=0, max_digits=12, decimal_places=3,
        help_text=_("Wages and all that comes with them. Empty takes the rate away."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [(f"role:{value}", label) for value, label in ROLE_WORDS]
        persons = [(f"user:{one.pk}", str(one)) for one in people()]
        self.fields["whose"] = forms.ChoiceField(
            label=_("Whose hour"), choices=[("any", _("anybody's")), *roles, *persons]
        )
        self.order_fields(["whose", "amount"])


ROLE_WORDS = (
    ("owner", _("every owner's")),
    ("strategist", _("every strategist's")),
    ("agent", _("every agent's")),
    ("analyst", _("every analyst's")),
    ("marketer", _("every marketer's")),
)


class LevelForm(forms.Form):
    """What dedicated help is expected to change."""

    segment_key = forms.SlugField(label=_("Segment (its key)"), max_length=50)
    name = forms.CharField(label=_("Name of the level"), max_length=50)
    hours_a_year = forms.FloatField(label=_("Hours a year"), min_value=0.1, max_value=10_000)
    retention_without = forms.FloatField(
        label=_("Stay a year without it, %"), min_value=0, max_value=100
    )
    retention_with = forms.FloatField(label=_("Stay a year with it, %"), min_value=0, max_value=100)
    margin = forms.DecimalField(
        label=_("Margin a year"), required=False, min_value=0, max_digits=14, decimal_places=3,
        help_text=_("Empty: what is measured of each customer."),
    )  # fmt: skip
    grade = forms.ChoiceField(
        label=_("How do you know?"),
        choices=[(one.value, f"{one.value}: {one.label}") for one in Grade],
        initial=Grade.D.value,
    )
