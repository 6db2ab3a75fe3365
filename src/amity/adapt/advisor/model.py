"""The mixed-integer program of a problem: columns, rows and what each stands for.

Names follow the published model: z type run by the company, w touchpoint run at a quality, y type
offered to a segment, u touchpoint opened for a segment; pieces of response (xi), coverage (mu),
saturation (e); assisted contacts A, unmet W, breach br. Slopes fall, so the pieces need no
binaries. Each response piece is bounded by its own y (the perspective form), which is much tighter
than bounding the whole intensity.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from amity.adapt.advisor.checks import check
from amity.adapt.advisor.problem import (
    ASSISTED,
    Offer,
    Piece,
    Problem,
    Segment,
    TypeSetting,
)
from amity.base.vocabulary import RelationshipType, Stage

INFINITE = float("inf")
BREACH_FACTOR = 5.0  # a contact beyond the promise weighs five times an allowed unmet one
STAGE_PRICE = 0.02  # a stage without any touchpoint weighs at least this share of value
OWED_PRICE = 0.10  # a type owed and not offered weighs at least this share of value

Cell = tuple[str, RelationshipType]


@dataclass(slots=True)
class Columns:
    """Which column of the program stands for which decision."""

    run: dict[RelationshipType, int] = field(default_factory=dict)
    touchpoint: dict[tuple[str, str], int] = field(default_factory=dict)
    integration: list[int] = field(default_factory=list)
    offer: dict[Cell, int] = field(default_factory=dict)
    pieces: dict[Cell, tuple[int, ...]] = field(default_factory=dict)
    opened: dict[tuple[str, str, str], int] = field(default_factory=dict)
    covered: dict[tuple[str, Stage], tuple[int, ...]] = field(default_factory=dict)
    gained: dict[str, tuple[int, ...]] = field(default_factory=dict)
    assisted: dict[str, int] = field(default_factory=dict)
    unmet: dict[str, int] = field(default_factory=dict)
    breach: dict[str, int] = field(default_factory=dict)
    overload: dict[str, int] = field(default_factory=dict)
    stage_gap: dict[tuple[str, Stage], int] = field(default_factory=dict)
    owed_gap: dict[Cell, int] = field(default_factory=dict)
    served_gap: dict[str, int] = field(default_factory=dict)
    shortage: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Program:
    """A mixed-integer program to maximize, in rows; `unit` scales the gain to money."""

    columns: Columns
    gain: NDArray[np.float64]
    spend: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    integer: NDArray[np.bool_]
    row_lower: NDArray[np.float64]
    row_upper: NDArray[np.float64]
    row_start: NDArray[np.int32]
    row_index: NDArray[np.int32]
    row_value: NDArray[np.float64]
    resources: Mapping[str, int]  # "budget", "hours:<skill>", "changes" -> row
    marks: Mapping[str, int]  # "uplift:<segment>", "contacts:<segment>" -> row
    unit: float
    floor: int  # the row of the gain itself, free until a search asks for more than it has

    @property
    def size(self) -> tuple[int, int, int]:
        """Variables, of which binary, and rows."""
        return len(self.gain), int(self.integer.sum()), len(self.row_lower)


def minimum_intensity(offer: Offer, setting: TypeSetting) -> float:
    """The least intensity at which this offer is real."""
    return setting.minimum if offer.minimum is None else offer.minimum


def response_slopes(offer: Offer) -> tuple[float, ...]:
    """Uplift per intensity in each piece; harm is taken as linear, so it is never understated."""
    effect = offer.effect
    if effect < 0:
        return tuple(effect for _ in offer.response)
    return tuple(effect * piece.slope for piece in offer.response)


def stage_price(segment: Segment) -> float:
    """What the plan pays for leaving a stage of the segment without any touchpoint."""
    return max(STAGE_PRICE * abs(segment.worth), 0.2 * _contact_price(segment))


def owed_price(segment: Segment) -> float:
    """What the plan pays for not offering a type that is owed to the segment."""
    return max(OWED_PRICE * abs(segment.worth), _contact_price(segment))


def _contact_price(segment: Segment) -> float:
    lost = segment.contacts.value * segment.unmet_loss.value * segment.size.value
    return BREACH_FACTOR * lost * segment.horizon


def build(problem: Problem, *, elastic: bool = False, promises: bool = True) -> Program:
    """The program of `problem`.

    With `elastic` the resources may be exceeded at a price and the promises are hard, unless
    `promises` is false: the answer then says which resource is short by how much, and the gain is
    minus that shortage in money.

    Raises:
        ProblemError: the inputs cannot be planned with.
    """
    check(problem)
    builder = _Builder(problem, elastic=elastic, hard=elastic and promises)
    builder.company()
    for segment in problem.segments:
        builder.segment(segment)
    builder.shared()
    return builder.finish()


class _Builder:
    def __init__(self, problem: Problem, *, elastic: bool, hard: bool) -> None:
        self.problem = problem
        self.elastic = elastic
        self.hard = hard  # promises without a priced way out
        self.columns = Columns()
        self.gain: list[float] = []
        self.spend: list[float] = []
        self.upper: list[float] = []
        self.integer: list[bool] = []
        self.hours: dict[str, dict[int, float]] = {skill.key: {} for skill in problem.skills}
        self.row_lower: list[float] = []
        self.row_upper: list[float] = []
        self.row_start: list[int] = [0]
        self.row_index: list[int] = []
        self.row_value: list[float] = []
        self.resources: dict[str, int] = {}
        self.marks: dict[str, int] = {}
        self.touchpoints = {touchpoint.key: touchpoint for touchpoint in problem.touchpoints}

    # Bricks

    def column(
        self,
        gain: float = 0.0,
        *,
        spend: float = 0.0,
        upper: float = INFINITE,
        binary: bool = False,
        hours: Mapping[str, float] | None = None,
        times: float = 1.0,
    ) -> int:
        index = len(self.gain)
        self.gain.append(gain)
        self.spend.append(spend)
        self.upper.append(1.0 if binary else upper)
        self.integer.append(binary)
        for skill, amount in (hours or {}).items():
            if amount * times:
                self.hours[skill][index] = amount * times
        return index

    def row(
        self,
        terms: Iterable[tuple[int, float]],
        lower: float = -INFINITE,
        upper: float = INFINITE,
    ) -> int:
        for index, value in terms:
            if value:
                self.row_index.append(index)
                self.row_value.append(value)
        self.row_start.append(len(self.row_index))
        self.row_lower.append(lower)
        self.row_upper.append(upper)
        return len(self.row_lower) - 1

    # The company

    def company(self) -> None:
        problem, wages = self.problem, self.problem.wages
        for kind, setting in problem.types.items():
            yearly = setting.fixed_cost + _labor(setting.fixed_hours, wages)
            self.columns.run[kind] = self.column(
                -yearly * problem.horizon, spend=yearly, binary=True, hours=setting.fixed_hours
            )
        for touchpoint in problem.touchpoints:
            versions = []
            for quality, upkeep in touchpoint.upkeep.items():
                yearly = upkeep.cost + _labor(upkeep.hours, wages)
                index = self.column(
                    -yearly * problem.horizon, spend=yearly, binary=True, hours=upkeep.hours
                )
                self.columns.touchpoint[touchpoint.key, quality] = index
                versions.append((index, 1.0))
            self.row(versions, 1.0 if touchpoint.must_run else -INFINITE, 1.0)
        self._integration()

    def _integration(self) -> None:
        pieces = _reaching(self.problem.integration, len(self.problem.touchpoints))
        for piece in pieces:
            yearly = piece.slope
            self.columns.integration.append(
                self.column(-yearly * self.problem.horizon, spend=yearly, upper=piece.width)
            )
        if pieces:
            opened = [(index, 1.0) for index in self.columns.touchpoint.values()]
            effort = [(index, -1.0) for index in self.columns.integration]
            self.row(opened + effort, 0.0, 0.0)

    # One segment

    def segment(self, segment: Segment) -> None:
        for kind in self.problem.types:
            offer = segment.offers.get(kind)
            if offer is not None and not offer.forbidden:
                self._offer(segment, kind, offer)
        for touchpoint_key, reach in segment.reach.items():
            touchpoint = self.touchpoints[touchpoint_key]
            if touchpoint.stages & segment.stages.keys():
                for quality in touchpoint.upkeep:
                    index = self.column(-reach.opening, spend=reach.opening, binary=True)
                    self.columns.opened[segment.key, touchpoint_key, quality] = index
                    run = self.columns.touchpoint[touchpoint_key, quality]
                    self.row([(index, 1.0), (run, -1.0)], upper=0.0)
        for kind in self.problem.types:
            self._carried(segment, kind)
        if segment.served:
            self._served(segment)
        self._coverage(segment)
        self._uplift(segment)
        self._contacts(segment)
        self._overload(segment)

    def _offer(self, segment: Segment, kind: RelationshipType, offer: Offer) -> None:
        size = segment.size.value
        offered = self.column(-offer.setup, spend=offer.setup, binary=True)
        self.columns.offer[segment.key, kind] = offered
        yearly = size * offer.cost.value
        pieces = []
        for piece in offer.response:
            index = self.column(
                -yearly * segment.horizon,
                spend=yearly,
                upper=piece.width,
                hours=offer.hours,
                times=size,
            )
            self.row([(index, 1.0), (offered, -piece.width)], upper=0.0)
            pieces.append(index)
        self.columns.pieces[segment.key, kind] = tuple(pieces)
        least = minimum_intensity(offer, self.problem.types[kind])
        self.row([(index, 1.0) for index in pieces] + [(offered, -least)], lower=0.0)
        self.row([(offered, 1.0), (self.columns.run[kind], -1.0)], upper=0.0)
        if offer.owed:
            hard = self.hard and kind in possible_types(self.problem, segment)
            missing = self.column(-owed_price(segment), upper=0.0 if hard else 1.0)
            self.columns.owed_gap[segment.key, kind] = missing
            self.row([(offered, 1.0), (missing, 1.0)], lower=1.0)

    def _carried(self, segment: Segment, kind: RelationshipType) -> None:
        offered = self.columns.offer.get((segment.key, kind))
        if offered is None:
            return
        carriers = [
            (index, -1.0)
            for key, _, index in self._opened(segment)
            if kind in self.touchpoints[key].carries
        ]
        self.row([(offered, 1.0), *carriers], upper=0.0)

    def _served(self, segment: Segment) -> None:
        hard = self.hard and bool(possible_types(self.problem, segment))
        missing = self.column(-owed_price(segment), upper=0.0 if hard else 1.0)
        self.columns.served_gap[segment.key] = missing
        offered = [
            (index, 1.0) for (key, _), index in self.columns.offer.items() if key == segment.key
        ]
        self.row([*offered, (missing, 1.0)], lower=1.0)

    def _opened(self, segment: Segment) -> list[tuple[str, str, int]]:
        return [
            (key, quality, self.columns.opened[segment.key, key, quality])
            for key in segment.reach
            for quality in self.touchpoints[key].upkeep
            if (segment.key, key, quality) in self.columns.opened
        ]

    def _coverage(self, segment: Segment) -> None:
        reach = {quality.key: quality.reach for quality in self.problem.qualities}
        for stage in segment.stages:
            opened = [
                (index, segment.reach[key].fit.value * reach[quality])
                for key, quality, index in self._opened(segment)
                if stage in self.touchpoints[key].stages
            ]
            pieces = tuple(self.column(upper=piece.width) for piece in self.problem.coverage)
            self.columns.covered[segment.key, stage] = pieces
            covered = [(index, 1.0) for index in pieces]
            self.row(covered + [(index, -amount) for index, amount in opened], upper=0.0)
            hard = self.hard and bool(opened)
            gap = self.column(-stage_price(segment), upper=0.0 if hard else 1.0)
            self.columns.stage_gap[segment.key, stage] = gap
            self.row([(index, 1.0) for index, _ in opened] + [(gap, 1.0)], lower=1.0)

    def _uplift(self, segment: Segment) -> None:
        value = segment.size.value * self.problem.credited_value(segment)
        gained = tuple(
            self.column(value * piece.slope, upper=piece.width) for piece in self.problem.saturation
        )
        self.columns.gained[segment.key] = gained
        terms = [(index, 1.0) for index in gained]
        for kind in self.problem.types:
            pieces = self.columns.pieces.get((segment.key, kind), ())
            if pieces:
                slopes = response_slopes(segment.offers[kind])
                terms += [(i, -slope) for i, slope in zip(pieces, slopes, strict=True)]
        for stage, worth in segment.stages.items():
            pieces = self.columns.covered[segment.key, stage]
            terms += [
                (index, -worth.value * piece.slope)
                for index, piece in zip(pieces, self.problem.coverage, strict=True)
            ]
        self.marks[f"uplift:{segment.key}"] = self.row(terms, upper=0.0)

    def _contacts(self, segment: Segment) -> None:
        size, need = segment.size.value, segment.contacts.value
        cost, lost = segment.contact_cost.value * size, segment.unmet_loss.value * size
        columns, key = self.columns, segment.key
        columns.assisted[key] = self.column(
            -cost * segment.horizon,
            spend=cost,
            upper=need,
            hours=segment.contact_hours,
            times=size,
        )
        columns.unmet[key] = self.column(
            -lost * segment.horizon, upper=allowed_unmet(self.problem, segment)
        )
        columns.breach[key] = self.column(
            -BREACH_FACTOR * lost * segment.horizon,
            upper=unanswerable(self.problem, segment) if self.hard else INFINITE,
        )
        met = [(columns.assisted[key], 1.0), (columns.unmet[key], 1.0), (columns.breach[key], 1.0)]
        for kind, offer in segment.offers.items():
            pieces = columns.pieces.get((key, kind), ())
            met += [(index, offer.resolved.value) for index in pieces]
        self.marks[f"contacts:{key}"] = self.row(met, lower=need)
        people = [
            (columns.offer[key, kind], -need) for kind in ASSISTED if (key, kind) in columns.offer
        ]
        self.row([(columns.assisted[key], 1.0), *people], upper=0.0)

    def _overload(self, segment: Segment) -> None:
        loss = segment.overload.value * segment.worth
        opened = self._opened(segment)
        if loss > 0 and len(opened) > segment.comfortable:
            index = self.column(-loss)
            self.columns.overload[segment.key] = index
            self.row(
                [(index, 1.0)] + [(item, -1.0) for _, _, item in opened],
                lower=-float(segment.comfortable),
            )

    # What segments share

    def shared(self) -> None:
        problem = self.problem
        if problem.budget is not None:
            terms = [(index, value) for index, value in enumerate(self.spend) if value]
            self._resource("budget", terms, problem.budget, price=1.0)
        for skill in problem.skills:
            used = list(self.hours[skill.key].items())
            price = max(skill.wage, 1.0)
            self._resource(f"hours:{skill.key}", used, skill.hours, price=price)
        self._changes()
        for group in problem.rules.equal:
            for kind in problem.types:
                self._equal(group, kind)

    def _resource(
        self, name: str, terms: list[tuple[int, float]], limit: float, *, price: float
    ) -> None:
        if self.elastic:
            short = self.column(-price)
            self.columns.shortage[name] = short
            terms = [*terms, (short, -1.0)]
        self.resources[name] = self.row(terms, upper=limit)

    def _changes(self) -> None:
        limit = self.problem.rules.change_limit
        if limit is None:
            return
        terms, already = [], 0
        for segment in self.problem.segments:
            for kind in self.problem.types:
                index = self.columns.offer.get((segment.key, kind))
                if index is None:
                    continue
                now = segment.today.get(kind, 0.0) > 0
                already += now
                terms.append((index, -1.0 if now else 1.0))
        self._resource("changes", terms, float(limit - already), price=1.0)

    def _equal(self, group: tuple[str, ...], kind: RelationshipType) -> None:
        offered = [self.columns.offer.get((key, kind)) for key in group]
        present = [index for index in offered if index is not None]
        for index in present:
            if len(present) < len(group):  # one of them may not have it, so none may
                self.upper[index] = 0.0
            elif index != present[0]:
                self.row([(index, 1.0), (present[0], -1.0)], 0.0, 0.0)

    def finish(self) -> Program:
        gain = np.array(self.gain)
        if self.elastic:
            kept = np.zeros_like(gain)
            kept[list(self.columns.shortage.values())] = gain[list(self.columns.shortage.values())]
            gain = kept
        worth = sum(abs(segment.worth) for segment in self.problem.segments)
        unit = max(worth / 1e5, 1.0)
        floor = self.row(enumerate((gain / unit).tolist()))
        return Program(
            columns=self.columns,
            gain=gain / unit,
            spend=np.array(self.spend),
            lower=np.zeros(len(gain)),
            upper=np.array(self.upper),
            integer=np.array(self.integer, dtype=bool),
            row_lower=np.array(self.row_lower),
            row_upper=np.array(self.row_upper),
            row_start=np.array(self.row_start, dtype=np.int32),
            row_index=np.array(self.row_index, dtype=np.int32),
            row_value=np.array(self.row_value),
            resources=self.resources,
            marks=self.marks,
            unit=unit,
            floor=floor,
        )


def allowed_unmet(problem: Problem, segment: Segment) -> float:
    """Contacts a customer and year that may stay unmet without breaking a promise."""
    share = segment.unmet_limit
    if problem.rules.fairness is not None:
        share = min(share, 1.0 - problem.rules.fairness)
    return share * segment.contacts.value


def possible_types(problem: Problem, segment: Segment) -> frozenset[RelationshipType]:
    """The types that some touchpoint within the segment's reach can carry and nothing forbids."""
    carried = {
        kind
        for touchpoint in problem.touchpoints
        if touchpoint.key in segment.reach and touchpoint.stages & segment.stages.keys()
        for kind in touchpoint.carries
    }
    return frozenset(
        kind
        for kind, offer in segment.offers.items()
        if kind in carried and kind in problem.types and not offer.forbidden
    )


def unanswerable(problem: Problem, segment: Segment) -> float:
    """Contacts a customer and year that no possible type could answer, however many hours."""
    possible = possible_types(problem, segment)
    if possible & set(ASSISTED):
        return 0.0
    resolved = sum(segment.offers[kind].resolved.value for kind in possible)
    return max(0.0, segment.contacts.value - allowed_unmet(problem, segment) - resolved)


def _labor(hours: Mapping[str, float], wages: Mapping[str, float]) -> float:
    return sum(amount * wages[skill] for skill, amount in hours.items())


def _reaching(pieces: tuple[Piece, ...], count: int) -> tuple[Piece, ...]:
    """The pieces, the last one made long enough to hold `count`."""
    if not pieces:
        return ()
    missing = max(0.0, count - sum(piece.width for piece in pieces))
    last = pieces[-1]
    return (*pieces[:-1], Piece(last.slope, last.width + missing))
