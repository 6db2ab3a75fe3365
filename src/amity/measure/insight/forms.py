"""The forms of a measurement and of what was spent."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amity.base.money import to_minor
from amity.kernel.access.operations import company
from amity.kernel.touchpoints.models import Touchpoint
from amity.measure.insight.rules import MODELS, Options


class MeasureForm(forms.Form):
    """What to measure and what to assume."""

    as_of = forms.DateField(
        label=_("Up to"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The last day that counts; empty means the last day with an order."),
    )
    holdout = forms.IntegerField(
        label=_("Compare with days after it"),
        required=False,
        min_value=1,
        max_value=3650,
        help_text=_("Empty: the back-test is made inside the history."),
    )
    model = forms.ChoiceField(
        label=_("Model"),
        choices=[(name, name) for name in MODELS],
        help_text=_("MBG/NBD where most customers buy once."),
    )
    margin = forms.FloatField(
        label=_("Margin in percent"),
        min_value=0.1,
        max_value=100,
        help_text=_("The share of spend that is contribution."),
    )
    discount = forms.FloatField(
        label=_("Yearly discount in percent"),
        min_value=0,
        max_value=99,
        help_text=_("What a year of waiting costs."),
    )

    def options(self) -> Options:
        """The options of a valid form."""
        given: dict[str, Any] = self.cleaned_data
        as_of: date | None = given["as_of"]
        return Options(
            as_of, given["holdout"], given["model"], given["discount"] / 100, given["margin"] / 100
        )


def initial_of(options: Options) -> dict[str, Any]:
    """What the form shows at first."""
    return {
        "model": options.model,
        "margin": round(options.margin * 100, 1),
        "discount": round(options.discount * 100, 1),
    }


class SpendForm(forms.Form):
    """What one month cost at one touchpoint, in the company's currency."""

    month = forms.DateField(
        label=_("Month"),
        input_formats=["%Y-%m", "%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Any day of it."),
    )
    touchpoint = forms.ChoiceField(label=_("Touchpoint"))
    amount = forms.DecimalField(label=_("Amount"), min_value=0, max_digits=15, decimal_places=3)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.currency = company().currency
        points = Touchpoint.objects.order_by("name").values_list("key", "name")
        self.fields["touchpoint"] = forms.ChoiceField(label=_("Touchpoint"), choices=list(points))
        self.fields["amount"].label = _("Amount in %(currency)s") % {"currency": self.currency}

    def spend(self) -> dict[str, Any]:
        """What `enter_spend` is given, of a valid form."""
        return {
            "month": self.cleaned_data["month"],
            "touchpoint": self.cleaned_data["touchpoint"],
            "amount_minor": to_minor(self.cleaned_data["amount"], self.currency),
        }
