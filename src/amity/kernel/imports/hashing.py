"""64-bit hashes of many rows at once, the same in every process. Pure."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
_MISSING = np.uint64(0x9E3779B97F4A7C15)


def mix(hashes: Hashes) -> Hashes:
    """Scrambles (the finisher of SplitMix64), so that sums of hashes do not cancel."""
    h = hashes.copy()
    with np.errstate(over="ignore"):
        h ^= h >> np.uint64(30)
        h *= np.uint64(0xBF58476D1CE4E5B9)
        h ^= h >> np.uint64(27)
        h *= np.uint64(0x94D049BB133111EB)
        h ^= h >> np.uint64(31)
    return h


def hash_column(array: Any) -> Hashes:
    """One hash for each cell of an Arrow array of text or whole numbers."""
    array = array.combine_chunks() if hasattr(array, "combine_chunks") else array
    encoded = pc.dictionary_encode(array)
    words = encoded.dictionary.to_pylist()
    values = np.empty(len(words) + 1, dtype=np.uint64)
    values[-1] = _MISSING
    for position, word in enumerate(words):
        digest = blake2b(str(word).encode(), digest_size=8).digest()
        values[position] = int.from_bytes(digest, "little")
    codes = pc.fill_null(encoded.indices, len(words)).to_numpy(zero_copy_only=False)
    hashes: Hashes = values[codes]
    return hashes


def hash_numbers(array: Any) -> Hashes:
    """One hash for each cell of an Arrow array of whole numbers."""
    array = array.combine_chunks() if hasattr(array, "combine_chunks") else array
    values = pc.fill_null(array, 0).to_numpy(zero_copy_only=False).astype(np.int64)
    missing = pc.is_null(array).to_numpy(zero_copy_only=False)
    return np.where(missing, _MISSING, mix(values.view(np.uint64)))


def combine(columns: Iterable[Hashes], rows: int) -> Hashes:
    """One hash for each row."""
    result = np.full(rows, 0x243F6A8885A308D3, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for column in columns:
            result = mix(result * np.uint64(0x9E3779B97F4A7C15) + column)
    return result
