"""The front door of the wing: a problem in, the best plan with its proof out."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from amity.adapt.advisor.baselines import Baselines, baselines
from amity.adapt.advisor.model import Cell, Program, build
from amity.adapt.advisor.plan import Plan, read_plan, row_use
from amity.adapt.advisor.problem import Problem
from amity.adapt.advisor.search import search
from amity.adapt.advisor.solver import Answer, Effort, Solver, SolverError, Status, Vector
from amity.base.results import AmityError


@dataclass(frozen=True, slots=True)
class Shortage:
    """How much of a resource is missing to keep every promise."""

    resource: str  # "budget", "hours:<skill>" or "changes"
    name: str
    missing: float
    limit: float

    @property
    def sentence(self) -> str:
        """The shortage in plain words."""
        if self.resource == "budget":
            return f"The budget is short by {self.missing:,.0f} (it is {self.limit:,.0f})."
        if self.resource == "changes":
            return f"{self.missing:.0f} more offers would have to change than the limit allows."
        return f"{self.name} is short by {self.missing:,.0f} hours (there are {self.limit:,.0f})."


class InfeasibleError(AmityError):
    """No plan meets what was asked; the message says which resource is short by how much."""

    def __init__(self, shortages: tuple[Shortage, ...]) -> None:
        self.shortages = shortages
        said = " ".join(shortage.sentence for shortage in shortages)
        super().__init__(
            f"No plan can do all that is asked. {said} Raise it, or take back a demand."
            if said
            else "No plan can do all that is asked, whatever the resources: the demands contradict "
            "each other. Take back one of them."
        )


@dataclass(slots=True)
class Solved:
    """A solved problem, kept open so that further questions re-solve it."""

    problem: Problem
    program: Program
    solver: Solver
    answer: Answer
    plan: Plan
    baselines: Baselines
    upper: Vector  # bounds with the promises that can be kept made hard
    shortages: tuple[Shortage, ...] = ()


def advise(problem: Problem, effort: Effort | None = None) -> Solved:
    """The best plan found within the effort; promises that cannot be kept carry their price.

    Raises:
        ProblemError: the inputs cannot be planned with.
        InfeasibleError: hard demands exceed the resources.
    """
    effort = effort or Effort()
    began = time.perf_counter()
    program = build(problem)
    solver = Solver(program)
    simple = baselines(problem, solver, effort)
    start = simple.best.values if simple.best is not None else None
    start, upper = keep_promises(program, start)
    left = max(1.0, effort.seconds - (time.perf_counter() - began))
    answer = search(solver, replace(effort, seconds=0.85 * left), start=start, upper=upper)
    if answer.status is Status.INFEASIBLE:
        raise InfeasibleError(shortages(problem, promises=False))
    if answer.values is None:
        raise SolverError(
            f"No plan was found in {effort.seconds:.0f} seconds. Allow more time or join segments."
        )
    spent = time.perf_counter() - began
    answer = refined(solver, answer, upper, replace(effort, seconds=effort.seconds - spent))
    plan = read_plan(problem, program, replace(answer, seconds=time.perf_counter() - began))
    short = shortages(problem) if plan.breaches else ()
    return Solved(problem, program, solver, answer, plan, simple, upper, short)


def keep_promises(program: Program, start: Vector | None) -> tuple[Vector | None, Vector]:
    """Upper bounds that make owed types and stages hard, as far as resources can keep them.

    They are constraints, not weights: only what no plan can keep stays open, at its price.
    """
    columns = program.columns
    gaps = [
        *columns.owed_gap.values(),
        *columns.stage_gap.values(),
        *columns.served_gap.values(),
    ]
    upper = program.upper.copy()
    if not gaps:
        return start, upper
    if start is None or np.any(start[gaps] > 1e-6):
        gain = np.zeros_like(program.gain)
        gain[gaps] = program.gain[gaps]
        found = Solver(replace(program, gain=gain)).solve(Effort(seconds=10.0), start=start)
        start = None if found.values is None else found.values
    if start is not None:
        upper[gaps] = np.where(start[gaps] > 1e-6, 1.0, 0.0)
    return start, upper


def refined(solver: Solver, answer: Answer, upper: Vector, effort: Effort) -> Answer:
    """A closer look with the same types and touchpoints run, then whole integers."""
    assert answer.values is not None  # noqa: S101 - asked by the caller
    lower, upper = company_fixed(solver.program, answer.values, upper)
    closer = replace(effort, gap=effort.gap / 4, seconds=min(max(effort.seconds, 0.5), 4.0))
    better = solver.solve(closer, start=answer.values, lower=lower, upper=upper)
    if better.values is not None and better.net > answer.net:
        bound = max(answer.bound, better.net)
        answer = replace(answer, values=better.values, net=better.net, bound=bound)
    return tidied(solver, answer)


def company_fixed(program: Program, values: Vector, upper: Vector) -> tuple[Vector, Vector]:
    """Bounds that hold which types and touchpoints the company runs."""
    held = [*program.columns.run.values(), *program.columns.touchpoint.values()]
    lower, upper = program.lower.copy(), upper.copy()
    lower[held] = upper[held] = np.round(values[held])
    return lower, upper


def tidied(solver: Solver, answer: Answer) -> Answer:
    """The same integers, made whole numbers, with the best continuous part."""
    assert answer.values is not None  # noqa: S101 - asked by the caller
    polished = solver.polish(answer.values)
    if polished.values is None or polished.net < answer.net - 1e-6 * abs(answer.net):
        return answer
    net = polished.net
    return replace(answer, values=polished.values, net=net, bound=max(answer.bound, net))


def shortages(
    problem: Problem,
    effort: Effort | None = None,
    *,
    promises: bool = True,
    forced: Mapping[Cell, bool] | None = None,
) -> tuple[Shortage, ...]:
    """What is missing to keep every promise (or only the hard demands), dearest first.

    `forced` offers are held on or off. Empty when nothing is missing, or when no amount of any
    resource would help.
    """
    program = build(problem, elastic=True, promises=promises)
    lower, upper = program.lower.copy(), program.upper.copy()
    for cell, offered in (forced or {}).items():
        column = program.columns.offer[cell]
        lower[column] = upper[column] = float(offered)
    solver = Solver(program)
    answer = solver.solve(effort or Effort(seconds=10.0, gap=0.05), lower=lower, upper=upper)
    if answer.values is None:
        return ()
    names = {f"hours:{skill.key}": skill.name for skill in problem.skills}
    found = []
    for name, column in program.columns.shortage.items():
        missing = float(answer.values[column])
        if missing > 1e-4:
            limit = float(program.row_upper[program.resources[name]])
            amount = -program.gain[column] * missing
            found.append((amount, Shortage(name, names.get(name, name), missing, limit)))
    return tuple(shortage for _, shortage in sorted(found, key=lambda item: -item[0]))


def feasible(program: Program, values: object) -> bool:
    """Whether these values keep every bound and row of the program."""
    x = np.asarray(values, dtype=float)
    if np.any(x < program.lower - 1e-6) or np.any(x > program.upper + 1e-6):
        return False
    uses = [row_use(program, row, x) for row in range(len(program.row_lower))]
    scale = 1e-6 * (1.0 + np.abs(uses))
    return bool(
        np.all(uses >= program.row_lower - scale) and np.all(uses <= program.row_upper + scale)
    )
