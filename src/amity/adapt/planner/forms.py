"""Forms of the planner's pages."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from amity.adapt.planner.operations import Written
from amity.adapt.planner.rules.building import Asked
from amity.adapt.planner.rules.inputs import Input, Key
from amity.base.results import Grade
from amity.base.vocabulary import Skill
from amity.kernel.policy.document import Capacity


class AskForm(forms.Form):
    """What the planner may spend, and how careful it should be."""

    budget = forms.FloatField(label=_("Budget a year"), required=False, min_value=0, max_value=1e13)
    plan = forms.ChoiceField(
        label=_("How sure must it be?"),
        choices=[
            ("nominal", _("Nominal: every effect as estimated")),
            ("careful", _("Careful: every effect half-way to its low end")),
        ],
        widget=forms.RadioSelect,
        initial="nominal",
    )
    change_limit = forms.IntegerField(
        label=_("Most changes to today"),
        required=False,
        min_value=0,
        max_value=10_000,
        help_text=_("Offers that may begin or end; empty is any number."),
    )

    def __init__(self, data: QueryDict | None = None, *, capacity: Capacity) -> None:
        super().__init__(data, initial={"budget": capacity.budget})
        for skill in Skill:
            self.fields[f"hours_{skill.value}"] = forms.FloatField(
                label=_("%(skill)s") % {"skill": skill.value.replace("_", " ").capitalize()},
                required=False,
                min_value=0,
                max_value=1e9,
                initial=capacity.hours.get(skill),
            )

    @property
    def hours_fields(self) -> list[forms.BoundField]:
        """The fields of the skills."""
        return [self[f"hours_{skill.value}"] for skill in Skill]

    def asked(self) -> Asked:
        """The request that the form makes."""
        given = self.cleaned_data
        hours = {
            skill.value: given[f"hours_{skill.value}"]
            for skill in Skill
            if given[f"hours_{skill.value}"] is not None
        }
        return Asked(given["budget"], hours, given["plan"] == "careful", given["change_limit"])


class InputForm(forms.Form):
    """One figure, with its interval and how it is known."""

    value = forms.FloatField(label=_("Figure"))
    low = forms.FloatField(label=_("Low end"), required=False)
    high = forms.FloatField(label=_("High end"), required=False)
    grade = forms.ChoiceField(
        label=_("How it is known"),
        choices=[(grade.value, f"{grade.value}: {grade.label}") for grade in Grade],
        initial=Grade.D.value,
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=500)

    def written(self, key: Key) -> Written:
        """The figure that the form says."""
        given = self.cleaned_data
        return Written(
            key, given["value"], given["low"], given["high"], Grade(given["grade"]), given["note"]
        )


def initial_of(row: Input) -> dict[str, Any]:
    """The figure as it stands, to be changed."""
    if row.estimate is None:
        return {}
    kept = row.estimate
    return {
        "value": kept.value,
        "low": kept.low,
        "high": kept.high,
        "grade": kept.grade.value,
        "note": row.note,
    }


class DeclineForm(forms.Form):
    """Why a proposal is declined."""

    reason = forms.CharField(label=_("Why not?"), required=False, max_length=2_000)
