"""The best plan of a program: branch on which types the company runs, then leave the rest to HiGHS.

Which types to run at all is six binaries with large fixed costs. The relaxation runs a fraction of
a type, so a general solver spends most of its time closing that gap. Branching on these six first
by plain linear programs, and asking the solver only whether one of the few sets that can still
win betters the best plan by more than the gap, is several times faster (benchmarks/advisor.py).
"""

import heapq
import itertools
import time
from dataclasses import dataclass, replace

import numpy as np

from amity.adapt.advisor.solver import Answer, Effort, Progress, Solver, Status, Vector


@dataclass(slots=True)
class _Search:
    solver: Solver
    effort: Effort
    began: float
    best: Answer
    lower: Vector
    upper: Vector
    proven: float = -np.inf  # the highest bound of the sets that are settled

    @property
    def left(self) -> float:
        return self.effort.seconds - (time.perf_counter() - self.began)

    @property
    def enough(self) -> float:
        """A set whose bound is not above this cannot better the plan by more than the gap."""
        if self.best.values is None:
            return -np.inf
        return self.best.net + self.effort.gap * abs(self.best.net)

    def over(self) -> bool:
        stop = self.effort.stop
        return self.left <= 0 or (stop is not None and stop())


def search(
    solver: Solver,
    effort: Effort,
    *,
    start: Vector | None = None,
    lower: Vector | None = None,
    upper: Vector | None = None,
) -> Answer:
    """The best plan within the effort; never worse than a feasible `start`."""
    program, began = solver.program, time.perf_counter()
    lower = program.lower if lower is None else lower
    upper = program.upper if upper is None else upper
    nothing = Answer(Status.STOPPED, None, -np.inf, np.inf, 0.0)
    state = _Search(solver, effort, began, nothing, lower, upper)
    if start is not None:
        net = float(program.gain @ start) * program.unit
        state.best = replace(nothing, values=start, net=net)
    open_bound = _branch(state)
    seconds = time.perf_counter() - began
    if state.best.values is None and open_bound == -np.inf and state.proven == -np.inf:
        return Answer(Status.INFEASIBLE, None, -np.inf, -np.inf, seconds)
    bound = max(open_bound, state.proven, state.best.net)
    done = bound <= max(state.enough, state.best.net + 1e-6)
    return Answer(
        Status.OPTIMAL if done else Status.STOPPED,
        state.best.values,
        state.best.net,
        bound,
        seconds,
    )


def _branch(state: _Search) -> float:
    """Works through the sets of types, the most promising first; answers the bound left open."""
    run = list(state.solver.program.columns.run.values())
    ticket = itertools.count()
    root = state.solver.linear(state.lower, state.upper)
    if root.values is None:
        return -np.inf
    queue = [(-root.net, next(ticket), state.lower, state.upper, root.values)]
    while queue:
        bound = -queue[0][0]
        if bound <= state.enough or state.over():
            return bound
        _tell(state, bound)
        _, _, lower, upper, values = heapq.heappop(queue)
        undecided = [column for column in run if lower[column] < upper[column]]
        if not undecided:
            _settle(state, lower, upper, bound, -queue[0][0] if queue else -np.inf)
            continue
        column = max(undecided, key=lambda item: min(values[item], 1.0 - values[item]))
        for choice in (0.0, 1.0):
            child_lower, child_upper = lower.copy(), upper.copy()
            child_lower[column] = child_upper[column] = choice
            answer = state.solver.linear(child_lower, child_upper)
            if answer.values is not None and answer.net > state.enough:
                entry = (-answer.net, next(ticket), child_lower, child_upper, answer.values)
                heapq.heappush(queue, entry)
            elif answer.values is not None:
                state.proven = max(state.proven, answer.net)
    return -np.inf


def _settle(state: _Search, lower: Vector, upper: Vector, bound: float, elsewhere: float) -> None:
    """Finds out whether one set of types betters the plan by more than the gap, and by how much.

    Where the best plan has other types, the question is only whether anything better exists: the
    proof that there is not takes a fraction of the time of closing a gap from both sides.
    """
    others = max(elsewhere, state.proven)
    effort = replace(
        state.effort,
        seconds=max(0.1, state.left),
        report=lambda leaf: _tell(state, max(leaf.bound or bound, others)),
    )
    if state.best.values is not None and not _within(state.best.values, lower, upper):
        asked = replace(effort, above=state.enough, first=True)
        answer = state.solver.solve(asked, lower=lower, upper=upper)
        if answer.status is Status.INFEASIBLE:
            state.proven = max(state.proven, min(state.enough, bound))
            return
        if answer.values is None:
            state.proven = max(state.proven, bound)
            return
        state.best = answer
    if state.best.values is not None:
        state.best = _closer(state, state.best, lower, upper)
    effort = replace(effort, seconds=max(0.1, state.left))
    answer = state.solver.solve(effort, start=state.best.values, lower=lower, upper=upper)
    if answer.values is not None and answer.net > state.best.net:
        state.best = answer
    if answer.status is not Status.INFEASIBLE:
        state.proven = max(state.proven, min(bound, answer.bound))


def _within(values: Vector, lower: Vector, upper: Vector) -> bool:
    return bool(np.all(values >= lower - 1e-6) and np.all(values <= upper + 1e-6))


def _closer(state: _Search, answer: Answer, lower: Vector, upper: Vector) -> Answer:
    """The plan made better with the same touchpoints, which is quick."""
    assert answer.values is not None  # noqa: S101 - asked by the caller
    held = list(state.solver.program.columns.touchpoint.values())
    lower, upper = lower.copy(), upper.copy()
    lower[held] = upper[held] = np.round(answer.values[held])
    seconds = min(3.0, max(0.1, state.left))
    effort = replace(state.effort, seconds=seconds, gap=state.effort.gap / 5, report=None)
    better = state.solver.solve(effort, start=answer.values, lower=lower, upper=upper)
    found = better.values is not None and better.net > answer.net
    return better if found else answer


def _tell(state: _Search, bound: float, found: float | None = None) -> None:
    if state.effort.report is None:
        return
    known = [net for net in (found, state.best.net) if net is not None and np.isfinite(net)]
    seconds = time.perf_counter() - state.began
    state.effort.report(
        Progress(state.effort.step, max(known, default=None), max([bound, *known]), seconds)
    )
