"""The forms of deals; the operations have the last word."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from amity.kernel.access.models import User
from amity.kernel.commerce.models import Product
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.touchpoints.queries import touchpoints
from amity.run.deals.models import Pipeline, PipelineStage
from amity.run.deals.queries.pipelines import pipelines, reasons

DAY = forms.DateInput(attrs={"type": "date"})
MONEY: dict[str, Any] = {"max_digits": 14, "decimal_places": 3, "min_value": 0}


def people() -> QuerySet[User]:
    """Those to whom deals can be given."""
    return User.objects.filter(is_active=True).exclude(role="").order_by("name", "pk")


class DealForm(forms.Form):
    """What is known of a deal."""

    title = forms.CharField(label=_("What may they buy?"), max_length=200)
    amount = forms.DecimalField(label=_("Amount"), required=False, **MONEY)
    expected_close_on = forms.DateField(label=_("Decided by"), widget=DAY)
    owner = forms.ModelChoiceField(
        queryset=User.objects.none(), label=_("Who follows it"), required=False
    )
    is_committed = forms.BooleanField(
        label=_("I stand in for it: count it as certain"), required=False
    )
    touchpoint: "forms.ModelChoiceField[Touchpoint]" = forms.ModelChoiceField(
        queryset=Touchpoint.objects.none(), label=_("Where it came from"), required=False
    )
    competitor = forms.CharField(label=_("Against whom"), required=False, max_length=100)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=10_000, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people()  # type: ignore[attr-defined]  # it is a model choice
        self.fields["touchpoint"].queryset = touchpoints().order_by("name")  # type: ignore[attr-defined]  # it is a model choice


class NewDealForm(DealForm):
    """A deal that is opened."""

    pipeline = forms.ModelChoiceField(queryset=Pipeline.objects.none(), label=_("Pipeline"))
    minutes = forms.IntegerField(
        label=_("Minutes spent so far"), required=False, min_value=0, max_value=1440
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pipeline"].queryset = pipelines()  # type: ignore[attr-defined]  # it is a model choice


class MoveForm(forms.Form):
    """Where a deal goes."""

    stage = forms.SlugField(max_length=50)
    version = forms.IntegerField(min_value=1)
    minutes = forms.IntegerField(required=False, min_value=0, max_value=1440)


class EndForm(forms.Form):
    """How a deal ended; `kind` is "won" or "lost"."""

    reason = forms.ModelChoiceField(queryset=reasons(), label=_("Why"), required=False)
    competitor = forms.CharField(label=_("Against whom"), required=False, max_length=100)
    minutes = forms.IntegerField(
        label=_("Minutes it took"), required=False, min_value=0, max_value=1440
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = reasons(kind)  # type: ignore[attr-defined]  # it is a model choice
        self.fields["reason"].required = kind == "lost"


class LineForm(forms.Form):
    """One line; the product is named by its number or its exact name, or not at all."""

    description = forms.CharField(label=_("What"), max_length=200)
    quantity = forms.DecimalField(
        label=_("How many"), initial=1, min_value=0, max_digits=12, decimal_places=3
    )
    unit_price = forms.DecimalField(label=_("Price each"), **MONEY)
    discount = forms.DecimalField(label=_("Discount on the line"), required=False, **MONEY)

    def product_id(self) -> int | None:
        """The product that the description names, where exactly one does."""
        named = self.cleaned_data["description"].strip()
        found = Product.objects.filter(key=named)[:2] or Product.objects.filter(name=named)[:2]
        return found[0].pk if len(found) == 1 else None


class WorkForm(forms.Form):
    """Minutes that were spent on a deal."""

    what = forms.CharField(label=_("What was done?"), max_length=300)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=1440)


class PipelineForm(forms.Form):
    """A pipeline's name and rate."""

    name = forms.CharField(label=_("Name"), max_length=100)
    hour = forms.DecimalField(
        label=_("What an hour of work costs"),
        required=False,
        help_text=_("Minutes spent on a deal cost this. Empty: their cost is not counted."),
        **MONEY,
    )


class StageForm(forms.Form):
    """One stage of a pipeline; without a name it goes."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    place = forms.IntegerField(label=_("Place"), required=False, min_value=0, max_value=99)
    name = forms.CharField(label=_("Stage"), required=False, max_length=60)
    percent = forms.FloatField(label=_("Won, %"), required=False, min_value=0, max_value=100)


StageFormSet = forms.formset_factory(StageForm, extra=1, max_num=20, absolute_max=25)


def stage_rows(stages: list[PipelineStage]) -> list[dict[str, Any]]:
    """The initial values of a pipeline's stages."""
    return [
        {
            "pk": stage.pk,
            "place": number,
            "name": stage.name,
            "percent": round(stage.probability * 100, 2),
        }
        for number, stage in enumerate(stages, 1)
    ]


class ReasonForm(forms.Form):
    """A reason that deals end for."""

    kind = forms.ChoiceField(
        label=_("Deals that are"), choices=(("lost", _("lost")), ("won", _("won")))
    )
    name = forms.CharField(label=_("Why"), max_length=100)


class ChoiceForm(forms.Form):
    """Five questions; an answer left empty does not matter to them."""

    category = forms.ChoiceField(label=_("What is it for?"), required=False)
    word = forms.CharField(label=_("A word that it must have"), required=False, max_length=60)
    most = forms.DecimalField(label=_("At most for a piece"), required=False, **MONEY)
    pieces = forms.IntegerField(label=_("How many?"), required=False, min_value=1, max_value=10_000)
    familiar = forms.ChoiceField(
        label=_("Something new?"),
        required=False,
        choices=(
            ("", _("either")),
            ("new", _("what they never had")),
            ("known", _("what they know")),
        ),
    )

    def __init__(self, *args: Any, categories: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [  # type: ignore[attr-defined]  # it is a choice field
            ("", _("anything")),
            *((name, name) for name in categories),
        ]
