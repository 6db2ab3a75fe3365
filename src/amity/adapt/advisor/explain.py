"""Everything a manager is told about a plan (DOMAIN.md 3.10), the most valuable first.

Explaining is budgeted: whatever the time does not allow is left out and `complete` says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from amity.adapt.advisor import words
from amity.adapt.advisor.advise import Solved
from amity.adapt.advisor.model import possible_types
from amity.adapt.advisor.plan import SegmentPlan, Term, TermKind
from amity.adapt.advisor.problem import Segment
from amity.adapt.advisor.questions import Alternative, Price, Questioner, WhyNot
from amity.adapt.advisor.simulate import Spread, draw_world, simulate, spread
from amity.adapt.advisor.solver import Effort, Progress
from amity.base.results import Grade
from amity.base.vocabulary import RelationshipType


@dataclass(frozen=True, slots=True)
class Change:
    """One step from today's policy to the plan."""

    segment: str
    type: RelationshipType
    action: str  # "start", "stop", "raise" or "lower"
    before: float
    after: float
    owner: str  # the skill that does it, or empty
    sentence: str


@dataclass(frozen=True, slots=True)
class Experiment:
    """An effect whose interval turns the decision: worth knowing before acting."""

    segment: str
    type: RelationshipType
    at_stake: float
    sentence: str


