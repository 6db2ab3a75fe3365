"""What is typed when a conversation begins with us."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amity.run.inbox.models import Channel
from amity.run.inbox.rules.working import MAX_SECONDS, MAX_TEXT

TALKED = (Channel.Kind.PHONE, Channel.Kind.VISIT)


class _WithCustomer(forms.Form):
    customer = forms.IntegerField(
        label=_("Customer"),
        min_value=1,
        widget=forms.HiddenInput,
        error_messages={"required": _("Choose the customer: type a name and pick it.")},
    )
    minutes = forms.DecimalField(
        label=_("Minutes"),
        min_value=0,
        max_value=MAX_SECONDS // 60,
        decimal_places=1,
        required=False,
    )

    def clean_minutes(self) -> int:
        """The time in seconds."""
        given = self.cleaned_data["minutes"]
        return round(float(given) * 60) if given is not None else 0


class NewForm(_WithCustomer):
    """A mail to a customer."""

    channel = forms.ModelChoiceField(
        label=_("From"), queryset=Channel.objects.none(), empty_label=None
    )
    subject = forms.CharField(label=_("Subject"), max_length=300)
    text = forms.CharField(
        label=_("Message"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 10})
    )
    cc = forms.CharField(label=_("Copy to"), max_length=1000, required=False)

    field_order = ("customer", "channel", "subject", "text", "cc", "minutes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Channel.objects.filter(is_active=True).exclude(kind__in=TALKED)
        _choose(self, rows.order_by("pk"))


class CallForm(_WithCustomer):
    """A call or a visit in three fields; where and whether it is solved come with defaults."""

    text = forms.CharField(
        label=_("What was it about?"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 4})
    )
    channel = forms.ModelChoiceField(
        label=_("Where"), queryset=Channel.objects.none(), empty_label=None
    )
    is_solved = forms.BooleanField(label=_("It is solved"), required=False)

    field_order = ("customer", "text", "minutes", "channel", "is_solved")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, Channel.objects.filter(is_active=True, kind__in=TALKED).order_by("pk"))


def _choose(form: forms.Form, channels: Any) -> None:
    field: Any = form.fields["channel"]
    field.queryset = channels
    field.initial = channels.first()
