"""Every piece of the look on one page, for those who build pages with them."""

from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from amity.base.time import now
from amity.kernel.access.doors import requires
from amity.ui import charts


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(help_text="As it stands on invoices.")
    email = forms.EmailField(label="E-mail", required=False)
    country = forms.ChoiceField(choices=[("at", "Austria"), ("de", "Germany")])
    note = forms.CharField(widget=forms.Textarea, required=False)
    agreed = forms.BooleanField(label="Send a copy to the account owner")


def _charts() -> dict[str, charts.Chart]:
    weeks = [f"W{week}" for week in range(1, 13)]
    mean = [120 + 9 * week for week in range(12)]
    return {
        "lines": charts.lines(
            "How many orders will come?",
            weeks,
            {"Forecast": mean},
            band=([m - 20 - 3 * i for i, m in enumerate(mean)], [m + 26 for m in mean]),
            y="Orders",
            note="Weekly, with the band that holds 95 of 100 weeks.",
        ),
        "bars": charts.bars(
            "Which segments answer to coupons?",
            ["Loyal", "Promising", "At risk", "New"],
            {"Answered": [420, 260, 90, 310]},
        ),
        "heat": charts.heatmap(
            "How long do cohorts stay?",
            ["0", "1", "2", "3"],
            ["January", "February", "March"],
            [[1, 0.61, 0.48, 0.4], [1, 0.58, 0.45, None], [1, 0.64, None, None]],
            value_format="percent",
            x="Months since the first order",
            top=1,
        ),
    }


@requires("home.view")
def page(request: HttpRequest) -> HttpResponse:
    """The component page."""
    form = SampleForm({"name": "", "email": "ada@"} if "errors" in request.GET else None)
    at = now()
    return render(
        request,
        "web/components.html",
        {
            "form": form,
            "charts": _charts(),
            "at": at,
            "moments": [at - timedelta(hours=hours) for hours in (1, 3, 5)],
        },
    )
