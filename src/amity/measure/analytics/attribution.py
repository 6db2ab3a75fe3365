"""Who touched the customers that converted: descriptions of paths, side by side.

None of these is causal: each rewards a channel that chases decided buyers (retargeting), so they
stand beside each other and below what a hold-out says, and never feed a decision by themselves.

A path ends at a conversion or in silence; the silent ones (nulls) are kept, since the removal
effects mean nothing without them. Credits of every rule but the removal effects sum to the
conversions given.

Sources: Anderl, Becker, von Wangenheim and Schumann, "Mapping the customer journey", Int. J. of
Research in Marketing 33 (2016), for the Markov removal effect; Shapley, "A value for n-person
games" (1953).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from amity.measure.analytics.arrays import Floats, Ints, floats, ints

Credit = dict[str, float]
State = tuple[str, ...]
MOST_PLAYERS = 16  # the general Shapley value visits 2^n coalitions


@dataclass(frozen=True, slots=True)
class Paths:
    """Distinct paths with how often they were walked: `conversions` times to the end, `nulls` not.

    `steps` has one tuple of channel names a path; `conversions` and `nulls` are counts (or
    weights) of the same length.

    Raises:
        ValueError: the lengths differ, a path is empty, or a count is negative or not a number.
    """

    steps: tuple[State, ...]
    conversions: Floats
    nulls: Floats

    def __post_init__(self) -> None:
        if not len(self.steps) == len(self.conversions) == len(self.nulls):
            raise ValueError("Every path needs its conversions and its nulls.")
        if not all(self.steps):
            raise ValueError("A path has at least one channel.")
        counts = np.concatenate((self.conversions, self.nulls))
        if not (np.isfinite(counts).all() and (counts >= 0).all()):
            raise ValueError("Conversions and nulls are numbers from 0 up.")

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel that occurs, in alphabetical order."""
        return tuple(sorted({channel for path in self.steps for channel in path}))


def paths_of(
    customer: Ints, moment: Ints, channel: Sequence[str], converted: Sequence[bool]
) -> Paths:
    """Paths of a log of touches: each conversion ends one, what follows begins the next.

    Args:
        customer: who was touched, shape (touches,).
        moment: when, any increasing number; ties keep their order.
        channel: the channel of each touch.
        converted: whether the customer converted at this touch.
    """
    order = np.lexsort((moment, customer))
    found: dict[State, list[float]] = {}
    walked: list[str] = []
    before = None
    for row in order.tolist():
        if customer[row] != before and walked:
            found.setdefault(tuple(walked), [0.0, 0.0])[1] += 1
            walked = []
        before = customer[row]
        walked.append(channel[row])
        if converted[row]:
            found.setdefault(tuple(walked), [0.0, 0.0])[0] += 1
            walked = []
    if walked:
        found.setdefault(tuple(walked), [0.0, 0.0])[1] += 1
    counts = floats(list(found.values())).reshape(len(found), 2)
    return Paths(tuple(found), counts[:, 0], counts[:, 1])


@dataclass(frozen=True, slots=True)
class Journeys:
    """Paths of touches that led to a conversion or into silence; `untouched` conversions had none.

    The conversion is no step of its path.
    """

    paths: Paths
    untouched: int


def journeys_of(
    customer: Ints, moment: Ints, channel: Sequence[str], converted: Sequence[bool], silence: int
) -> Journeys:
    """Journeys of a log of touches and conversions, in the order of customers and moments.

    Args:
        customer: whose row it is, ascending, shape (rows,).
        moment: when, ascending within a customer.
        channel: the channel of each touch; that of a conversion is not read.
        converted: whether the row is a conversion.
        silence: a longer gap, in the unit of `moment`, ends a path without a conversion.
    """
    found: dict[State, list[float]] = {}
    walked: list[str] = []
    untouched, who, when = 0, -1, 0
    for one, at, name, is_conversion in zip(
        customer.tolist(), moment.tolist(), channel, converted, strict=True
    ):
        if walked and (one != who or at - when > silence):
            found.setdefault(tuple(walked), [0.0, 0.0])[1] += 1
            walked = []
        who, when = one, at
        if not is_conversion:
            walked.append(name)
        elif walked:
            found.setdefault(tuple(walked), [0.0, 0.0])[0] += 1
            walked = []
        else:
            untouched += 1
    if walked:
        found.setdefault(tuple(walked), [0.0, 0.0])[1] += 1
    counts = floats(list(found.values())).reshape(len(found), 2)
    return Journeys(Paths(tuple(found), counts[:, 0], counts[:, 1]), untouched)


def first_touch(paths: Paths) -> Credit:
    """All credit to the channel that began the path."""
    return _by_step(paths, lambda _path: {0: 1.0})


def last_touch(paths: Paths) -> Credit:
    """All credit to the channel that ended the path."""
    return _by_step(paths, lambda path: {len(path) - 1: 1.0})


def linear(paths: Paths) -> Credit:
    """The same credit to every touch of the path."""
    return _by_step(paths, lambda path: dict.fromkeys(range(len(path)), 1.0 / len(path)))


