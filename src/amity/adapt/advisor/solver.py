"""HiGHS at work on a program: solve, start warm, report, stop, fix the integers, read duals."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from amity.adapt.advisor.model import Program
from amity.base.results import AmityError

Vector = NDArray[np.float64]

# HiGHS has one pool of threads in a process and refuses a second number of them.
THREADS = 2


class SolverError(AmityError):
    """The solver gave no answer; the message says what to try."""


class Status(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"  # within the gap that was asked for
    STOPPED = "stopped"  # the time was up, or somebody stopped it: the best plan so far
    INFEASIBLE = "infeasible"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a solve stands: the best net found, the best still possible, and the time."""

    step: str
    incumbent: float | None
    bound: float | None
    seconds: float
    done: int = 0
    total: int = 0


Report = Callable[[Progress], None]
Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try: seconds, relative gap, and whom to tell and to ask."""

    seconds: float = 60.0
    gap: float = 0.01
    report: Report | None = None
    stop: Stop | None = None
    step: str = "Looking for the best plan"
    above: float | None = None  # look only for plans with at least this net
    first: bool = False  # and be content with the first of them


@dataclass(frozen=True, slots=True)
class Answer:
    """A solved program: values by column, net and bound in money."""

    status: Status
    values: Vector | None
    net: float
    bound: float
    seconds: float

    @property
    def gap(self) -> float:
        """How far the bound lies above the net, relative to the net."""
        return max(0.0, self.bound - self.net) / max(abs(self.net), 1e-9)


class Solver:
    """One program inside HiGHS; bounds may be changed between solves and are put back."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._highs: Any = _highs()
        _accept(self._highs.passModel(_to_highs(program)))
        self._relaxed: Any = None  # the linear twin, made on first use; it keeps its basis
        self._prices = np.zeros(len(program.row_lower))
        self._everything = np.arange(len(program.gain), dtype=np.int32)

    def solve(
        self,
        effort: Effort,
        *,
        start: Vector | None = None,
        lower: Vector | None = None,
        upper: Vector | None = None,
    ) -> Answer:
        """The best plan within `effort`, with other column bounds where given.

        A `start` that is feasible is never bettered by a worse answer.
        """
        highs, began = self._highs, time.perf_counter()
        self._bounds(lower, upper)
        self._floor(effort.above)
        highs.clearSolver()
        most = 1 if effort.first else highspy.kHighsIInf
        _set(highs, time_limit=float(effort.seconds), mip_rel_gap=effort.gap)
        _set(highs, mip_max_improving_sols=most)
        if start is not None:
            solution = highspy.HighsSolution()
            solution.col_value = list(start)
            highs.setSolution(solution)
        watch = _Watch(effort, self.program.unit)
        watch.on(highs)
        try:
            highs.run()
            return self._answer(highs, began)
        finally:
            watch.off(highs)
            self._bounds(None, None)
            self._floor(None)

    def polish(self, integers: Vector) -> Answer:
        """The best continuous part for given integers (a linear program)."""
        return self.linear(*self.fixed(integers))

    def fixed(self, integers: Vector) -> tuple[Vector, Vector]:
        """Bounds that hold every binary at its value in `integers`."""
        program = self.program
        chosen = np.round(integers)
        lower = np.where(program.integer, chosen, program.lower)
        upper = np.where(program.integer, chosen, program.upper)
        return lower, np.maximum(lower, upper)

    def linear(self, lower: Vector, upper: Vector) -> Answer:
        """The linear program between these bounds, binaries relaxed."""
        began = time.perf_counter()
        twin = self._twin()
        self._change_bounds(twin, lower, upper)
        twin.run()
        self._prices = np.array(twin.getSolution().row_dual)
        return self._answer(twin, began)

    def _twin(self) -> Any:
        if self._relaxed is None:
            self._relaxed = _highs()
            self._relaxed.passModel(_to_highs(self.program, relaxed=True))
        return self._relaxed

    def duals(self, integers: Vector) -> dict[str, float]:
        """Worth of the first further unit of each resource, with the integers held."""
        answer = self.polish(integers)
        if answer.values is None:
            return {}
        unit = self.program.unit
        return {
            name: abs(float(self._prices[row])) * unit
            for name, row in self.program.resources.items()
        }

    def resource_limits(self, changed: dict[str, float]) -> None:
        """Set the limits of some resources for the solves that follow."""
        for name, limit in changed.items():
            row = self.program.resources[name]
            for highs in (self._highs, self._twin()):
                highs.changeRowBounds(row, -highspy.kHighsInf, limit)

    def costs(self, changed: dict[int, float]) -> None:
        """Set the gain of some columns, in money, for the solves that follow."""
        for column, gain in changed.items():
            for highs in (self._highs, self._twin()):
                highs.changeColCost(column, gain / self.program.unit)

    def coefficient(self, row: int, column: int, value: float) -> None:
        """Set one coefficient for the solves that follow."""
        for highs in (self._highs, self._twin()):
            highs.changeCoeff(row, column, value)

    def _bounds(self, lower: Vector | None, upper: Vector | None) -> None:
        program = self.program
        self._change_bounds(
            self._highs,
            program.lower if lower is None else lower,
            program.upper if upper is None else upper,
        )

    @contextmanager
    def further_rows(self, rows: list[tuple[NDArray[np.int64], Vector, float]]) -> Iterator[None]:
        """Rows (columns, values, least) that hold while the context is open."""
        first = self._highs.getNumRow()
        for columns, values, least in rows:
            index = columns.astype(np.int32)
            self._highs.addRow(least, highspy.kHighsInf, len(index), index, values)
        try:
            yield
        finally:
            added = np.arange(first, first + len(rows), dtype=np.int32)
            self._highs.deleteRows(len(added), added)

    def _floor(self, net: float | None) -> None:
        """A row that asks for more gain proves within a second that a set cannot win."""
        least = -highspy.kHighsInf if net is None else net / self.program.unit
        self._highs.changeRowBounds(self.program.floor, least, highspy.kHighsInf)

    def _change_bounds(self, highs: Any, lower: Vector, upper: Vector) -> None:
        highs.changeColsBounds(len(self._everything), self._everything, lower, _finite(upper))

    def _answer(self, highs: Any, began: float) -> Answer:
        unit = self.program.unit
        seconds = time.perf_counter() - began
        status, info = highs.getModelStatus(), highs.getInfo()
        found = info.primal_solution_status == 2  # feasible point
        if status == highspy.HighsModelStatus.kInfeasible:
            return Answer(Status.INFEASIBLE, None, -np.inf, -np.inf, seconds)
        values = np.array(highs.getSolution().col_value) if found else None
        net = info.objective_function_value * unit if found else -np.inf
        optimal = status == highspy.HighsModelStatus.kOptimal
        bound = info.mip_dual_bound * unit
        if not np.isfinite(bound) or (optimal and bound < net):
            bound = net if optimal else np.inf
        return Answer(Status.OPTIMAL if optimal else Status.STOPPED, values, net, bound, seconds)


