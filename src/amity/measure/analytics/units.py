"""Units of time of fitted parameters."""

UNIT_DAYS = {"day": 1.0, "week": 7.0}


def days_of(unit: str) -> float:
    """Days in a unit of time; raises ValueError for a unit that is not known."""
    try:
        return UNIT_DAYS[unit]
    except KeyError:
        raise ValueError(f"Unknown unit of time: {unit}. Known: {', '.join(UNIT_DAYS)}.") from None
