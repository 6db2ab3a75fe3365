"""The forms by which the inbox is set up."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amity.base.money import to_major, to_minor
from amity.kernel.access.queries import active_teams
from amity.run.inbox.models import AgentProfile, CannedReply, InboxSettings
from amity.run.inbox.operations.setup import MOST_HELD, Profile
from amity.run.inbox.rules.templates import TemplateError, check_template


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("\n", ",").split(",") if word.strip())


class ProfileForm(forms.Form):
    """How a person takes part."""

    is_available = forms.BooleanField(label=_("Takes new conversations now"), required=False)
    takes_turns = forms.BooleanField(
        label=_("Takes turns"),
        required=False,
        help_text=_("Without it, only what names them (an owner, a last agent) comes to them."),
    )
    load_limit = forms.IntegerField(
        label=_("Open conversations at most"), min_value=0, max_value=1000
    )
    skills = forms.CharField(
        label=_("Skills, by commas"),
        required=False,
        max_length=1000,
        help_text=_("Topics that they know, as in invoices, returns."),
    )
    languages = forms.CharField(
        label=_("Languages, by commas"),
        required=False,
        max_length=200,
        help_text=_("Two letters each, as in en, de."),
    )
    undo_send_seconds = forms.IntegerField(
        label=_("Seconds in which an answer can be taken back"), min_value=0, max_value=MOST_HELD
    )

    @staticmethod
    def initial_of(row: AgentProfile | None) -> dict[str, Any]:
        """The values of a profile; the usual ones where there is none."""
        row = row or AgentProfile()
        names = ("is_available", "takes_turns", "load_limit", "undo_send_seconds")
        return {name: getattr(row, name) for name in names} | {
            "skills": ", ".join(row.skills),
            "languages": ", ".join(row.languages),
        }

    def profile(self) -> Profile:
        """What was filled in."""
        given = self.cleaned_data
        return Profile(
            is_available=given["is_available"],
            takes_turns=given["takes_turns"],
            load_limit=given["load_limit"],
            skills=_words(given["skills"]),
            languages=_words(given["languages"]),
            undo_send_seconds=given["undo_send_seconds"],
        )


class ChoicesForm(forms.Form):
    """What holds for the whole inbox."""

    fallback_team_id = forms.TypedChoiceField(
        label=_("Who has what nobody is named for"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Without a team, all agents take turns."),
    )
    reassign_minutes = forms.IntegerField(
        label=_("Give on after working minutes without an answer"),
        min_value=5,
        max_value=10_080,
        required=False,
        help_text=_("Empty: what somebody has stays with them."),
    )
    escalates_to_leads = forms.BooleanField(
        label=_("Tell the team's leads when a promise is broken; they follow it from then on"),
        required=False,
    )
    counts_in_customers_zone = forms.BooleanField(
        label=_("Count working hours in the customer's time zone, where it is known"),
        required=False,
    )
    hourly_cost = forms.DecimalField(
        label=_("What an hour of an agent costs"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        required=False,
        help_text=_("Loaded: wage and what comes with it. Empty: not known, time costs nothing."),
    )
    reopen_days = forms.IntegerField(
        label=_("Days in which an answer reopens a closed matter"), min_value=0, max_value=365
    )
    self_service_url = forms.URLField(
        label=_("Address of the help"),
        required=False,
        assume_scheme="https",
        help_text=_("Offered first to segments that are promised self-service first."),
    )
    self_service_text = forms.CharField(
        label=_("What the first answer says"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        teams = [(team.pk, team.name) for team in active_teams()]
        self.fields["fallback_team_id"].choices = [("", _("all agents")), *teams]  # type: ignore[attr-defined]  # of a choice field

    @staticmethod
    def initial_of(row: InboxSettings, currency: str) -> dict[str, Any]:
        """The values as they stand."""
        names = (
            "fallback_team_id",
            "reassign_minutes",
            "escalates_to_leads",
            "counts_in_customers_zone",
            "reopen_days",
            "self_service_url",
            "self_service_text",
        )
        cost = row.hourly_cost_minor
        return {name: getattr(row, name) for name in names} | {
            "hourly_cost": to_major(cost, currency) if cost is not None else None
        }

    def changes(self) -> dict[str, Any]:
        """What was filled in, as the operation takes it."""
        given = dict(self.cleaned_data)
        cost = given.pop("hourly_cost")
        return given | {
            "hourly_cost_minor": to_minor(cost, self.currency) if cost is not None else None
        }


class ReplyForm(forms.Form):
    """A text to answer with."""

    shortcut = forms.CharField(
        label=_("Shortcut"), max_length=50, help_text=_("As in refund; letters without spaces.")
    )
    name = forms.CharField(label=_("Name"), max_length=100)
    text = forms.CharField(
        label=_("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 8})
    )
    language = forms.CharField(
        label=_("Language"), max_length=2, required=False, help_text=_("Two letters, as in en.")
    )
    is_own = forms.BooleanField(label=_("Only for me"), required=False)

    @staticmethod
    def initial_of(row: CannedReply) -> dict[str, Any]:
        """The values of a text."""
        names = ("shortcut", "name", "text", "language")
        return {name: getattr(row, name) for name in names} | {"is_own": row.owner_id is not None}

    def clean_text(self) -> str:
        """The text, whose variables are known."""
        text: str = self.cleaned_data["text"]
        try:
            return check_template(text)
        except TemplateError as error:
            raise forms.ValidationError(str(error)) from error
