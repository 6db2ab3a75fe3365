"""The Groceries baskets: the matrix of all pairs, and the rules of .001 support, .8 confidence."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from measured import Json, times_of

from amity.measure.analytics import baskets


def groceries(lines: Path, times: int) -> Json:
    """Seconds from the lines of the baskets, in memory, to both answers."""
    table = pq.read_table(lines)
    item = np.unique(np.array(table["item"].to_pylist()), return_inverse=True)[1]
    basket = np.unique(table["basket"].to_numpy(), return_inverse=True)[1]

    def pairs() -> int:
        return int(np.count_nonzero(np.triu(baskets.pair_counts(basket, item), 1)))

    def rules() -> int:
        bits = baskets.read(basket, item)
        return len(baskets.rules(bits, Fraction("0.001"), Fraction("0.8")))

    found = {"pairs_that_occur": pairs(), "rules": rules()}
    return {
        "baskets": int(basket.max()) + 1,
        "items": int(item.max()) + 1,
        "lines": len(item),
        **found,
        "pair_matrix": times_of(pairs, max(times, 9)),
        "mining": times_of(rules, times),
    }
