"""The starters that come with the product: canvases in the format of `amity canvas export`."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from amity.base.results import AmityError
from amity.kernel.policy.document import CanvasDocument

FROM_DATA = "data"


@dataclass(frozen=True, slots=True)
class StarterChoice:
    """A starter as it is offered."""

    name: str
    label: str
    text: str
    icon: str


CHOICES = (
    StarterChoice(
        FROM_DATA,
        "From your data",
        "Segments from how recently, how often and for how much people bought; touchpoints from "
        "the channels of their orders.",
        "database",
    ),
    StarterChoice("shop", "Shop", "Goods for people, online or in shops.", "shopping-cart"),
    StarterChoice("b2b", "B2B", "Companies as customers; few carry most.", "building"),
    StarterChoice("saas", "SaaS", "Software by subscription, people and teams.", "device-desktop"),
    StarterChoice("marketplace", "Marketplace", "Two sides that need each other.", "refresh"),
    StarterChoice("subscription", "Subscription", "Boxes, memberships, deliveries.", "package"),
    StarterChoice("charity", "Charity", "Donors, gifts and thanks.", "heart-handshake"),
)
NAMES = tuple(choice.name for choice in CHOICES)


class UnknownStarterError(AmityError):
    """There is no such starter."""


@cache
def starter(name: str) -> CanvasDocument:
    """The starter's canvas.

    Raises:
        UnknownStarterError: no starter has that name.
    """
    if name not in NAMES:
        raise UnknownStarterError(f"There is no starter {name}. Choose one of {', '.join(NAMES)}.")
    text = (files("amity.design.studio") / "starters" / f"{name}.yaml").read_text(encoding="utf-8")
    return CanvasDocument.model_validate(yaml.safe_load(text))