class _Watch:
    """Tells the caller how the search goes, and stops it when asked."""

    def __init__(self, effort: Effort, unit: float) -> None:
        self.effort, self.unit = effort, unit
        self.told = -1.0

    def on(self, highs: Any) -> None:
        if self.effort.report is not None:
            highs.cbMipLogging += self.tell
        if self.effort.stop is not None:
            highs.cbMipInterrupt += self.ask

    def off(self, highs: Any) -> None:
        highs.clearCallbacks()

    def tell(self, event: Any) -> None:
        data = event.data_out
        if self.effort.report is None or data.running_time < self.told + 0.2:
            return
        self.told = data.running_time
        bound = _known(data.mip_dual_bound, self.unit)
        found = _known(data.mip_primal_bound, self.unit)
        self.effort.report(Progress(self.effort.step, found, bound, data.running_time))

    def ask(self, event: Any) -> None:
        if self.effort.stop is not None and self.effort.stop():
            event.interrupt()


def _highs() -> Any:
    make: Any = highspy.Highs  # it has no annotations
    highs = make()
    _set(highs, output_flag=False, threads=THREADS)
    return highs


def _known(value: float, unit: float) -> float | None:
    return value * unit if abs(value) < 1e29 else None


def _finite(upper: Vector) -> Vector:
    return np.where(np.isinf(upper), highspy.kHighsInf, upper)


def _set(highs: Any, **options: float) -> None:
    for name, value in options.items():
        highs.setOptionValue(name, value)


def _accept(status: Any) -> None:
    if status == highspy.HighsStatus.kError:
        raise SolverError("The solver refused the plan's model. Look for extreme figures.")


def _to_highs(program: Program, *, relaxed: bool = False) -> Any:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.gain), len(program.row_lower)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = program.gain
    lp.col_lower_, lp.col_upper_ = program.lower, _finite(program.upper)
    lp.row_lower_ = np.where(np.isinf(program.row_lower), -highspy.kHighsInf, program.row_lower)
    lp.row_upper_ = _finite(program.row_upper)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_ = program.row_start
    lp.a_matrix_.index_, lp.a_matrix_.value_ = program.row_index, program.row_value
    integer, continuous = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    if not relaxed:
        lp.integrality_ = [integer if flag else continuous for flag in program.integer]
    return lp
