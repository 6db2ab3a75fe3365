"""The form of a touchpoint: every field of the registry."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amity.base.money import to_major, to_minor
from amity.base.text import UnsafeTextError, clean_text
from amity.base.vocabulary import Control, Owner, RelationshipType, Stage
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.touchpoints.queries import touchpoints
from amity.kernel.touchpoints.rules import (
    INTEGRATION_POINTS,
    PURPOSES,
    TouchpointFields,
    TouchpointInvalidError,
    free_key,
)

OWNERS = {
    Owner.OWN: _("Our own"),
    Owner.PARTNER: _("A partner's"),
    Owner.CUSTOMER: _("The customer's"),
    Owner.EXTERNAL: _("Somebody else's"),
}
CONTROLS = {
    Control.DIRECT: _("Direct: we write the message"),
    Control.INDIRECT: _("Indirect: others write it"),
}
TEXTS = (
    "name",
    "channel",
    "partner_name",
    "hours",
    "service_level",
    "responsible",
    "system_of_record",
    "response_rule",
)


class TouchpointForm(forms.Form):
    """Reads and writes `TouchpointFields`; amounts in major units of the company's currency."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("As colleagues call it."))
    channel = forms.CharField(
        label=_("Channel"), max_length=50, help_text=_("The medium: shop, web, e-mail, phone.")
    )
    stages = forms.MultipleChoiceField(
        label=_("Stages in which customers meet it"),
        choices=[(stage.value, stage.value.capitalize()) for stage in Stage],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    relationship_types = forms.MultipleChoiceField(
        label=_("Relationship types it can carry"),
        choices=[(kind.value, kind.label) for kind in RelationshipType],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    purposes = forms.MultipleChoiceField(
        label=_("Purposes"),
        choices=list(PURPOSES.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    owner = forms.ChoiceField(label=_("Whose it is"), choices=list(OWNERS.items()))
    partner_name = forms.CharField(label=_("Partner"), max_length=100, required=False)
    control = forms.ChoiceField(label=_("Who writes the message"), choices=list(CONTROLS.items()))
    is_monitored = forms.BooleanField(label=_("Somebody reads what is said here"), required=False)
    response_rule = forms.CharField(
        label=_("When we respond"),
        max_length=200,
        required=False,
        help_text=_("For indirect ones: to what, and how soon."),
    )
    status = forms.ChoiceField(label=_("Status"), choices=Touchpoint.Status.choices)
    replaced_by = forms.ChoiceField(label=_("Replaced by"), required=False)
    languages = forms.CharField(
        label=_("Languages"),
        max_length=200,
        required=False,
        help_text=_("Codes with spaces between: en de fr."),
    )
    hours = forms.CharField(label=_("Opening hours"), max_length=200, required=False)
    service_level = forms.CharField(label=_("Service level"), max_length=200, required=False)
    responsible = forms.CharField(label=_("Responsible"), max_length=100, required=False)
    system_of_record = forms.CharField(label=_("System of record"), max_length=100, required=False)
    integration = forms.MultipleChoiceField(
        label=_("How well it is joined to the others"),
        choices=list(INTEGRATION_POINTS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    monthly_volume = forms.FloatField(
        label=_("Contacts a month, expected"), min_value=0, required=False
    )
    unit_cost = forms.DecimalField(label=_("Cost of a contact"), min_value=0, required=False)
    fixed_cost = forms.DecimalField(label=_("Fixed cost a year"), min_value=0, required=False)
    upkeep_hours = forms.FloatField(label=_("Upkeep, hours a year"), min_value=0, required=False)
    started_on = forms.DateField(
        label=_("In use since"), required=False, widget=forms.DateInput({"type": "date"})
    )
    review_on = forms.DateField(
        label=_("Review on"), required=False, widget=forms.DateInput({"type": "date"})
    )

    def __init__(self, *args: Any, currency: str, touchpoint: Touchpoint | None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.currency, self.touchpoint = currency, touchpoint
        own = touchpoint.key if touchpoint else ""
        others = [(t.key, t.name) for t in touchpoints() if t.key != own]
        replaced_by = self.fields["replaced_by"]
        assert isinstance(replaced_by, forms.ChoiceField)  # noqa: S101 -- for the type checker
        replaced_by.choices = [("", _("nothing")), *others]
        for name in ("unit_cost", "fixed_cost"):
            self.fields[name].help_text = _("In %(currency)s.") % {"currency": currency}

    def clean(self) -> dict[str, Any]:
        """Text is normalized; what no field may hold is refused at its field."""
        cleaned = super().clean() or {}
        for name in TEXTS:
            try:
                cleaned[name] = clean_text(
                    cleaned.get(name) or "",
                    field=str(self.fields[name].label),
                    max_length=200,
                )
            except UnsafeTextError as error:
                self.add_error(name, str(error))
        return cleaned

    def touchpoint_fields(self, taken: frozenset[str]) -> TouchpointFields:
        """What the form says, as the registry takes it; writing it makes it no longer a guess."""
        said = dict(self.cleaned_data)
        unit, fixed = said.pop("unit_cost"), said.pop("fixed_cost")
        for name in ("stages", "relationship_types", "purposes", "integration"):
            said[name] = tuple(said[name])
        said["languages"] = tuple(said["languages"].replace(",", " ").split())
        key = self.touchpoint.key if self.touchpoint else free_key(said["name"], taken)
        calendar = self.touchpoint.calendar_key if self.touchpoint else ""
        return TouchpointFields(
            key=key,
            calendar_key=calendar,
            unit_cost_minor=self._minor(unit),
            fixed_cost_minor=self._minor(fixed),
            **said,
        )

    def _minor(self, amount: Decimal | None) -> int | None:
        return None if amount is None else to_minor(amount, self.currency)

    def show(self, error: TouchpointInvalidError) -> None:
        """The registry's objections at the fields they belong to."""
        names = {"unit_cost_minor": "unit_cost", "fixed_cost_minor": "fixed_cost", "key": "name"}
        for name, message in error.errors.items():
            field = names.get(name, name)
            self.add_error(field if field in self.fields else None, message)


def initial_of(fields: TouchpointFields, currency: str) -> dict[str, Any]:
    """The form's values for what is stored."""
    values: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value
        for name in TouchpointForm.base_fields
        if (value := getattr(fields, name, None)) is not None
    }
    values["languages"] = " ".join(fields.languages)
    for name, minor in (
        ("unit_cost", fields.unit_cost_minor),
        ("fixed_cost", fields.fixed_cost_minor),
    ):
        values[name] = None if minor is None else to_major(minor, currency)
    return values
