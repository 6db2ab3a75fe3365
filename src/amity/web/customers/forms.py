"""The form of one customer: plain fields, the usual identities, custom fields."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amity.kernel.customers.models import Customer
from amity.kernel.customers.rules import CustomField

PLAIN = ("kind", "name", "language", "country", "city", "time_zone", "preferred_channel", "note")


def _field_for(definition: CustomField) -> forms.Field:
    given: dict[str, Any] = {"label": definition.label, "required": definition.is_required}
    if definition.kind == "number":
        return forms.FloatField(**given)
    if definition.kind == "date":
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **given)
    if definition.kind == "choice":
        return forms.ChoiceField(
            choices=[("", ""), *((one, one) for one in definition.choices)], **given
        )
    if definition.kind == "yes_no":
        return forms.BooleanField(label=definition.label, required=False)
    return forms.CharField(max_length=2000, **given)


class CustomerForm(forms.Form):
    """Who a customer is; the kernel's rules have the last word."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Customer.Kind.choices)
    name = forms.CharField(label=_("Name"), max_length=200)
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=40,
        help_text=_("With + and the country code, or in the customer's country."),
    )
    city = forms.CharField(label=_("City"), required=False, max_length=100)
    country = forms.CharField(
        label=_("Country"),
        required=False,
        max_length=2,
        help_text=_("Two letters, as in AT or US."),
    )
    language = forms.CharField(
        label=_("Language"), required=False, max_length=10, help_text=_("As in en or pt-BR.")
    )
    time_zone = forms.CharField(
        label=_("Time zone"), required=False, max_length=64, help_text=_("As in Europe/Vienna.")
    )
    preferred_channel = forms.CharField(label=_("Preferred channel"), required=False, max_length=30)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, custom: list[CustomField], is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.custom = custom
        if not is_new:  # identities are added and removed one by one, so that none is lost unseen
            del self.fields["email"], self.fields["phone"]
        for definition in custom:
            self.fields[f"custom_{definition.key}"] = _field_for(definition)

    def plain_values(self) -> dict[str, str]:
        """The plain fields, as the kernel takes them."""
        return {name: self.cleaned_data[name] for name in PLAIN}

    def custom_values(self) -> dict[str, object]:
        """The custom fields by key; None where one was left empty."""
        values: dict[str, object] = {}
        for definition in self.custom:
            value = self.cleaned_data[f"custom_{definition.key}"]
            is_empty = value is None or value == ""
            values[definition.key] = None if is_empty else _plain(value)
        return values

    def refuse(self, errors: dict[str, str]) -> None:
        """Shows the kernel's refusals beside their fields."""
        for name, text in errors.items():
            field = name if name in self.fields else f"custom_{name}"
            self.add_error(field if field in self.fields else None, text)


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value
