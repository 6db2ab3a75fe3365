"""How long does customer value take for one and for ten million customers, and in how much memory?

    PYTHONPATH=src python benchmarks/value/run.py [--only NAME,…] [--data FOLDER] [--times 5]
        [--peer PYTHON] [--mcmc PYTHON] [--out RESULTS.json]

Names: `fold` (Parquet to running state and values, from scratch, each in a process of its own),
`refresh` (fit, standard errors and all values from the running state), `day` (one day's orders
into ten million customers), `cdnow` (both fits on the CDNOW sample), `peer` (`lifetimes` 0.11.3
on the same million, in an environment of its own, turn about with ours), `mcmc` (pymc-marketing,
likewise). `--data` is where `generate.py` wrote its bases, or is to write them. The clock of a
shared machine is stretched, so processor time of all threads stands beside it, with the load
average of the minute.
Ours is timed warm: the compiled passes are kept on disk, and loading them is told apart.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from generate import FIRST_DAY, LAST_DAY, write

from amity.measure.analytics import bgnbd, gamma_gamma
from amity.measure.analytics.base import base_of, base_of_columns
from amity.measure.analytics.clv import Outlook, score
from amity.measure.analytics.logs import customers_in, fold_parquet
from amity.measure.analytics.running import Running, empty
from amity.measure.analytics.summary import make_log, summarize
from amity.measure.analytics.verdict import fit_purchases, fit_spend
from amity.testing.populations import buyers

HERE = Path(__file__).parent
CDNOW = HERE.parents[1] / "src/amity/measure/analytics/tests/data/cdnow_sample.csv"
OUTLOOK = Outlook(months=12, discount=0.127)
Json = dict[str, Any]


def timed(work: Callable[[], Any]) -> tuple[Any, Json]:
    """What the work gives, with its processor and wall seconds."""
    began, clock = time.process_time(), time.monotonic()
    found = work()
    return found, {"cpu": time.process_time() - began, "wall": time.monotonic() - clock}


def median_of(runs: list[Json]) -> Json:
    """Medians of the figures of several runs, and the runs."""
    names = [name for name, value in runs[0].items() if isinstance(value, int | float)]
    found: Json = {name: _rounded(statistics.median(run[name] for run in runs)) for name in names}
    return {**found, "runs": len(runs), "load": round(os.getloadavg()[0], 1)}


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def peak() -> float:
    """The most memory that this program ever held, in megabytes (not its parent's before it)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def warm() -> None:
    """Loads the compiled passes, which a worker does once in its life."""
    who, day, amount = buyers(250_000, 77)
    state = empty(250_000, FIRST_DAY - 1)
    for start in range(0, len(who), 1 << 18):
        piece = slice(start, start + (1 << 18))
        columns = who[piece].astype(np.uint32), day[piece].astype(np.int32) + FIRST_DAY
        state.fold(*columns, amount[piece].astype(np.int32))
    refreshed(state)
    gamma_gamma.fit_spent(np.array([1, 2, 3] * 80_000), np.arange(1.0, 240_001.0))


def state_of(path: Path) -> Running:
    """The running state of a file."""
    state = empty(customers_in(path), FIRST_DAY - 1)
    dirty = fold_parquet(path, state)
    assert len(dirty) == 0
    return state


def refreshed(state: Running) -> Json:
    """Everything new from the state: fits, standard errors, three figures of every customer."""
    columns = state.columns(LAST_DAY)
    base = base_of_columns(columns)
    fit = fit_purchases(base)
    del base
    spend = fit_spend(columns)
    assert spend is not None
    found = score(columns, fit.model, spend.model, OUTLOOK, dtype=np.float32)
    return {
        "customers": len(columns),
        "parameters": fit.parameters() | spend.parameters(),
        "standard_errors": fit.standard_errors() | spend.standard_errors(),
        "log_likelihood": fit.log_likelihood,
        "alive": float(found.alive.sum(dtype=np.float64)),
        "purchases": float(found.purchases.sum(dtype=np.float64)),
        "clv": float(found.clv.sum(dtype=np.float64)),
    }


def from_scratch(path: Path) -> Json:
    """A file of orders to values, in this process; called in one of its own."""
    cold = timed(warm)[1]
    state, folded = timed(lambda: state_of(path))
    found, rest = timed(lambda: refreshed(state))
    return {
        "cpu": folded["cpu"] + rest["cpu"],
        "wall": folded["wall"] + rest["wall"],
        "fold_cpu": folded["cpu"],
        "fold_wall": folded["wall"],
        "peak_megabytes": peak(),
        "loading_cpu": cold["cpu"],
        "rows": pq.ParquetFile(path).metadata.num_rows,
        "found": found,
    }


def in_own_process(path: Path, times: int) -> Json:
    """`from_scratch` several times; medians."""
    command = [sys.executable, __file__, "--scratch", str(path)]
    runs = []
    for _ in range(times):
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        runs.append(json.loads(done.stdout))
    return {**median_of(runs), "found": runs[-1]["found"]}


def refresh(path: Path, times: int) -> Json:
    """The whole refresh, and its parts, from a state in memory."""
    warm()
    state = state_of(path)
    whole = median_of([timed(lambda: refreshed(state))[1] for _ in range(times)])
    columns = state.columns(LAST_DAY)
    steps = {
        "columns": lambda: state.columns(LAST_DAY),
        "sort": lambda: base_of_columns(columns),
        "bgnbd": lambda: bgnbd.fit(base),
        "gamma_gamma": lambda: gamma_gamma.fit_spent(columns.spends, columns.spent),
        "score": lambda: score(columns, fit.model, spend.model, OUTLOOK, dtype=np.float32),
    }
    base = base_of_columns(columns)
    fit, spend = fit_purchases(base), fit_spend(columns)
    assert spend is not None
    parts = {
        name: median_of([timed(work)[1] for _ in range(times)]) for name, work in steps.items()
    }
    both = ("sort", "bgnbd", "gamma_gamma")
    fits = {key: _rounded(sum(parts[name][key] for name in both)) for key in ("cpu", "wall")}
    return {"whole": whole, "both_fits": fits, "parts": parts, "found": refreshed(state)}


def day(path: Path, times: int) -> Json:
    """One day's 122,000 orders into the state of ten million."""
    warm()
    state = state_of(path)
    kept = state.records.copy()
    rng = np.random.default_rng(5)
    who = rng.integers(0, len(state), 122_000).astype(np.uint32)
    when = np.full(len(who), LAST_DAY + 1, dtype=np.int32)
    amount = rng.integers(100, 9000, len(who)).astype(np.int32)
    runs = []
    for _ in range(max(times, 9)):
        state.records[:] = kept
        runs.append(timed(lambda: state.fold(who, when, amount))[1])
    return {"orders": len(who), "customers": len(state), **median_of(runs)}


def cdnow(times: int) -> Json:
    """Both fits with standard errors on the CDNOW sample, 39 weeks, from the summary."""
    rows = np.genfromtxt(CDNOW, delimiter=",", skip_header=1, dtype=str)
    days = rows[:, 1].astype("datetime64[D]").astype(np.int64)
    log = make_log(rows[:, 0].astype(np.int64), days, np.round(rows[:, 3].astype(float) * 100))
    summary = summarize(log, int(np.datetime64("1997-09-30").astype(np.int64)))

    def work() -> tuple[Json, Json]:
        fit, spend = fit_purchases(summary).per("week"), fit_spend(summary)
        assert spend is not None
        return fit.parameters() | spend.parameters(), fit.standard_errors()

    work()
    runs = [timed(work)[1] for _ in range(max(times, 9))]
    base = base_of(summary)

    def alone() -> Any:
        return bgnbd.fit(base).covariance()

    only = median_of([timed(alone)[1] for _ in range(max(times, 9))])
    found = work()
    return {**median_of(runs), "bgnbd": only, "parameters": found[0], "standard_errors": found[1]}


def peer(python: str, path: Path, times: int) -> Json:
    """`lifetimes` and ours turn about on the same file; ratios of the medians."""
    theirs, ours = [], []
    for _ in range(times):
        done = subprocess.run(
            [python, str(HERE / "peer_lifetimes.py"), str(path), str(FIRST_DAY), str(LAST_DAY)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        theirs.append(json.loads(done.stdout.splitlines()[-1]))
        mine = subprocess.run(
            [sys.executable, __file__, "--scratch", str(path)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        ours.append(json.loads(mine.stdout))
    left, right = median_of(theirs), median_of(ours)
    return {
        "lifetimes": {**left, "found": theirs[-1]["found"], "versions": theirs[-1]["versions"]},
        "amity": {**right, "found": ours[-1]["found"]},
        "times_faster": {
            "cpu": _rounded(left["cpu"] / right["cpu"]),
            "wall": _rounded(left["wall"] / right["wall"]),
        },
    }


def mcmc(python: str) -> Json:
    """pymc-marketing's sampling of the CDNOW sample, once: its time and posterior deviations."""
    done = subprocess.run(
        [python, str(HERE / "peer_pymc.py"), str(CDNOW)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    theirs = json.loads(done.stdout.splitlines()[-1])
    ours = cdnow(9)
    return {
        "pymc_marketing": theirs,
        "amity": ours,
        "times_faster": {
            key: _rounded(theirs[key] / ours["bgnbd"][key]) for key in ("cpu", "wall")
        },
        "error_over_deviation": {
            name: _rounded(error / theirs["deviations"][name])
            for name, error in ours["standard_errors"].items()
        },
        "load": round(os.getloadavg()[0], 1),
    }


def machine() -> Json:
    """Where this was measured."""
    import numba
    import scipy

    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), platform.machine(),
    )  # fmt: skip
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "numba": numba.__version__,
    }


def main() -> None:
    """Measures what is asked for and adds it to the results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="cdnow,day,refresh,fold,peer")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "value-bases")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--peer")
    parser.add_argument("--mcmc")
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    parser.add_argument("--scratch", type=Path)
    given = parser.parse_args()
    if given.scratch:
        print(json.dumps(from_scratch(given.scratch)))
        return
    given.data.mkdir(parents=True, exist_ok=True)
    results: Json = json.loads(given.out.read_text()) if given.out.exists() else {}
    results["machine"] = machine()
    asked = given.only.split(",")
    files = {name: lambda name=name: write(name, given.data) for name in ("1m", "10m", "heavy")}
    if "cdnow" in asked:
        results["cdnow"] = cdnow(given.times)
    if "day" in asked:
        results["day_into_10m"] = day(files["10m"](), given.times)
    if "refresh" in asked:
        results["refresh_10m"] = refresh(files["10m"](), given.times)
    if "fold" in asked:
        results["scratch_1m"] = in_own_process(files["1m"](), given.times)
        results["scratch_10m_heavy"] = in_own_process(files["heavy"](), given.times)
    if "peer" in asked and given.peer:
        results["peer_1m"] = peer(given.peer, files["1m"](), given.times)
    if "mcmc" in asked and given.mcmc:
        results["mcmc_cdnow"] = mcmc(given.mcmc)
    given.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