@dataclass(frozen=True, slots=True)
class SegmentExplanation:
    """One screen: decision, money, why, why not the other, what would change it, what to do."""

    key: str
    decision: str
    money: str
    net: Spread
    assumption_share: float
    drivers: tuple[str, ...]  # preference and cost, always the first two things said
    why: tuple[Term, ...]
    why_sentences: tuple[str, ...]
    why_not: tuple[WhyNot, ...]
    why_not_sentences: tuple[str, ...]
    stability: tuple[str, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The plan explained, for the company and segment by segment."""

    segments: tuple[SegmentExplanation, ...]
    prices: tuple[Price, ...]
    binding: tuple[str, ...]
    alternatives: tuple[Alternative, ...]
    alternative_sentences: tuple[str, ...]
    experiments: tuple[Experiment, ...]
    net: Spread
    complete: bool

    def segment(self, key: str) -> SegmentExplanation:
        """The explanation of one segment.

        Raises:
            KeyError: there is none.
        """
        for item in self.segments:
            if item.key == key:
                return item
        raise KeyError(key)


def explain(solved: Solved, effort: Effort | None = None) -> Explanation:
    """The plan explained within the effort's seconds."""
    effort = effort or Effort(seconds=30.0)
    explainer = _Explainer(solved, effort)
    explainer.prices()
    explainer.refusals()
    explainer.alternatives()
    return explainer.explanation()


class _Explainer:
    def __init__(self, solved: Solved, effort: Effort) -> None:
        self.solved, self.effort = solved, effort
        self.asking = Questioner(solved, effort.seconds)
        self.found_prices: list[Price] = []
        self.found_alternatives: list[Alternative] = []
        self.found: dict[tuple[str, RelationshipType], WhyNot] = {}
        self.complete = True

    def over(self) -> bool:
        stop = self.effort.stop
        return self.asking.left <= 0 or (stop is not None and stop())

    def tell(self, step: str, done: int, total: int) -> None:
        if self.effort.report is not None:
            plan = self.solved.plan
            seconds = self.effort.seconds - self.asking.left
            self.effort.report(Progress(step, plan.net, plan.bound, seconds, done, total))

    def prices(self) -> None:
        total = len(self.solved.program.resources)
        for price in self.asking.prices():
            self.found_prices.append(price)
            self.tell("Pricing what is scarce", len(self.found_prices), total)

    def refusals(self) -> None:
        asked = list(self._in_order())
        for done, (segment, kind) in enumerate(asked):
            if self.over():
                self.complete = False
                return
            self.tell("Asking why not the other", done, len(asked))
            self.found[segment, kind] = self.asking.why_not(segment, kind)

    def _in_order(self) -> Iterator[tuple[str, RelationshipType]]:
        """Refused types first, then chosen ones; the segments with most at stake first."""
        problem, plan = self.solved.problem, self.solved.plan
        ranked = sorted(problem.segments, key=lambda segment: -abs(segment.worth))
        for chosen in (False, True):
            for segment in ranked:
                mix = plan.segment(segment.key).mix
                for kind in segment.offers:
                    if kind in possible_types(problem, segment) and (kind in mix) is chosen:
                        yield segment.key, kind

    def alternatives(self) -> None:
        if self.over():
            self.complete = False
            return
        self.tell("Looking for plans that are nearly as good", 0, 2)
        self.found_alternatives = list(self.asking.alternatives())

    def explanation(self) -> Explanation:
        solved = self.solved
        world = draw_world(solved.problem)
        simulated = simulate(solved.problem, solved.program, self.asking.values, world)
        segments = tuple(
            self._segment(segment, spread(simulated.segments[segment.key]))
            for segment in solved.problem.segments
        )
        currency = solved.problem.currency
        return Explanation(
            segments=segments,
            prices=tuple(self.found_prices),
            binding=tuple(
                words.binding(price, currency) for price in self.found_prices if price.first > 0
            ),
            alternatives=tuple(self.found_alternatives),
            alternative_sentences=tuple(
                words.alternative(item, solved.problem) for item in self.found_alternatives
            ),
            experiments=tuple(self._experiments()),
            net=simulated.spread,
            complete=self.complete,
        )

    def _segment(self, segment: Segment, net: Spread) -> SegmentExplanation:
        problem, plan = self.solved.problem, self.solved.plan.segment(segment.key)
        share = assumption_share(segment, plan)
        asked = [item for (key, _), item in self.found.items() if key == segment.key]
        asked.sort(key=lambda item: (item.chosen, item.loss is None, item.loss or 0.0))
        top = plan.terms[:3]
        return SegmentExplanation(
            key=segment.key,
            decision=words.decision(segment, plan),
            money=words.money(plan, net, share, problem.currency, self.solved.plan.names),
            net=net,
            assumption_share=share,
            drivers=words.drivers(segment, plan, problem),
            why=top,
            why_sentences=tuple(words.reason(term, problem.currency) for term in top),
            why_not=tuple(asked),
            why_not_sentences=tuple(words.why_not(item, problem) for item in asked),
            stability=tuple(said for item in asked if (said := words.stability(item))),
            changes=tuple(changes(segment, plan)),
        )

    def _experiments(self) -> list[Experiment]:
        shaky = [item for item in self.found.values() if item.stable is False]
        shaky.sort(key=lambda item: -(item.loss or 0.0))
        return [
            Experiment(
                item.segment,
                item.type,
                item.loss or 0.0,
                words.experiment(item, self.solved.problem),
            )
            for item in shaky[:10]
        ]


def assumption_share(segment: Segment, plan: SegmentPlan) -> float:
    """The share of the plan's amounts for this segment that rest on grade D figures."""
    assumed = known = 0.0
    for term in plan.terms:
        amount = abs(term.amount)
        if _grade_of(segment, term) is Grade.D:
            assumed += amount
        else:
            known += amount
    return assumed / (assumed + known) if assumed + known else 0.0


def _grade_of(segment: Segment, term: Term) -> Grade:
    grades = [segment.size.grade]
    if term.kind is TermKind.UPLIFT:
        grades += [segment.value.grade, segment.offers[RelationshipType(term.about)].uplift.grade]
    elif term.kind is TermKind.COVERAGE:
        grades += [segment.value.grade, *(worth.grade for worth in segment.stages.values())]
    elif term.kind is TermKind.OFFER:
        grades.append(segment.offers[RelationshipType(term.about)].cost.grade)
    elif term.kind is TermKind.CONTACTS:
        grades += [segment.contacts.grade, segment.contact_cost.grade]
    elif term.kind in {TermKind.UNMET, TermKind.BREACH}:
        grades += [segment.contacts.grade, segment.unmet_loss.grade]
    elif term.kind is TermKind.OVERLOAD:
        grades.append(segment.overload.grade)
    return max(grades)


def changes(segment: Segment, plan: SegmentPlan) -> Iterator[Change]:
    """The steps from today's mix to the plan's; changes under five points are none."""
    for kind in RelationshipType:
        before, after = segment.today.get(kind, 0.0), plan.mix.get(kind, 0.0)
        if abs(after - before) < 0.05 and (before > 0) == (after > 0):
            continue
        action = "start" if not before else "stop" if not after else "raise"
        action = "lower" if action == "raise" and after < before else action
        offer = segment.offers.get(kind)
        owner = max(offer.hours, key=lambda skill: offer.hours[skill], default="") if offer else ""
        said = words.change(action, kind, segment, before=before, after=after, owner=owner)
        yield Change(segment.key, kind, action, before, after, owner, said)
