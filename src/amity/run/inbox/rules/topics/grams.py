"""Texts as numbers: their words, pairs of words and parts of words, each hashed into a bucket.

The hash keeps no word, so a model that is learned from customers' mails holds none of theirs.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

BUCKETS = 1 << 17  # half of them for words and pairs, half for parts

Numbers = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float64]


def counted(texts: Sequence[str]) -> Any:
    """How often each bucket is in each text: sparse, texts x `BUCKETS`."""
    return _hashed().transform(texts).tocsr()


def weighted(counts: Any, idf: Weights) -> Any:
    """Tf-idf of counted texts, each of length 1; `idf` (`BUCKETS`) as `TfidfTransformer` has it."""
    from sklearn.feature_extraction.text import (  # noqa: PLC0415 - slow, and pages import this
        TfidfTransformer,
    )

    known = TfidfTransformer(sublinear_tf=True)
    known.idf_ = idf
    return known.transform(counts)


@cache
def _hashed() -> Any:
    from sklearn.feature_extraction.text import (  # noqa: PLC0415 - slow, and pages import this
        HashingVectorizer,
    )
    from sklearn.pipeline import make_union  # noqa: PLC0415 - likewise

    plain = {
        "n_features": BUCKETS // 2,
        "alternate_sign": False,
        "norm": None,
        "dtype": np.float32,
        "preprocessor": _plain,
    }
    return make_union(
        HashingVectorizer(ngram_range=(1, 2), **plain),
        HashingVectorizer(analyzer="char_wb", ngram_range=(3, 4), **plain),
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
