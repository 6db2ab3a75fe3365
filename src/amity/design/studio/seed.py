"""The canvas of the demonstration company: a draft from its data, for a person to publish."""

from amity.design.studio.operations import draft_canvas
from amity.design.studio.rules.drafting import Choices
from amity.kernel.hooks.seeding import SeedContext
from amity.kernel.policy.queries import versions

STARTER = "shop"


def seed(context: SeedContext) -> None:
    """Drafts the canvas where there is none yet."""
    if not versions().exists():
        draft_canvas(STARTER, Choices(), actor=context.actor, at=context.at)
