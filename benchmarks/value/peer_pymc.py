"""pymc-marketing's full sampling of BG/NBD on the CDNOW sample, 39 weeks, its default priors.

    python peer_pymc.py cdnow_sample.csv

Runs in an environment of its own: Python 3.12 or later, pymc-marketing.
"""

import json
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
import pymc_marketing
from pymc_marketing.clv import BetaGeoModel

NAMES = ("r", "alpha", "a", "b")


def main(path: str) -> dict[str, Any]:
    rows = pd.read_csv(path, parse_dates=["date"])
    until = pd.Timestamp("1997-09-30")
    days = rows[rows["date"] <= until].drop_duplicates(["customer", "date"])
    by = days.groupby("customer")["date"].agg(["min", "max", "count"])
    data = pd.DataFrame(
        {
            "customer_id": by.index,
            "frequency": by["count"] - 1.0,
            "recency": (by["max"] - by["min"]).dt.days / 7,
            "T": (until - by["min"]).dt.days / 7,
        }
    )
    model = BetaGeoModel()
    began, clock = time.process_time(), time.monotonic()
    model.fit(data=data, method="mcmc", draws=1000, tune=1000, chains=2, cores=1, progressbar=False,
              random_seed=7)  # fmt: skip
    cpu, wall = time.process_time() - began, time.monotonic() - clock
    drawn = {name: model.idata.posterior[name].to_numpy().ravel() for name in NAMES}
    return {
        "cpu": cpu,
        "wall": wall,
        "means": {name: float(values.mean()) for name, values in drawn.items()},
        "deviations": {name: float(np.std(values)) for name, values in drawn.items()},
        "version": pymc_marketing.__version__,
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
