"""Which model a segment's nature on the canvas calls for."""

from dataclasses import dataclass
from enum import StrEnum

from amity.base.vocabulary import Nature

MOSTLY_ONCE = 0.75


class ValueModel(StrEnum):
    """The models of customer value, by their usual names."""

    BGNBD = "BG/NBD"
    MBGNBD = "MBG/NBD"
    BGBB = "BG/BB"
    CONTRACT = "shifted-beta-geometric"
    HYBRID = "contract and purchases"


@dataclass(frozen=True, slots=True)
class Choice:
    """The model to fit first, what to look at beside it, and why, in words."""

    model: ValueModel
    beside: tuple[str, ...]
    reason: str


def choose_model(
    nature: Nature, *, once_share: float | None = None, discrete: bool = False
) -> Choice:
    """The model for a segment of this nature.

    `once_share` is the share of its customers who bought once so far (None: not known);
    `discrete` says that it can buy only at given opportunities, such as seasons or events.
    """
    if nature is Nature.LONG_TERM:
        return Choice(
            ValueModel.CONTRACT,
            ("Kaplan-Meier", "beta-discrete-Weibull"),
            "A contract ends visibly, so its renewals are counted.",
        )
    if nature is Nature.HYBRID:
        return Choice(
            ValueModel.HYBRID,
            ("Kaplan-Meier", "NBD"),
            "The contract tells who left, so purchases beside it are a rate while it runs.",
        )
    if discrete:
        return Choice(
            ValueModel.BGBB,
            (),
            "Nobody can buy between the opportunities, so they are counted, not the days.",
        )
    if once_share is not None and once_share > MOSTLY_ONCE:
        return Choice(
            ValueModel.MBGNBD,
            ("BG/NBD", "Pareto/NBD"),
            "Most bought once, and BG/NBD believes that no one-time buyer ever left.",
        )
    return Choice(
        ValueModel.BGNBD,
        ("MBG/NBD", "Pareto/NBD"),
        "Customers come back when they like and leave without a word.",
    )
