"""How likely a guess is right, and from which likelihood on it is said; loads scikit-learn. Pure.

Both are learned from guesses at texts whose topic is known, and that the guessing model had not
seen.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix_at_thresholds, log_loss

from amity.run.inbox.rules.topics.grams import Numbers, Weights
from amity.run.inbox.rules.topics.model import NEVER

AT_LEAST = 0.5  # a topic less likely than all others together is never said
SURE = 0.9  # one-sided: nine times in ten the precision is not lower than its lower bound
COLDEST, HOTTEST = 0.05, 5.0


def temperature_for(scores: Weights, labels: Numbers) -> float:
    """What scores (texts x topics) are divided by so that they say how often they are right.

    Guo et al., On Calibration of Modern Neural Networks (ICML 2017), section 4.2.
    """
    topics = np.arange(scores.shape[1])

    def loss(cold: float) -> float:
        return float(log_loss(labels, softmax(scores * cold, axis=1), labels=topics))

    found = minimize_scalar(loss, bounds=(1 / HOTTEST, 1 / COLDEST), method="bounded")
    return 1 / float(found.x)


def threshold_for(confidences: Weights, is_right: npt.NDArray[np.bool_], precision: float) -> float:
    """The lowest probability from which on guesses are right `precision` (0..1) of the time.

    The lower bound of what was seen must reach it, so few examples make it careful; `NEVER` where
    no threshold does.
    """
    counts = confusion_matrix_at_thresholds(is_right, confidences, pos_label=True)
    _unsaid_wrong, wrong, _unsaid_right, right, thresholds = (one[::-1] for one in counts)
    for hits, misses, threshold in zip(right, wrong, thresholds, strict=True):
        if _lower(int(hits), int(hits + misses)) >= precision:
            return max(float(threshold), AT_LEAST)
    return NEVER


def _lower(hits: int, count: int) -> float:
    tested = binomtest(hits, count, alternative="greater")
    return float(tested.proportion_ci(SURE, method="wilson").low)
