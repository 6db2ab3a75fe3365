"""Invented words and texts: few words are frequent, most are rare; most texts are short."""

from collections.abc import Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

VOCABULARY = 30_000
MEDIAN_WORDS = 30  # of a message; the mean is about 50
SPREAD = 1.0  # of the logarithm of a message's length
LONGEST = 4_000  # words
BEGINS = "b br d dr f fl g gr h j k kl l m n p pl qu r s sch st t tr v w z".split()
MIDDLES = "a e i o u au ei ä ö ü é".split()
WEIGHTS = (18, 20, 16, 14, 12, 6, 8, 2, 2, 2, 1)
ENDS = "l m n r s t x ng nd rt ck st nk".split()


def _word(draw: Random, syllables: int) -> str:
    middles = draw.choices(MIDDLES, WEIGHTS, k=syllables)
    return "".join(draw.choice(BEGINS) + middle + draw.choice(ENDS) for middle in middles)


class Words:
    """Texts from a fixed vocabulary; the word of rank r is drawn in proportion to 1 / (r + 3)."""

    def __init__(self, chance: np.random.Generator) -> None:
        self._chance = chance
        draw = Random(13)  # noqa: S311 -- repeatable, not secret
        known: dict[str, None] = {}
        while len(known) < VOCABULARY:
            known[_word(draw, 1 if len(known) < 300 else draw.choice((2, 2, 3)))] = None
        self.all: NDArray[np.object_] = np.array(list(known), dtype=object)
        shares = 1 / (np.arange(VOCABULARY) + 3.0)
        self._cumulated = np.cumsum(shares / shares.sum())

    def lengths(self, count: int) -> NDArray[np.int64]:
        """How many words each of `count` messages has."""
        drawn = self._chance.lognormal(np.log(MEDIAN_WORDS), SPREAD, count)
        return np.clip(drawn, 3, LONGEST).astype(np.int64)

    def texts(self, lengths: Sequence[int] | NDArray[np.int64]) -> list[str]:
        """A text for each of the lengths, in sentences of a dozen words."""
        ends = np.cumsum(lengths)
        ranks = np.searchsorted(self._cumulated, self._chance.random(int(ends[-1])))
        drawn = self.all[np.minimum(ranks, VOCABULARY - 1)]
        drawn[::12] = drawn[::12] + "."
        words, begin, found = drawn.tolist(), 0, []
        for end in ends.tolist():
            found.append(" ".join(words[begin:end]))
            begin = end
        return found
