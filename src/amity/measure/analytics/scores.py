"""What customers answered, with how sure one can be: NPS, CSAT, CES, and who stayed silent.

Var of one answer to "would you recommend us" is p + d - (p - d)^2 for the shares of promoters and
detractors. Under 50 answers three are added (3/4, 3/2, 3/4) before the interval is taken, as in
Rocks, "Interval estimation for the Net Promoter Score", The American Statistician 70 (2016).
"""

from dataclasses import dataclass
from math import sqrt

from scipy.special import stdtrit

from amity.base import shares
from amity.measure.analytics.arrays import Ints, ints
from amity.measure.analytics.intervals import Z95

FEW = 50
PROMOTER, DETRACTOR = 9, 6


@dataclass(frozen=True, slots=True)
class Score:
    """An average of answers; `low` and `high` are its 95 % bounds, None without answers.

    `low_if_silent` and `high_if_silent` are what it would be had all who were asked answered,
    the silent ones with the worst and the best answer: no assumption on them is better founded.
    """

    answers: int
    asked: int | None
    value: float | None
    low: float | None
    high: float | None
    low_if_silent: float | None = None
    high_if_silent: float | None = None

    @property
    def response_rate(self) -> float | None:
        """Answers over people asked, 0 to 1; None where nobody counted whom was asked."""
        return self.answers / self.asked if self.asked else None


def nps(answers: Ints, asked: int | None = None) -> Score:
    """Net promoter score of answers 0 to 10, in points from -100 to 100.

    Raises:
        ValueError: an answer is outside 0 to 10, or fewer were asked than answered.
    """
    given = _checked(answers, 0, 10, asked)
    promoters = int((given >= PROMOTER).sum())
    detractors = int((given <= DETRACTOR).sum())
    return nps_of(promoters, len(given) - promoters - detractors, detractors, asked)


def nps_of(promoters: int, passives: int, detractors: int, asked: int | None = None) -> Score:
    """The same from counts."""
    n = promoters + passives + detractors
    if n == 0:
        return Score(0, asked, None, None, None)
    value = 100.0 * (promoters - detractors) / n
    added = 0.75 if n < FEW else 0.0
    total = n + 4 * added
    p, d = (promoters + added) / total, (detractors + added) / total
    half = Z95 * sqrt(max(p + d - (p - d) ** 2, 0.0) / total)
    low, high = 100 * max(p - d - half, -1.0), 100 * min(p - d + half, 1.0)
    return _with_silent(Score(n, asked, value, low, high), -100.0, 100.0)


def csat(answers: Ints, asked: int | None = None, satisfied: int = 4) -> Score:
    """Share (0 to 1) of answers 1 to 5 that are `satisfied` or more, with Wilson's interval.

    Raises:
        ValueError: an answer is outside 1 to 5, or fewer were asked than answered.
    """
    given = _checked(answers, 1, 5, asked)
    return share(int((given >= satisfied).sum()), len(given), asked)


def share(hits: int, n: int, asked: int | None = None) -> Score:
    """A share, 0 to 1, with Wilson's interval."""
    found = shares.share(hits, n)
    return _with_silent(Score(n, asked, found.value, found.low, found.high), 0.0, 1.0)


def ces(answers: Ints, asked: int | None = None) -> tuple[Score, Score]:
    """Customer effort ("it was easy", 1 to 7): the mean with its t interval, the share of 5 and up.

    Raises:
        ValueError: an answer is outside 1 to 7, or fewer were asked than answered.
    """
    given = _checked(answers, 1, 7, asked)
    n = len(given)
    easy = share(int((given >= 5).sum()), n, asked)
    if n == 0:
        return Score(0, asked, None, None, None), easy
    mean = float(given.mean())
    if n == 1:
        return Score(1, asked, mean, None, None), easy
    half = float(stdtrit(n - 1, 0.975)) * float(given.std(ddof=1)) / sqrt(n)
    effort = Score(n, asked, mean, max(mean - half, 1.0), min(mean + half, 7.0))
    return _with_silent(effort, 1.0, 7.0), easy


def _checked(answers: Ints, low: int, high: int, asked: int | None) -> Ints:
    given = ints(answers)
    if len(given) and not (low <= given.min() and given.max() <= high):
        raise ValueError(f"Answers are whole numbers from {low} to {high}.")
    if asked is not None and asked < len(given):
        raise ValueError(f"{len(given)} answered, but only {asked} were asked.")
    return given


def _with_silent(score: Score, worst: float, best: float) -> Score:
    if score.asked is None or score.value is None:
        return score
    said, silent = score.answers * score.value, score.asked - score.answers
    return Score(
        score.answers,
        score.asked,
        score.value,
        score.low,
        score.high,
        (said + silent * worst) / score.asked,
        (said + silent * best) / score.asked,
    )