def position(paths: Paths, first: float = 0.4, last: float = 0.4) -> Credit:
    """`first` to the first touch, `last` to the last, the rest evenly to those between.

    Where nothing is between them, the two share in the ratio of their weights.

    Raises:
        ValueError: the weights are negative, both zero, or more than 1 together.
    """
    if min(first, last) < 0 or not 0 < first + last <= 1:
        raise ValueError("The weights of first and last touch are 0 to 1, together at most 1.")

    def shares(path: State) -> dict[int, float]:
        if len(path) == 1:
            return {0: 1.0}
        if len(path) == 2:
            return {0: first / (first + last), 1: last / (first + last)}
        between = (1.0 - first - last) / (len(path) - 2)
        return {0: first, **dict.fromkeys(range(1, len(path) - 1), between), len(path) - 1: last}

    return _by_step(paths, shares)


def _by_step(paths: Paths, shares: Callable[[State], Mapping[int, float]]) -> Credit:
    credit = dict.fromkeys(paths.channels, 0.0)
    for path, conversions in zip(paths.steps, paths.conversions.tolist(), strict=True):
        if conversions:
            for step, share in shares(path).items():
                credit[path[step]] += share * conversions
    return credit


def shapley(paths: Paths) -> Credit:
    """Shapley credit where a coalition is worth the conversions of the paths inside it.

    That game is a sum of unanimity games, one a path, so that its value is exact for any number
    of channels: each path's conversions are shared evenly among its distinct channels.
    """
    credit = dict.fromkeys(paths.channels, 0.0)
    for path, conversions in zip(paths.steps, paths.conversions.tolist(), strict=True):
        distinct = set(path)
        for channel in distinct:
            credit[channel] += conversions / len(distinct)
    return credit


def shapley_value(players: Sequence[str], worth: Callable[[frozenset[str]], float]) -> Credit:
    """The Shapley value of any game of at most 16 players.

    Raises:
        ValueError: there are more.
    """
    n = len(players)
    if n > MOST_PLAYERS:
        raise ValueError(f"{n} players make 2^{n} coalitions; at most {MOST_PLAYERS} are visited.")
    value = dict.fromkeys(players, 0.0)
    known = {
        coalition: worth(coalition)
        for size in range(n + 1)
        for coalition in map(frozenset, combinations(players, size))
    }
    for player in players:
        for coalition, alone in known.items():
            if player not in coalition:
                gain = known[coalition | {player}] - alone
                value[player] += gain / (n * comb(n - 1, len(coalition)))
    return value


@dataclass(frozen=True, slots=True)
class Markov:
    """Attribution by removal from a Markov chain of channels.

    `base` is the chance that a path converts; `removal` is, by channel, the share of conversions
    that vanish when each step into it ends in silence; `credit` shares the conversions in the
    ratio of the removal effects.
    """

    order: int
    base: float
    removal: Credit
    credit: Credit


def markov(paths: Paths, order: int = 1) -> Markov:
    """The Markov attribution of `order`; a channel that follows itself counts once.

    Raises:
        ValueError: the order is not positive.
    """
    if order < 1:
        raise ValueError("The order of a Markov chain is 1 or more.")
    chain = _chain(paths, order)
    total = float(paths.conversions.sum())
    base = chain.converting(np.ones(len(chain.states), dtype=np.bool_))
    channels = paths.channels
    if base <= 0:
        nothing = dict.fromkeys(channels, 0.0)
        return Markov(order, 0.0, nothing, dict(nothing))
    removal = {}
    for channel in channels:
        kept = np.array([channel not in state for state in chain.states])
        removal[channel] = 1.0 - chain.converting(kept) / base
    whole = sum(removal.values())
    credit = {channel: total * effect / whole for channel, effect in removal.items()}
    return Markov(order, base, removal, credit)


@dataclass(frozen=True, slots=True)
class _Chain:
    """Transition chances: between states, from the start into them, from them to conversion."""

    states: tuple[State, ...]
    between: Floats
    start: Floats
    end: Floats

    def converting(self, kept: np.typing.NDArray[np.bool_]) -> float:
        """The chance to convert when the states that are not kept end in silence."""
        inside = np.eye(int(kept.sum())) - self.between[np.ix_(kept, kept)]
        return float(self.start[kept] @ np.linalg.solve(inside, self.end[kept]))


def _chain(paths: Paths, order: int) -> _Chain:
    walks = [_states(path, order) for path in paths.steps]
    states = tuple(sorted({state for walk in walks for state in walk}))
    number = {state: place for place, state in enumerate(states)}
    between = np.zeros((len(states), len(states)))
    start, end, out = np.zeros((3, len(states)))
    weights = paths.conversions + paths.nulls
    for walk, weight, conversions in zip(
        walks, weights.tolist(), paths.conversions.tolist(), strict=True
    ):
        places = ints([number[state] for state in walk])
        start[places[0]] += weight
        end[places[-1]] += conversions
        np.add.at(between, (places[:-1], places[1:]), weight)
        np.add.at(out, places, weight)
    out[out == 0] = 1.0  # a path that was never walked leads nowhere
    return _Chain(states, between / out[:, None], start / max(start.sum(), 1e-300), end / out)


def _states(path: State, order: int) -> list[State]:
    """The last `order` channels at each step, repeats collapsed."""
    steps = [channel for i, channel in enumerate(path) if i == 0 or channel != path[i - 1]]
    return [tuple(steps[max(0, i - order + 1) : i + 1]) for i in range(len(steps))]
