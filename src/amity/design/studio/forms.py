"""The forms of the canvas: one for each part of a segment's row."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from amity.base.results import Grade
from amity.base.text import UnsafeTextError, clean_text
from amity.base.vocabulary import Intimacy, Motivation, Nature, RelationshipType, Skill, Stage
from amity.design.studio.rules.words import (
    EMPHASIS_WORDS,
    EXPECTATION_WORDS,
    INTIMACY_WORDS,
    NATURE_WORDS,
    SKILL_WORDS,
)
from amity.kernel.calendars.models import WorkingCalendar
from amity.kernel.policy.document import (
    CanvasDocument,
    Capacity,
    Cell,
    Expectation,
    Promise,
    SegmentDesign,
    Target,
    ValueProposition,
)

MOTIVATION_WORDS = {
    Motivation.ACQUIRE: _("Acquire: win them"),
    Motivation.RETAIN: _("Retain: keep them"),
    Motivation.EXPAND: _("Expand: sell more to them"),
}


def _percent(label: Any, *, required: bool = False) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=100, required=required)


def _share(percent: int | None) -> float:
    return (percent or 0) / 100


def _as_percent(share: float) -> int:
    return round(share * 100)


class SafeForm(forms.Form):
    """Text is normalized; what no field may hold is refused at its field."""

    def clean(self) -> dict[str, Any]:
        """See the class."""
        cleaned = super().clean() or {}
        for name, value in list(cleaned.items()):
            if isinstance(value, str) and value:
                try:
                    cleaned[name] = clean_text(
                        value, field=str(self.fields[name].label), max_length=5000
                    )
                except UnsafeTextError as error:
                    self.add_error(name, str(error))
        return cleaned


class CellForm(SafeForm):
    """One relationship type for one segment. Times are in working hours."""

    intensity = _percent(_("Intensity in %"), required=True)
    primary = forms.BooleanField(label=_("This is the segment's main type"), required=False)
    promise = forms.CharField(
        label=_("Promise"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("In the words that a customer would read."),
    )
    first_response = forms.DecimalField(
        label=_("First answer within"), min_value=Decimal("0.02"), max_value=2000, required=False
    )
    next_response = forms.DecimalField(
        label=_("Further answers within"), min_value=Decimal("0.02"), max_value=2000, required=False
    )
    resolution = forms.DecimalField(
        label=_("Solved within"), min_value=Decimal("0.02"), max_value=9000, required=False
    )
    calendar = forms.ChoiceField(label=_("Working hours of"), required=False)
    human_reachable = forms.BooleanField(label=_("A person can always be reached"), required=False)
    hours_per_customer = forms.FloatField(
        label=_("Staff hours a customer and year"), min_value=0, max_value=10_000, required=False
    )
    cost_per_customer = forms.DecimalField(
        label=_("Cost a customer and year"), min_value=0, max_digits=12, required=False
    )
    grade = forms.ChoiceField(
        label=_("How is this known?"),
        choices=[(grade.value, f"{grade.value}: {grade.label}") for grade in Grade],
    )
    note = forms.CharField(
        label=_("Why"), max_length=500, required=False, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        calendar = self.fields["calendar"]
        assert isinstance(calendar, forms.ChoiceField)  # noqa: S101 -- for the type checker
        calendars = WorkingCalendar.objects.order_by("name").values_list("key", "name")
        calendar.choices = [("", _("the default calendar")), *calendars]
        for name in ("first_response", "next_response", "resolution"):
            self.fields[name].help_text = _("Working hours, as 0.5 or 16.")
        self.fields["cost_per_customer"].help_text = _("In %(currency)s, at this intensity.") % {
            "currency": currency
        }

    @staticmethod
    def of(cell: Cell | None) -> dict[str, Any]:
        """The form's values for a cell."""
        if cell is None:
            return {"intensity": 50, "grade": Grade.D.value}
        promise = cell.promise or Promise()
        return {
            "intensity": _as_percent(cell.intensity),
            "primary": cell.primary,
            "promise": promise.text,
            "first_response": _as_hours(promise.first_response_minutes),
            "next_response": _as_hours(promise.next_response_minutes),
            "resolution": _as_hours(promise.resolution_minutes),
            "calendar": promise.calendar or "",
            "human_reachable": promise.human_reachable,
            "hours_per_customer": cell.hours_per_customer,
            "cost_per_customer": cell.cost_per_customer,
            "grade": cell.grade.value,
            "note": cell.note,
        }

    def cell(self) -> Cell:
        """What the form says; a person wrote it, so it is no guess."""
        said = self.cleaned_data
        promise = Promise(
            text=said["promise"],
            first_response_minutes=_as_minutes(said["first_response"]),
            next_response_minutes=_as_minutes(said["next_response"]),
            resolution_minutes=_as_minutes(said["resolution"]),
            calendar=said["calendar"] or None,
            human_reachable=said["human_reachable"],
        )
        return Cell(
            intensity=_share(said["intensity"]),
            primary=said["primary"],
            promise=None if promise == Promise() else promise,
            cost_per_customer=said["cost_per_customer"],
            hours_per_customer=said["hours_per_customer"],
            grade=Grade(said["grade"]),
            note=said["note"],
        )


