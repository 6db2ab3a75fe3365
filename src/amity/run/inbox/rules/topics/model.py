"""A learned model: which topic a text has, how likely, and whether that is sure enough. Pure."""

import io
from dataclasses import dataclass
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from amity.base.results import AmityError
from amity.run.inbox.rules.topics.grams import BUCKETS, Numbers, Weights, counted, weighted

NEVER = 2.0  # a threshold that no probability reaches


class TopicModelError(AmityError):
    """What is stored is no model."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest topic, its probability (0..1), and whether it may be said."""

    topic: str
    confidence: float
    is_sure: bool


@dataclass(frozen=True, slots=True)
class TopicModel:
    """Logistic regression on tf-idf, with probabilities calibrated by a temperature.

    `buckets` (d) are those that it learned from; `idf` (`BUCKETS`) the weights of all;
    `coefficients` (d x topics); `bias` (topics). A topic is sure from `threshold` on.
    """

    topics: tuple[str, ...]
    buckets: Numbers
    idf: Weights
    coefficients: npt.NDArray[np.float32]
    bias: Weights
    temperature: float = 1.0
    threshold: float = NEVER

    def guess(self, text: str) -> Guess:
        """What the text is about. Words that no lesson had make every topic less likely."""
        from scipy.special import softmax  # noqa: PLC0415 - slow to load, and pages import this

        shares = softmax(self.scores(counted([text]))[0] / self.temperature)
        best = int(shares.argmax())
        confidence = float(shares[best])
        return Guess(self.topics[best], confidence, confidence >= self.threshold)

    def scores(self, counts: Any) -> Weights:
        """What speaks for each topic in counted texts, before it becomes a probability."""
        found: Weights = weighted(counts, self.idf)[:, self.buckets] @ self.coefficients + self.bias
        return found


def to_bytes(model: TopicModel) -> bytes:
    """The model as arrays of numbers and names (npz); no code is in it."""
    written = io.BytesIO()
    np.savez_compressed(
        written,
        topics=np.array(model.topics, dtype=np.str_),
        buckets=model.buckets.astype(np.int32),
        idf=model.idf.astype(np.float32),
        coefficients=model.coefficients.astype(np.float16),
        bias=model.bias.astype(np.float32),
        numbers=np.array([model.temperature, model.threshold]),
    )
    return written.getvalue()


def from_bytes(stored: bytes) -> TopicModel:
    """The model again; nothing that is stored is ever run.

    Raises:
        TopicModelError: it is damaged, or none of ours.
    """
    try:
        with np.load(io.BytesIO(stored), allow_pickle=False) as parts:
            temperature, threshold = (float(one) for one in parts["numbers"])
            model = TopicModel(
                topics=tuple(str(name) for name in parts["topics"]),
                buckets=parts["buckets"].astype(np.int64),
                idf=parts["idf"].astype(np.float64),
                coefficients=parts["coefficients"].astype(np.float32),
                bias=parts["bias"].astype(np.float64),
                temperature=temperature,
                threshold=threshold,
            )
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise TopicModelError("The stored topic model is damaged. Train it again.") from error
    _check(model)
    return model


def _check(model: TopicModel) -> None:
    known, topics = len(model.buckets), len(model.topics)
    fits = (
        topics > 1
        and known > 0
        and model.idf.shape == (BUCKETS,)
        and model.coefficients.shape == (known, topics)
        and model.bias.shape == (topics,)
        and bool((np.diff(model.buckets) > 0).all())
        and 0 <= model.buckets[0] <= model.buckets[-1] < BUCKETS
        and bool(np.isfinite(model.coefficients).all())
        and model.temperature > 0
    )
    if not fits:
        raise TopicModelError("The stored topic model is damaged. Train it again.")
