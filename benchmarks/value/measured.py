"""What the parts of the benchmark share: clocks, medians, the machine, results kept at once."""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Json = dict[str, Any]


def timed(work: Callable[[], Any]) -> tuple[Any, Json]:
    """What the work gives, with its processor and wall seconds."""
    began, clock = time.process_time(), time.monotonic()
    found = work()
    return found, {"cpu": time.process_time() - began, "wall": time.monotonic() - clock}


def times_of(work: Callable[[], Any], times: int) -> Json:
    """Medians of the seconds of several runs."""
    return median_of([timed(work)[1] for _ in range(times)])


def median_of(runs: list[Json]) -> Json:
    """Medians of the figures of several runs, how many they were, and the load at the end."""
    names = [name for name, value in runs[0].items() if isinstance(value, int | float)]
    found: Json = {name: rounded(statistics.median(run[name] for run in runs)) for name in names}
    return {**found, "runs": len(runs), "load": load()}


def rounded(value: float) -> float:
    """Four digits."""
    return float(f"{value:.4g}")


def load() -> float:
    """Programs that wanted the processors in the last minute."""
    return round(os.getloadavg()[0], 1)


def peak() -> float:
    """The most memory that this program ever held, in megabytes (not its parent's before it)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def keep(out: Path, name: str, found: Json) -> None:
    """Puts one part's results, and where they were measured, into the file beside the others."""
    results: Json = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    results[name] = {**found, "machine": machine()}
    unfinished = out.with_suffix(".part")
    unfinished.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(out)


def machine() -> Json:
    """Where this was measured."""
    import duckdb
    import numba
    import scipy

    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "numba": numba.__version__,
        "duckdb": duckdb.__version__,
    }
