"""What must hold of a problem before it is solved, each fault in one plain sentence."""

import math
from collections.abc import Iterable, Iterator

from amity.adapt.advisor.problem import Offer, Piece, Problem, Segment, Touchpoint
from amity.base.results import AmityError, Estimate


class ProblemError(AmityError):
    """The inputs cannot be planned with; the message names every fault."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("The plan's inputs need attention: " + " ".join(faults))


def check(problem: Problem) -> None:
    """Answer nothing when the problem can be solved.

    Raises:
        ProblemError: with one sentence for each fault.
    """
    faults = tuple(find_faults(problem))
    if faults:
        raise ProblemError(faults)


def find_faults(problem: Problem) -> Iterator[str]:
    """Every fault of the inputs, in plain words."""
    if not problem.segments:
        yield "There is no segment to plan for: add one on the canvas."
    yield from _doubled("segment", [segment.key for segment in problem.segments])
    yield from _doubled("touchpoint", [touchpoint.key for touchpoint in problem.touchpoints])
    yield from _doubled("skill", [skill.key for skill in problem.skills])
    yield from _company(problem)
    for touchpoint in problem.touchpoints:
        yield from _touchpoint(touchpoint, problem)
    for segment in problem.segments:
        yield from _segment(segment, problem)


def _doubled(noun: str, keys: list[str]) -> Iterator[str]:
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield f"The {noun} “{key}” is there twice: keep one."


def _company(problem: Problem) -> Iterator[str]:
    if problem.budget is not None and not _amount(problem.budget):
        yield f"The budget is {problem.budget}: give an amount of zero or more."
    for skill in problem.skills:
        if not _amount(skill.hours) or not _amount(skill.wage):
            yield f"{skill.name}: hours and wage must be zero or more."
    for name, pieces in (("saturation", problem.saturation), ("coverage", problem.coverage)):
        if not _falling(pieces):
            yield f"The {name} curve must flatten: each slope at most the one before."
    slopes = [piece.slope for piece in problem.integration]
    if slopes != sorted(slopes):
        yield "The integration effort must rise with the number of touchpoints."
    for setting in problem.types.values():
        yield from _skills("A relationship type", setting.fixed_hours, problem)
    yield from _rules(problem)


def _rules(problem: Problem) -> Iterator[str]:
    keys = {segment.key for segment in problem.segments}
    named = {key for group in problem.rules.equal for key in group}
    named |= {key for effect in problem.cross_side for key in effect.helping + effect.helped}
    for key in sorted(named - keys):
        yield f"A rule names the segment “{key}”, which is not on the canvas."
    fairness = problem.rules.fairness
    if fairness is not None and not 0 <= fairness <= 1:
        yield f"The fairness floor is {fairness}: give a share between 0 and 1."
    if problem.rules.change_limit is not None and problem.rules.change_limit < 0:
        yield "The change limit is below zero: give how many offers may change."


def _touchpoint(touchpoint: Touchpoint, problem: Problem) -> Iterator[str]:
    qualities = {quality.key for quality in problem.qualities}
    if not touchpoint.upkeep:
        yield f"{touchpoint.name}: give what running it costs."
    for quality, upkeep in touchpoint.upkeep.items():
        if quality not in qualities:
            yield f"{touchpoint.name}: the quality “{quality}” is not known."
        if not _amount(upkeep.cost):
            yield f"{touchpoint.name}: its upkeep must be zero or more."
        yield from _skills(touchpoint.name, upkeep.hours, problem)


def _segment(segment: Segment, problem: Problem) -> Iterator[str]:
    figures = (
        ("the number of customers", segment.size),
        ("the contacts a year", segment.contacts),
        ("the loss of an unmet contact", segment.unmet_loss),
        ("the cost of a contact", segment.contact_cost),
    )
    for name, figure in figures:
        if not _amount(figure.value):
            yield f"{segment.name}: {name} must be zero or more."
        yield from _interval(f"{segment.name}: {name}", figure)
    if not math.isfinite(segment.value.value):
        yield f"{segment.name}: the value of a customer is not a number."
    if not 0 <= segment.unmet_limit <= 1:
        yield f"{segment.name}: the share of contacts that may stay unmet must be from 0 to 1."
    known = {touchpoint.key for touchpoint in problem.touchpoints}
    for key in sorted(segment.reach.keys() - known):
        yield f"{segment.name}: the touchpoint “{key}” is not in the registry."
    yield from _skills(segment.name, segment.contact_hours, problem)
    for kind, offer in segment.offers.items():
        if kind not in problem.types:
            yield f"The company's cost of running {kind.value.replace('_', '-')} is missing."
        yield from _offer(f"{segment.name}, {kind.value.replace('_', '-')}", offer, problem)


def _offer(where: str, offer: Offer, problem: Problem) -> Iterator[str]:
    if offer.owed and offer.forbidden:
        yield f"{where}: it is both promised and forbidden: drop one of the two."
    if not 0.35 <= offer.preference <= 1.65:
        yield f"{where}: the preference is {offer.preference}: give 0.35 to 1.65."
    if not _falling(offer.response) or sum(piece.width for piece in offer.response) < 1 - 1e-9:
        yield f"{where}: the response must flatten and reach full intensity."
    if offer.minimum is not None and not 0 <= offer.minimum <= 1:
        yield f"{where}: the least intensity must be from 0 to 1."
    if not _amount(offer.cost.value) or not _amount(offer.setup):
        yield f"{where}: costs must be zero or more."
    for figure in (offer.uplift, offer.resolved, offer.cost):
        yield from _interval(where, figure)
    yield from _skills(where, offer.hours, problem)


def _skills(where: str, used: Iterable[str], problem: Problem) -> Iterator[str]:
    known = {skill.key for skill in problem.skills}
    for key in sorted(set(used) - known):
        yield f"{where}: it needs hours of “{key}”, a skill without hours: add it."


def _interval(where: str, figure: Estimate) -> Iterator[str]:
    if not math.isfinite(figure.value):
        yield f"{where}: a figure is not a number."
    if figure.low is not None and figure.low > figure.value + 1e-9:
        yield f"{where}: the low end {figure.low:g} lies above the estimate {figure.value:g}."
    if figure.high is not None and figure.high < figure.value - 1e-9:
        yield f"{where}: the high end {figure.high:g} lies below the estimate {figure.value:g}."


def _amount(value: float) -> bool:
    return math.isfinite(value) and value >= 0


def _falling(pieces: tuple[Piece, ...]) -> bool:
    slopes = [piece.slope for piece in pieces]
    return bool(slopes) and slopes == sorted(slopes, reverse=True)
