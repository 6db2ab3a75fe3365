"""`lifetimes` 0.11.3 on a file of orders: summary, both fits, P(alive), purchases, CLV.

    python peer_lifetimes.py FILE.parquet LAST_DAY [fits]

With `fits` it stops after both fits. What it has done so far stands on its standard error. Runs
in an environment of its own: Python 3.11, lifetimes 0.11.3, numpy<2, pandas<2.3, setuptools<81,
pyarrow<20. Days in the file are numbers since 1970-01-01.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import lifetimes
import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter
from lifetimes.utils import summary_data_from_transaction_data

MONTHS, DAYS_A_MONTH, MONTHLY = 12, 30, 0.01


def main(path: str, last_day: int, *, fits_alone: bool) -> dict[str, Any]:
    began, clock = time.process_time(), time.monotonic()
    laps = {}

    def lap(name: str) -> None:
        laps[name] = round(time.process_time() - began - sum(laps.values()), 3)
        print(json.dumps(laps), file=sys.stderr, flush=True)

    def answer(**found: Any) -> dict[str, Any]:
        return {
            "cpu": sum(laps.values()),
            "wall": time.monotonic() - clock,
            "peak_megabytes": peak(),
            "laps": laps,
            "found": {
                "customers": len(summary),
                "parameters": model.params_.to_dict() | spend.params_.to_dict(),
                **found,
            },
            "versions": {
                "lifetimes": lifetimes.__version__,
                "numpy": np.__version__,
                "pandas": pd.__version__,
            },
        }

    rows = pd.read_parquet(path)
    rows["date"] = pd.to_datetime(rows["day"], unit="D")
    lap("read")
    summary = summary_data_from_transaction_data(
        rows, "customer", "date", "amount", pd.Timestamp(last_day, unit="D"), freq="D"
    )
    lap("summary")
    repeat = summary[(summary["frequency"] > 0) & (summary["monetary_value"] > 0)]
    model = BetaGeoFitter()
    model.fit(summary["frequency"], summary["recency"], summary["T"])
    lap("bgnbd")
    spend = GammaGammaFitter()
    spend.fit(repeat["frequency"], repeat["monetary_value"])
    lap("gamma_gamma")
    if fits_alone:
        return answer()
    alive = model.conditional_probability_alive(
        summary["frequency"], summary["recency"], summary["T"]
    )
    lap("alive")
    ahead = model.conditional_expected_number_of_purchases_up_to_time(
        MONTHS * DAYS_A_MONTH, summary["frequency"], summary["recency"], summary["T"]
    )
    lap("purchases")
    value = spend.customer_lifetime_value(
        model, summary["frequency"], summary["recency"], summary["T"],
        summary["monetary_value"].where(summary["frequency"] > 0, 1.0),
        time=MONTHS, discount_rate=MONTHLY, freq="D",
    )  # fmt: skip
    lap("clv")
    # lifetimes reports a mean in a scaled time; the sum at its parameters, in days, is comparable.
    likelihood = -BetaGeoFitter._negative_log_likelihood(  # noqa: SLF001 -- no public way to it
        np.log(model.params_.to_numpy()), summary["frequency"].to_numpy(),
        summary["recency"].to_numpy(), summary["T"].to_numpy(),
        np.ones(len(summary)), 0.0,
    ) * len(summary)  # fmt: skip
    return answer(
        log_likelihood=float(likelihood),
        alive=float(np.sum(alive)),
        purchases=float(np.sum(ahead)),
        clv=float(value.sum()),
    )


def peak() -> float:
    """The most memory that this program ever held, in megabytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), fits_alone="fits" in sys.argv[3:])))