def _as_hours(minutes: int | None) -> Decimal | None:
    return (
        None if minutes is None else (Decimal(minutes) / 60).quantize(Decimal("0.01")).normalize()
    )


def _as_minutes(hours: Decimal | None) -> int | None:
    return None if hours is None else max(1, round(hours * 60))


class PurposeForm(SafeForm):
    """Why, how bound, and how it feels."""

    names: ClassVar = ("motivation", "motivations", "nature", "intimacy")
    motivation = forms.ChoiceField(
        label=_("Motivation"), choices=list(MOTIVATION_WORDS.items()), widget=forms.RadioSelect
    )
    acquire = _percent(_("Weight of acquire in %"))
    retain = _percent(_("Weight of retain in %"))
    expand = _percent(_("Weight of expand in %"))
    nature = forms.ChoiceField(
        label=_("Nature"), choices=list(NATURE_WORDS.items()), widget=forms.RadioSelect
    )
    intimacy = forms.MultipleChoiceField(
        label=_("Intimacy"),
        choices=list(INTIMACY_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    @staticmethod
    def of(design: SegmentDesign) -> dict[str, Any]:
        """The form's values for a design."""
        weights = {kind.value: _as_percent(share) for kind, share in design.motivations.items()}
        return {
            "motivation": design.motivation.value,
            "nature": design.nature.value,
            "intimacy": [value.value for value in design.intimacy],
            **weights,
        }

    def changes(self) -> dict[str, Any]:
        """The fields that the form writes."""
        said = self.cleaned_data
        weights = {kind: said[kind.value] for kind in Motivation if said[kind.value]}
        return {
            "motivation": Motivation(said["motivation"]),
            "motivations": {kind: _share(percent) for kind, percent in weights.items()},
            "nature": Nature(said["nature"]),
            "intimacy": tuple(value for value in Intimacy if value.value in said["intimacy"]),
        }


class PropositionForm(SafeForm):
    """What the segment gets, and in which voice."""

    statement = forms.CharField(
        label=_("Value proposition"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    stance = forms.CharField(
        label=_("Stance and voice"),
        max_length=500,
        required=False,
        help_text=_("Used by templates and assistants."),
    )
    efficiency = _percent(_("Efficiency in %"))
    expertise = _percent(_("Expertise in %"))
    personal_care = _percent(_("Personal care in %"))
    status = _percent(_("Status in %"))
    belonging = _percent(_("Belonging in %"))
    price = _percent(_("Price in %"))
    control = _percent(_("Control in %"))

    @staticmethod
    def of(design: SegmentDesign) -> dict[str, Any]:
        """The form's values for a design."""
        said = design.value_proposition
        emphasis = {str(name): _as_percent(share) for name, share in said.emphasis.items()}
        return {"statement": said.statement, "stance": said.stance, **emphasis}

    def changes(self) -> dict[str, Any]:
        """The fields that the form writes."""
        said = self.cleaned_data
        emphasis = {name: _share(said[name]) for name in EMPHASIS_WORDS if said[name]}
        value = ValueProposition.model_validate(
            {"statement": said["statement"], "stance": said["stance"], "emphasis": emphasis}
        )
        return {"value_proposition": value}


class ExpectationForm(SafeForm):
    """One expectation: what, how we know, how sure."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=list(EXPECTATION_WORDS.items()), initial="need"
    )
    statement = forms.CharField(label=_("They expect"), max_length=500)
    source = forms.CharField(
        label=_("How we know"),
        max_length=200,
        required=False,
        help_text=_("Interview, survey, orders, a colleague's guess."),
    )
    confidence = _percent(_("Confidence in %"), required=True)

    @staticmethod
    def of(design: SegmentDesign) -> list[dict[str, Any]]:
        """The forms' values for a design."""
        return [
            {
                "kind": said.kind,
                "statement": said.statement,
                "source": said.source,
                "confidence": _as_percent(said.confidence),
            }
            for said in design.expectations
        ]


def expectations_of(forms_: "BaseFormSet[ExpectationForm]") -> tuple[Expectation, ...]:
    """What the forms say, without the deleted and the empty ones."""
    return tuple(
        Expectation(
            kind=said["kind"],
            statement=said["statement"],
            source=said["source"],
            confidence=_share(said["confidence"]),
        )
        for said in _kept(forms_)
    )


class TargetForm(SafeForm):
    """One measure that the relationship should reach."""

    measure = forms.CharField(label=_("Measure"), max_length=60)
    value = forms.FloatField(label=_("Value"))
    unit = forms.CharField(label=_("Unit"), max_length=30, required=False)
    by = forms.DateField(
        label=_("By"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    @staticmethod
    def of(design: SegmentDesign) -> list[dict[str, Any]]:
        """The forms' values for a design."""
        return [target.model_dump() for target in design.targets]


def targets_of(forms_: "BaseFormSet[TargetForm]") -> tuple[Target, ...]:
    """What the forms say, without the deleted and the empty ones."""
    return tuple(
        Target(measure=said["measure"], value=said["value"], unit=said["unit"], by=said["by"])
        for said in _kept(forms_)
    )


def _kept(forms_: "BaseFormSet[Any]") -> list[Mapping[str, Any]]:
    return [
        form.cleaned_data
        for form in forms_.forms
        if form.has_changed() or form.initial
        if form.cleaned_data and not form.cleaned_data.get("DELETE")
    ]


ExpectationForms = formset_factory(ExpectationForm, extra=2, can_delete=True, max_num=60)
TargetForms = formset_factory(TargetForm, extra=2, can_delete=True, max_num=30)


class TouchpointsForm(SafeForm):
    """Where the segment is met, stage by stage."""

    def __init__(
        self, *args: Any, grid: Mapping[Stage, list[tuple[str, str]]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for stage in Stage:
            self.fields[stage.value] = forms.MultipleChoiceField(
                label=stage.value.capitalize(),
                choices=grid[stage],
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )

    @staticmethod
    def of(design: SegmentDesign) -> dict[str, Any]:
        """The form's values for a design."""
        return {stage.value: list(keys) for stage, keys in design.touchpoints.items()}

    def changes(self) -> dict[str, Any]:
        """The fields that the form writes."""
        kept = {stage: self._in_order(stage) for stage in Stage}
        return {"touchpoints": {stage: keys for stage, keys in kept.items() if keys}}

    def _in_order(self, stage: Stage) -> tuple[str, ...]:
        """Those that were there keep their order, the new ones follow."""
        chosen, before = self.cleaned_data[stage.value], self.initial.get(stage.value, [])
        return (*(k for k in before if k in chosen), *(k for k in chosen if k not in before))


class ResourcesForm(SafeForm):
    """What the row may take, when it is looked at again, and remarks."""

    front_line = forms.FloatField(label=SKILL_WORDS["front_line"], min_value=0, required=False)
    account = forms.FloatField(label=SKILL_WORDS["account"], min_value=0, required=False)
    content = forms.FloatField(label=SKILL_WORDS["content"], min_value=0, required=False)
    community = forms.FloatField(label=SKILL_WORDS["community"], min_value=0, required=False)
    product = forms.FloatField(label=SKILL_WORDS["product"], min_value=0, required=False)
    budget = forms.DecimalField(
        label=_("Budget a year"), min_value=0, max_digits=15, required=False
    )
    review_on = forms.DateField(
        label=_("Review on"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(
        label=_("Note"), max_length=1000, required=False, widget=forms.Textarea({"rows": 3})
    )

    @staticmethod
    def of(design: SegmentDesign) -> dict[str, Any]:
        """The form's values for a design."""
        hours = {skill.value: amount for skill, amount in design.hours.items()}
        return {
            **hours,
            "budget": design.budget,
            "review_on": design.review_on,
            "note": design.note,
        }

    def changes(self) -> dict[str, Any]:
        """The fields that the form writes."""
        said = self.cleaned_data
        return {
            "hours": {skill: said[skill.value] for skill in Skill if said[skill.value]},
            "budget": said["budget"],
            "review_on": said["review_on"],
            "note": said["note"],
        }


class SettingsForm(SafeForm):
    """The canvas as a whole: its name and what the company can afford in a year."""

    name = forms.CharField(label=_("Name of the canvas"), max_length=200)
    horizon_years = forms.IntegerField(
        label=_("Years that value is counted for"), min_value=1, max_value=10
    )
    discount = forms.DecimalField(
        label=_("Discount in % a year"), min_value=0, max_value=99, decimal_places=2
    )
    budget = forms.DecimalField(
        label=_("Budget a year"), min_value=0, max_digits=15, required=False
    )
    front_line = forms.FloatField(label=SKILL_WORDS["front_line"], min_value=0, required=False)
    account = forms.FloatField(label=SKILL_WORDS["account"], min_value=0, required=False)
    content = forms.FloatField(label=SKILL_WORDS["content"], min_value=0, required=False)
    community = forms.FloatField(label=SKILL_WORDS["community"], min_value=0, required=False)
    product = forms.FloatField(label=SKILL_WORDS["product"], min_value=0, required=False)
    note = forms.CharField(
        label=_("Note"), max_length=2000, required=False, widget=forms.Textarea({"rows": 3})
    )

    @staticmethod
    def of(document: CanvasDocument) -> dict[str, Any]:
        """The form's values for a canvas."""
        return {
            "name": document.name,
            "horizon_years": document.horizon_years,
            "discount": Decimal(str(document.discount_rate * 100)).quantize(Decimal("0.01")),
            "budget": document.capacity.budget,
            "note": document.note,
            **{skill.value: amount for skill, amount in document.capacity.hours.items()},
        }

    def changed(self, document: CanvasDocument) -> CanvasDocument:
        """The canvas as the form says."""
        said = self.cleaned_data
        hours = {skill: said[skill.value] for skill in Skill if said[skill.value]}
        changes = {
            "name": said["name"],
            "horizon_years": said["horizon_years"],
            "discount_rate": float(said["discount"]) / 100,
            "note": said["note"],
            "capacity": Capacity(budget=said["budget"], hours=hours),
        }
        return CanvasDocument.model_validate({**dict(document), **changes})


class ReasonForm(SafeForm):
    """Why something is done."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("One sentence for those who read it in a year."),
    )


def type_of(value: str) -> RelationshipType | None:
    """The relationship type in an address, or None."""
    return RelationshipType(value) if value in set(RelationshipType) else None
