"""How long the planner takes, and how it compares with simple rules, on invented companies.

    PYTHONPATH=src python benchmarks/advisor.py [--segments 20] [--seeds 1 2 3] [--out RESULTS.json]

Goal: 20 segments in at most 15 s on two idle cores, within 1 % of the bound (the median of the
seeds). Net is in per cent of the segments' value. The figures say how hard plans are to find; how
much a company gains depends on its own data.
"""

import argparse
import json
import os
import platform
import statistics
import time
from pathlib import Path
from typing import Any

from amity.adapt.advisor.advise import advise
from amity.adapt.advisor.generate import generate
from amity.adapt.advisor.problem import Problem
from amity.adapt.advisor.solver import Answer, Effort


def shown(value: float | None) -> str:
    """A net in its column; a dash where no rule fits."""
    return "     -" if value is None else f"{value:6.2f}"


def worth(problem: Problem) -> float:
    """Value of all segments."""
    return sum(segment.worth for segment in problem.segments)


def share(answer: Answer | None, problem: Problem) -> float | None:
    """An answer's net in per cent of the value; None where no rule fits."""
    return None if answer is None else round(100 * answer.net / worth(problem), 2)


def run(segments: int, seed: int, limit: float) -> dict[str, Any]:
    """One company: wall and processor seconds, gap, and nets in per cent of the value."""
    problem = generate(segments, seed)
    began, worked = time.perf_counter(), time.process_time()
    solved = advise(problem, Effort(seconds=limit))
    wall, cpu = time.perf_counter() - began, time.process_time() - worked
    row = {
        "segments": segments,
        "seed": seed,
        "seconds": round(wall, 1),
        "processor_seconds": round(cpu, 1),
        "gap_percent": round(100 * solved.plan.gap, 2),
        "net": share(solved.answer, problem),
        "greedy": share(solved.baselines.greedy, problem),
        "tiers": share(solved.baselines.tiers, problem),
        "status": solved.plan.status.value,
    }
    print(
        f"{segments:5d} {seed:4d} {wall:7.1f} s {cpu:7.1f} s {row['gap_percent']:6.2f} % "
        f"{shown(row['net'])} {shown(row['greedy'])} {shown(row['tiers'])}  {row['status']}",
        flush=True,
    )
    return row


def main() -> None:
    """Prints one line a company and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--segments", type=int, nargs="+", default=[10, 20, 50])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--limit", type=float, default=180.0)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    results: dict[str, Any] = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_average": {"before": round(os.getloadavg()[0], 1)},
        "note": "net, greedy and tiers in per cent of the segments' value",
        "companies": [],
        "median": {},
    }
    print("segs seed      wall       cpu      gap    net greedy  tiers")
    for segments in given.segments:
        rows = [run(segments, seed, given.limit) for seed in given.seeds]
        middle = {
            name: round(statistics.median(row[name] for row in rows), 1)
            for name in ("seconds", "processor_seconds")
        }
        results["companies"] += rows
        results["median"][str(segments)] = middle
        print(f"{segments:5d} median {middle['seconds']} s {middle['processor_seconds']} s")
    results["load_average"]["after"] = round(os.getloadavg()[0], 1)
    if given.out is not None:
        given.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
