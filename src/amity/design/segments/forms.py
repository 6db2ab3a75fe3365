"""The form of a segment, and the one that adds a condition to its rule."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amity.design.segments.queries import trait_labels
from amity.design.segments.rules import OPERATORS, Picked, condition_text, subjects, with_condition
from amity.kernel.segments.language.words import UNITS
from amity.kernel.segments.queries import living_segments
from amity.kernel.segments.rules import Catalog, RuleError, parse_text

RULE_ROWS = 3


class SegmentForm(forms.Form):
    """Name, description and the rule in words; `rule_json` has the rule once the form is valid."""

    name = forms.CharField(label=_("Name"), max_length=100)
    description = forms.CharField(
        label=_("What they have in common"), max_length=2000, required=False
    )
    rule = forms.CharField(
        label=_("Rule"),
        max_length=10_000,
        widget=forms.Textarea({"rows": RULE_ROWS, "spellcheck": "false", "class": "seg-rule"}),
        help_text=_("For example: orders in last 365 days >= 2 and country is DE"),
    )

    def __init__(self, *args: Any, catalog: Catalog, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.catalog = catalog
        self.rule_json: dict[str, Any] = {}

    def clean_rule(self) -> str:
        """The rule as it was written; what is wrong stands at its field."""
        text: str = self.cleaned_data["rule"]
        try:
            self.rule_json = parse_text(text, self.catalog)
        except RuleError as error:
            raise forms.ValidationError(str(error)) from error
        return text


class ConditionForm(forms.Form):
    """Adds one condition to the rule."""

    joiner = forms.ChoiceField(
        label=_("Join by"), choices=[("and", _("and")), ("or", _("or"))], required=False
    )
    subject = forms.ChoiceField(label=_("About"), required=False)
    operator = forms.ChoiceField(
        label=_("Which"), choices=[(name, name) for name in OPERATORS], required=False
    )
    value = forms.CharField(label=_("Value"), max_length=200, required=False)
    last = forms.CharField(label=_("In the last"), max_length=6, required=False)
    unit = forms.ChoiceField(
        label=_("Unit"), choices=[(unit, unit) for unit in UNITS], required=False
    )

    prefix = "add"

    def __init__(self, *args: Any, catalog: Catalog, but: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict(living_segments().exclude(key=but).values_list("key", "name"))
        subject = self.fields["subject"]
        assert isinstance(subject, forms.ChoiceField)  # noqa: S101 -- for the type checker
        subject.choices = [("", "…"), *subjects(catalog, trait_labels(), names)]

    def added_to(self, rule: str, catalog: Catalog) -> str:
        """The rule with the condition.

        Raises:
            RuleError: the rule or the condition is not understood.
        """
        if not self.is_valid():
            raise RuleError("Choose from the lists what the condition is about.")
        said = self.cleaned_data
        picked = Picked(
            said["subject"], said["operator"] or "is", said["value"], said["last"],
            said["unit"] or "days",
        )  # fmt: skip
        return with_condition(rule, condition_text(picked), said["joiner"] or "and", catalog)
