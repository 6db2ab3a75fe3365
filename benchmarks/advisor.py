"""How long the planner takes, and how it compares with simple rules, on invented companies.

    PYTHONPATH=src python benchmarks/advisor.py [--segments 10 20 50] [--seeds 1 2 3]

Goal: 20 segments in at most 15 s on two idle cores, within 1 % of the bound (the median of the
seeds). Net is in per cent of the segments' value. The figures say how hard plans are to find; how
much a company gains depends on its own data.
"""

import argparse
import statistics
import time

from amity.adapt.advisor.advise import advise
from amity.adapt.advisor.generate import generate
from amity.adapt.advisor.problem import Problem
from amity.adapt.advisor.solver import Answer, Effort


def net(answer: Answer | None, problem: Problem) -> str:
    """An answer's net in per cent of the value; a dash where no rule fits."""
    return "   -" if answer is None else f"{100 * answer.net / worth(problem):4.2f}"


def worth(problem: Problem) -> float:
    """Value of all segments."""
    return sum(segment.worth for segment in problem.segments)


def run(segments: int, seed: int, limit: float) -> tuple[float, float]:
    """One company; answers wall and processor seconds."""
    problem = generate(segments, seed)
    began, worked = time.perf_counter(), time.process_time()
    solved = advise(problem, Effort(seconds=limit))
    wall, cpu = time.perf_counter() - began, time.process_time() - worked
    print(
        f"{segments:5d} {seed:4d} {wall:7.1f} s {cpu:7.1f} s {100 * solved.plan.gap:6.2f} % "
        f"{net(solved.answer, problem):>6} {net(solved.baselines.greedy, problem):>6} "
        f"{net(solved.baselines.tiers, problem):>6}  {solved.plan.status.value}",
        flush=True,
    )
    return wall, cpu


def main() -> None:
    """Prints one line a company and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--segments", type=int, nargs="+", default=[10, 20, 50])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--limit", type=float, default=180.0)
    given = parser.parse_args()
    print("segs seed      wall       cpu      gap    net greedy  tiers")
    for segments in given.segments:
        times = [run(segments, seed, given.limit) for seed in given.seeds]
        wall, cpu = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"{segments:5d} median {wall:5.1f} s {cpu:7.1f} s")


if __name__ == "__main__":
    main()
