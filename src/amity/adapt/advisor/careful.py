"""The careful plan: every effect is taken at part of the way to its low end (the haircut)."""

from dataclasses import replace

from amity.adapt.advisor.problem import Offer, Problem, Segment, half_width
from amity.base.results import Estimate

HAIRCUT = 0.5


def careful(problem: Problem, haircut: float = HAIRCUT) -> Problem:
    """The problem with each uplift, deflection and stage worth lowered by its uncertainty.

    `haircut` is the share of the half-width that is taken off; 0 changes nothing.
    """
    return replace(
        problem,
        segments=tuple(_lowered_segment(segment, haircut) for segment in problem.segments),
        cross_side=tuple(
            replace(effect, elasticity=lowered(effect.elasticity, haircut))
            for effect in problem.cross_side
        ),
    )


def lowered(estimate: Estimate, haircut: float) -> Estimate:
    """The estimate less `haircut` of its half-width; its interval is kept."""
    value = estimate.value - haircut * half_width(estimate)
    low = None if estimate.low is None else min(estimate.low, value)
    return replace(estimate, value=value, low=low)


def _lowered_segment(segment: Segment, haircut: float) -> Segment:
    return replace(
        segment,
        offers={kind: _lowered_offer(offer, haircut) for kind, offer in segment.offers.items()},
        stages={stage: lowered(worth, haircut) for stage, worth in segment.stages.items()},
    )


def _lowered_offer(offer: Offer, haircut: float) -> Offer:
    resolved = lowered(offer.resolved, haircut)
    return replace(
        offer,
        uplift=lowered(offer.uplift, haircut),
        resolved=replace(resolved, value=max(0.0, resolved.value)),
    )
