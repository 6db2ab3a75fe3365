"""What a line comes to. Pure."""

from decimal import ROUND_HALF_EVEN, Decimal


def line_amount(*, quantity_milli: int, unit_price_minor: int, discount_minor: int) -> int:
    """A line in minor units, rounded half to even: 2.5 units at 3.33 less 1.00 is 7.32."""
    gross = Decimal(quantity_milli) * unit_price_minor / 1000
    return int(gross.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)) - discount_minor
