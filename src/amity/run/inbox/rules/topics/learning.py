"""Learns topics from texts whose topics people said. Pure; loads scikit-learn, so jobs alone do.

Logistic regression, one topic against the others, on hashed tf-idf. A quarter of each topic's texts
is held out; on the rest, guesses across folds give the temperature and the threshold, the held-out
quarter says how good that is, and the model in use learns from all.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import StratifiedKFold, train_test_split

from amity.run.inbox.rules.topics.grams import Numbers, Weights, counted, weighted
from amity.run.inbox.rules.topics.judging import Report, judge
from amity.run.inbox.rules.topics.lessons import Lesson, usable
from amity.run.inbox.rules.topics.model import TopicModel
from amity.run.inbox.rules.topics.sureness import temperature_for, threshold_for

FOLDS = 3
MODELS = FOLDS + 2  # those of the folds, the one that is judged, the one in use
FIT = 10.0  # how much a text counts against small coefficients
SEED = 7

Hear = Callable[[int, int | None, str], None]


def learn(
    lessons: Sequence[Lesson], *, precision: float, hear: Hear = lambda *_said: None
) -> tuple[TopicModel, Report]:
    """A model, and how it does on texts that were held out.

    `lessons` come newest first; of equal texts the first counts, and of all `MOST_TEXTS`.
    `precision` (0..1) is how often a topic that is said should be right. A cancel is heard between
    two of its five models.

    Raises:
        NotEnoughError: there are too few texts or topics.
    """
    kept, left_out = usable(lessons)
    names, labels = np.unique([one.topic for one in kept], return_inverse=True)
    topics = tuple(str(name) for name in names)
    counts = counted([one.text for one in kept])
    shown, held_out = train_test_split(
        np.arange(len(kept)), test_size=0.25, stratify=labels, random_state=SEED
    )
    rehearsed = _rehearse(counts[shown], labels[shown], topics, hear)
    temperature = temperature_for(rehearsed, labels[shown])
    shares = softmax(rehearsed / temperature, axis=1)
    is_right = shares.argmax(axis=1) == labels[shown]
    threshold = threshold_for(shares.max(axis=1), is_right, precision)
    hear(FOLDS, MODELS, "")
    judged = _fit(counts[shown], labels[shown], topics)
    judged = replace(judged, temperature=temperature, threshold=threshold)
    report = judge(
        [judged.guess(kept[place].text) for place in held_out],
        [kept[place].topic for place in held_out],
        labeled=dict(Counter(one.topic for one in kept)),
        left_out=left_out,
        precision_wanted=precision,
        threshold=threshold,
    )
    hear(FOLDS + 1, MODELS, "")
    final = _fit(counts, labels, topics)
    return replace(final, temperature=temperature, threshold=threshold), report


def _rehearse(counts: Any, labels: Numbers, topics: tuple[str, ...], hear: Hear) -> Weights:
    """Scores of each text by a model that did not see it."""
    scores = np.zeros((len(labels), len(topics)))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for done, (seen, unseen) in enumerate(folds.split(labels, labels)):
        hear(done, MODELS, "")
        scores[unseen] = _fit(counts[seen], labels[seen], topics).scores(counts[unseen])
    return scores


def _fit(counts: Any, labels: Numbers, topics: tuple[str, ...]) -> TopicModel:
    idf = TfidfTransformer(sublinear_tf=True).fit(counts).idf_
    buckets = np.flatnonzero(counts.getnnz(axis=0) >= 2)
    found = SGDClassifier(loss="log_loss", alpha=1 / (FIT * len(labels)), random_state=SEED)
    found.fit(weighted(counts, idf)[:, buckets], labels)
    coefficients, bias = found.coef_.T, found.intercept_
    if len(topics) == 2:  # it then scores the second alone
        coefficients, bias = np.hstack([-coefficients, coefficients]), np.append(-bias, bias)
    return TopicModel(topics, buckets, idf, coefficients, bias)
