"""What a line and an hour come to. Pure."""

from decimal import ROUND_HALF_EVEN, Decimal


def line_amount(*, quantity_milli: int, unit_price_minor: int, discount_minor: int) -> int:
    """A line in minor units, rounded half to even: 2.5 units at 3.33 less 1.00 is 7.32."""
    gross = Decimal(quantity_milli) * unit_price_minor / 1000
    return int(gross.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)) - discount_minor


def work_cost(*, minutes: int, hour_minor: int | None) -> int:
    """What minutes cost in minor units, rounded half to even; 0 where nobody said the rate."""
    exact = Decimal(minutes) * Decimal(hour_minor or 0) / 60
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
