"""How long does customer value take for one and for ten million customers, and in how much memory?

    PYTHONPATH=src python benchmarks/value/run.py [--only PART,…] [--data FOLDER] [--times 5]
        [--peer PYTHON] [--mcmc PYTHON] [--groceries LINES.parquet] [--out RESULTS.json]

Parts, in their order; each is written into the results as soon as it is measured:

- `cdnow`: both fits with standard errors on the CDNOW sample
- `groceries`: the pair matrix and the 410 rules of the Groceries baskets
- `odd`: what ill-posed bases are answered
- `day`: one day's 122,000 orders into the running state of ten million customers
- `refresh`: fits, standard errors and all values of ten million, from the running state
- `fold`, `fold_heavy`: Parquet to running state and values, from scratch, in own processes
- `peer`: `lifetimes` 0.11.3 on the same million, in an environment of its own, turn about with ours
- `peer10`: its two fits of ten million, once, in processor time, against `refresh`
- `mcmc`: pymc-marketing's sampling of the CDNOW sample against the first part's fit
- `engines`: one fit in this process and where the customers lie, on DuckDB
- `reports`: summary, RFM and cohorts of 100 million orders on DuckDB, and their floors

`--data` is where `generate.py` wrote its bases, or is to write them. On idle cores the wall clock
counts. The clock of a shared machine is stretched, so processor time of all threads stands beside
it, with the load average of the minute. Ours is timed warm: the compiled passes are kept on disk,
and loading them is told apart.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from generate import FIRST_DAY, LAST_DAY, write
from measured import Json, keep, load, median_of, peak, rounded, timed

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
GROCERIES = HERE.parents[2] / "shared/data/groceries/lines.parquet"
OUTLOOK = Outlook(months=12, discount=0.127)


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
    (fit, spend), fits = timed(
        lambda: (fit_purchases(base_of_columns(columns)), fit_spend(columns))
    )
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
        "fits_cpu": rounded(fits["cpu"]),
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
        "fits_cpu": found.pop("fits_cpu"),
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
    fits = {key: rounded(sum(parts[name][key] for name in both)) for key in ("cpu", "wall")}
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
            [python, str(HERE / "peer_lifetimes.py"), str(path), str(LAST_DAY)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        his = json.loads(done.stdout.splitlines()[-1])
        theirs.append({**his, "fits_cpu": his["laps"]["bgnbd"] + his["laps"]["gamma_gamma"]})
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
            "cpu": rounded(left["cpu"] / right["cpu"]),
            "wall": rounded(left["wall"] / right["wall"]),
            "fits_cpu": rounded(left["fits_cpu"] / right["fits_cpu"]),
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
        "times_faster": {key: rounded(theirs[key] / ours["bgnbd"][key]) for key in ("cpu", "wall")},
        "error_over_deviation": {
            name: rounded(error / theirs["deviations"][name])
            for name, error in ours["standard_errors"].items()
        },
        "load": load(),
    }


def peer_ten_million(python: str, path: Path, ours: Json) -> Json:
    """`lifetimes`' summary and fits of ten million, once, against our fits of them."""
    done = subprocess.run(
        [python, str(HERE / "peer_lifetimes.py"), str(path), str(LAST_DAY), "fits"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return against(json.loads(done.stdout.splitlines()[-1]), ours)


def against(theirs: Json, ours: Json) -> Json:
    """How many times the processor time of our fits `lifetimes` took for its own."""
    seconds = theirs["laps"]["bgnbd"] + theirs["laps"]["gamma_gamma"]
    return {
        "lifetimes": {**theirs, "fits_cpu": rounded(seconds), "runs": 1},
        "amity_fits_cpu": ours["both_fits"]["cpu"],
        "times_faster": {"fits_cpu": rounded(seconds / ours["both_fits"]["cpu"])},
        "load": load(),
    }


def parts(given: argparse.Namespace) -> dict[str, tuple[str, Callable[[], Json]]]:
    """By the name that is asked for, the name in the results and what measures it."""

    # What a part alone needs must not count in the memory of another.
    from far import engines
    from groceries import groceries
    from odd import odd
    from reports import reports

    def base(name: str) -> Path:
        return write(name, given.data)

    def kept(name: str) -> Json:
        found: Json = json.loads(given.out.read_text(encoding="utf-8"))[name]
        return found

    times = given.times
    found: dict[str, tuple[str, Callable[[], Json]]] = {
        "cdnow": ("cdnow", lambda: cdnow(times)),
        "groceries": ("groceries", lambda: groceries(given.groceries, times)),
        "odd": ("odd_bases", odd),
        "day": ("day_into_10m", lambda: day(base("10m"), times)),
        "refresh": ("refresh_10m", lambda: refresh(base("10m"), times)),
        "fold": ("scratch_1m", lambda: in_own_process(base("1m"), times)),
        "fold_heavy": ("scratch_10m_heavy", lambda: in_own_process(base("heavy"), times)),
        "engines": ("engines_1m", lambda: engines(base("1m"), LAST_DAY)),
        "reports": ("reports_100m", lambda: reports(given.data, times)),
    }
    if given.peer:
        found["peer"] = "peer_1m", lambda: peer(given.peer, base("1m"), times)
        found["peer10"] = (
            "peer_10m_fits",
            lambda: peer_ten_million(given.peer, base("10m"), kept("refresh_10m")),
        )
    if given.mcmc:
        found["mcmc"] = "mcmc_cdnow", lambda: mcmc(given.mcmc)
    return found


def main() -> None:
    """Measures what is asked for and adds it to the results, part by part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="parts, with commas; else all that can be")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "value-bases")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--peer", help="the Python of an environment with lifetimes")
    parser.add_argument("--mcmc", help="the Python of an environment with pymc-marketing")
    parser.add_argument("--groceries", type=Path, default=GROCERIES)
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    parser.add_argument("--scratch", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.scratch:
        print(json.dumps(from_scratch(given.scratch)))
        return
    given.data.mkdir(parents=True, exist_ok=True)
    known = parts(given)
    for name in given.only.split(",") if given.only else known:
        place, work = known[name]
        found = work()
        keep(given.out, place, found)
        print(name, json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
