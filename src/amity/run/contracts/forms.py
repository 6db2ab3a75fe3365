"""The form of a contract."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.utils.translation import gettext_lazy as _

from amity.base.money import to_major, to_minor
from amity.kernel.commerce.models import Contract
from amity.run.contracts.rules import LONGEST, Terms

DAY = forms.DateInput(attrs={"type": "date"})
DAYS = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2100, 12, 31))]
ONE_LINE = RegexValidator(r"^[^\x00-\x1f]*$", _("Write it in one line."))


class ContractForm(forms.Form):
    """What was agreed. The number of a contract that is there stays as it is."""

    key = forms.CharField(
        label=_("Contract number"),
        max_length=100,
        validators=[ONE_LINE],
        help_text=_("As your invoices name it."),
    )
    started_on = forms.DateField(label=_("Runs since"), widget=DAY, validators=DAYS)
    period_months = forms.IntegerField(
        label=_("Months of a period"),
        min_value=1,
        max_value=LONGEST,
        help_text=_("From one renewal to the next: 1 for monthly, 12 for yearly."),
    )
    fee = forms.DecimalField(
        label=_("Fee of a period"),
        required=False,
        min_value=0,
        max_value=10**9,
        max_digits=13,
        decimal_places=3,
    )
    ended_on = forms.DateField(
        label=_("Ends on"),
        required=False,
        widget=DAY,
        validators=DAYS,
        help_text=_("Empty while it runs; a day to come once notice was given."),
    )
    end_reason = forms.CharField(
        label=_("Why it ends"), required=False, max_length=100, validators=[ONE_LINE]
    )

    def __init__(self, *args: Any, contract: Contract | None = None, **kwargs: Any) -> None:
        initial: dict[str, Any] = {"period_months": 12}
        if contract is not None:
            initial = {
                "started_on": contract.started_on,
                "period_months": contract.period_months,
                "fee": _fee(contract),
                "ended_on": contract.ended_on,
                "end_reason": contract.end_reason,
            }
        super().__init__(*args, **{"initial": initial, **kwargs})
        if contract is not None:
            del self.fields["key"]

    def terms(self, *, key: str, currency: str) -> Terms:
        """What was written, as the terms of a contract."""
        given = self.cleaned_data
        fee = given["fee"]
        return Terms(
            key=key,
            started_on=given["started_on"],
            period_months=given["period_months"],
            currency=currency,
            fee_minor=None if fee is None else to_minor(fee, currency),
            ended_on=given["ended_on"],
            end_reason=given["end_reason"],
        )


def _fee(contract: Contract) -> Decimal | None:
    if contract.fee_minor is None:
        return None
    return to_major(contract.fee_minor, contract.currency)
