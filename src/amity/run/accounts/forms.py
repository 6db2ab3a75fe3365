"""The forms of accounts; the operations have the last word."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from amity.base.results import Grade
from amity.kernel.access.models import User
from amity.kernel.segments.models import Segment
from amity.run.accounts.models import AccountNote, Goal, PlaybookStep
from amity.run.accounts.operations.playbooks import Step
from amity.run.accounts.operations.writing import FIRST_YEAR, LAST_YEAR
from amity.run.accounts.rules.recurrence import USUAL

DAY = forms.DateInput(attrs={"type": "date"})
MOMENT = forms.DateTimeInput(
    attrs={"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M"
)


def in_our_time(moment: datetime) -> None:
    """Refuses a year in which nobody meets."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise forms.ValidationError(
            _("Use a year from %(first)s to %(last)s.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
        )


def people() -> QuerySet[User]:
    """Those to whom work can be given."""
    return User.objects.filter(is_active=True).exclude(role="").order_by("name", "pk")


def person_field(label: Any, *, required: bool = True) -> "forms.ModelChoiceField[User]":
    """A choice of one colleague."""
    return forms.ModelChoiceField(queryset=people(), label=label, required=required)


def segment_choices() -> list[tuple[str, str]]:
    """The segments by key and name."""
    rows = Segment.objects.filter(archived_at=None).order_by("name", "pk")
    return list(rows.values_list("key", "name")[:500])


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

    segment_key = forms.ChoiceField(label=_("Segment"), choices=segment_choices)
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


class PlanForm(forms.Form):
    """What is wanted with an account."""

    aim = forms.CharField(label=_("What do we want with them?"), required=False, max_length=500)
    strategy = forms.CharField(
        label=_("How do we get there?"), required=False, max_length=20_000,
        widget=forms.Textarea({"rows": 4}),
    )  # fmt: skip
    review_on = forms.DateField(label=_("Review on"), required=False, widget=DAY)


class GoalForm(forms.Form):
    """A goal of the plan."""

    title = forms.CharField(label=_("Goal"), max_length=200)
    measure = forms.CharField(label=_("Measured by"), required=False, max_length=100)
    target = forms.FloatField(label=_("Target"), required=False)
    due_on = forms.DateField(label=_("Until"), required=False, widget=DAY)


class GoalStateForm(forms.Form):
    """Where a goal stands."""

    status = forms.ChoiceField(choices=Goal.Status.choices)
    current = forms.FloatField(required=False)


class NoteForm(forms.Form):
    """What colleagues should know."""

    kind = forms.ChoiceField(label=_("Kind"), choices=AccountNote.Kind.choices)
    text = forms.CharField(
        label=_("What should colleagues know?"), max_length=20_000,
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip


class RenewalForm(forms.Form):
    """A contract that ends unless it is renewed."""

    name = forms.CharField(label=_("What is renewed?"), max_length=200)
    renews_on = forms.DateField(label=_("Ends on"), widget=DAY)
    value = forms.DecimalField(
        label=_("Value a year"), required=False, min_value=0, max_digits=14, decimal_places=3
    )
    notice_days = forms.IntegerField(
        label=_("Days of notice"), min_value=0, max_value=3650, initial=90
    )
    lead_days = forms.IntegerField(
        label=_("Begin so many days before"), min_value=0, max_value=3650, initial=30
    )


class MeetingForm(forms.Form):
    """A meeting, with those who get an invitation by mail."""

    title = forms.CharField(label=_("What is it about?"), max_length=200)
    starts_at = forms.DateTimeField(label=_("Begins"), widget=MOMENT, validators=[in_our_time])
    minutes = forms.IntegerField(label=_("Minutes"), min_value=5, max_value=1440, initial=60)
    place = forms.CharField(label=_("Where"), required=False, max_length=200)
    guests = forms.CharField(
        label=_("Guests, an address a line"), required=False, max_length=5000,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Each gets an invitation that their calendar understands."),
    )  # fmt: skip
    agenda = forms.CharField(
        label=_("Agenda"), required=False, max_length=10_000, widget=forms.Textarea({"rows": 2}),
        help_text=_("Guests read it."),
    )  # fmt: skip

    def clean_guests(self) -> list[str]:
        """The lines that hold something."""
        lines: list[str] = self.cleaned_data["guests"].replace(",", "\n").splitlines()
        return [line.strip() for line in lines if line.strip()]


class MoveForm(forms.Form):
    """Another time for a meeting."""

    starts_at = forms.DateTimeField(label=_("Begins"), widget=MOMENT, validators=[in_our_time])
    minutes = forms.IntegerField(label=_("Minutes"), min_value=5, max_value=1440)


class BookingTermsForm(forms.Form):
    """How one can be booked by the customers one looks after."""

    minutes = forms.IntegerField(
        label=_("Minutes of a meeting"), min_value=5, max_value=480, initial=30
    )
    notice_hours = forms.IntegerField(
        label=_("Hours of notice"), min_value=0, max_value=720, initial=24
    )
    days_ahead = forms.IntegerField(
        label=_("Days ahead, at most"), min_value=1, max_value=90, initial=21
    )
    place = forms.CharField(label=_("Where"), required=False, max_length=200)


class HeldForm(forms.Form):
    """How long a meeting took."""

    minutes = forms.IntegerField(min_value=1, max_value=1440)


class PlaybookForm(forms.Form):
    """A template of tasks: a line for each step, its day first."""

    name = forms.CharField(label=_("Name"), max_length=100)
    description = forms.CharField(label=_("When to use it"), required=False, max_length=500)
    trigger = forms.CharField(
        label=_("Begins by itself after"), required=False, max_length=60,
        help_text=_("A kind of the log, as in accounts.assigned or inbox.rated. Empty: by hand."),
    )  # fmt: skip
    steps = forms.CharField(
        label=_("Steps"), max_length=10_000, widget=forms.Textarea({"rows": 5}),
        help_text=_("One a line, the day first: 0 Welcome call. 14 deputy: Introduce yourself."),
    )  # fmt: skip

    def clean_steps(self) -> list[Step]:
        """Each line as a step."""
        lines = [line.strip() for line in self.cleaned_data["steps"].splitlines() if line.strip()]
        return [self._step(line) for line in lines]

    def _step(self, line: str) -> Step:
        day, _space, rest = line.partition(" ")
        if not day.isdecimal() or len(day) > 4 or not rest.strip():
            raise forms.ValidationError(_("Begin each line with its day, as in: 7 Ask for orders"))
        part = PlaybookStep.Part.DEPUTY if rest.lower().startswith("deputy:") else None
        title = rest.partition(":")[2] if part else rest
        return Step(title.strip(), int(day), part or PlaybookStep.Part.OWNER)


class PlayForm(forms.Form):
    """For whom a playbook is begun."""

    customer = forms.IntegerField(label=_("Customer number"), min_value=1)


class HandoverForm(forms.Form):
    """Whose book goes to whom; also of somebody who may not sign in any more."""

    source = forms.ModelChoiceField(
        label=_("From"), queryset=User.objects.order_by("-is_active", "name", "pk")
    )
    target = person_field(_("To"))
