"""A log of purchases from end to end: models, their back-test, and what each customer is worth."""

from dataclasses import dataclass, replace

from amity.measure.analytics.arrays import Floats
from amity.measure.analytics.backtest import (
    Backtest,
    backtest,
    backtest_habits,
    choose_holdout,
    compare,
    every_so_many,
)
from amity.measure.analytics.bgnbd import BgNbd
from amity.measure.analytics.clv import DAYS_A_MONTH, Outlook, Values, value_customers
from amity.measure.analytics.erlang import Habits
from amity.measure.analytics.habitual import value_habitual
from amity.measure.analytics.judged import Judged, fit_habits
from amity.measure.analytics.mbgnbd import MbgNbd
from amity.measure.analytics.nbd import Nbd
from amity.measure.analytics.regularity import Regularity, regularity
from amity.measure.analytics.season import Season, operational, season_of
from amity.measure.analytics.summary import Log, Summary, occasions, summarize
from amity.measure.analytics.verdict import (
    PurchaseFit,
    SpendFit,
    Verdict,
    fit_purchases,
    fit_spend,
)

SHORTEST_HOLDOUT = 7


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a log.

    `asked` is the purchase model, BG/NBD or MBG/NBD; `months` the horizon; `discount` a year (.1
    is 10 %); `margin` the share of spend that is contribution; `holdout` compares with that many
    days after the day of the summary (None: with the last third of the history before it).
    """

    asked: str = "BG/NBD"
    months: int = 12
    discount: float = 0.1
    margin: float = 1.0
    holdout: int | None = None

    def outlook(self, held: "Held | None") -> Outlook:
        """What values are computed for, with the band of a back-test."""
        band = held.result.band if held else None
        return Outlook(self.months, self.discount, self.margin, band)


@dataclass(frozen=True, slots=True)
class Held:
    """A back-test with the fit that made it (in days)."""

    fit: PurchaseFit
    result: Backtest


@dataclass(frozen=True, slots=True)
class Habitual:
    """What a model of buyers by habit says where customers are such; beside the usual one.

    `purchases` are those of all customers over the horizon; `held` the same hold-out.
    """

    fit: Judged[Habits]
    held: Backtest | None
    purchases: float | None

    def is_better(self, usual: Held | None) -> bool:
        """Whether it fits and missed the hold-out by less than the usual model."""
        if self.fit.verdict is not Verdict.OK or self.held is None or usual is None:
            return False
        own, theirs = self.held.error, usual.result.error
        return own is not None and theirs is not None and abs(own) < abs(theirs)

    def in_words(self, usual: Held | None) -> str:
        """How it compares, as sentences; empty where it could not be fitted."""
        if self.fit.model is None or self.purchases is None:
            return ""
        words = (
            f"{self.fit.model.name}, which knows habits ({self.fit.verdict}), expects "
            f"{self.purchases:,.0f} purchases of the same customers."
        )
        errors = (self.held and self.held.error, usual and usual.result.error)
        if self.held is None or usual is None or None in errors:
            return words
        used = self.fit.model.name if self.is_better(usual) else "the usual model"
        return (
            f"{words} It missed the hold-out by {errors[0]:+.1%}, {usual.fit.model.name} by "
            f"{errors[1]:+.1%}: the values are those of {used}."
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """The hold-out of the model that values are of: its name, verdict and what it missed."""

    model: str
    verdict: Verdict
    reason: str
    result: Backtest


@dataclass(frozen=True, slots=True)
class Teller:
    """A fitted model with drop-out, in days; None for a covariance that is not known."""

    model: BgNbd | MbgNbd | Habits
    covariance: Floats | None


@dataclass(frozen=True, slots=True)
class Models:
    """What was fitted to a log up to a day, in days.

    `timed` is the summary in operational time (the same where there is no season), on which the
    models were fitted; `alive_fit` is MBG/NBD, which can tell a one-time buyer who left;
    `habitual` stands beside where purchases are notably regular, and values are its own where it
    missed the hold-out by less.
    """

    summary: Summary
    timed: Summary
    season: Season
    habits: Regularity
    fit: PurchaseFit
    alive_fit: PurchaseFit
    spend: SpendFit | None
    held: Held | None
    habitual: Habitual | None

    @property
    def teller(self) -> "Teller | None":
        """The model that P(alive) comes from; None where none can tell who left."""
        habits = self.by_habit
        if habits is not None and habits.fit.model is not None:
            return Teller(habits.fit.model, habits.fit.covariance)
        fit = self.alive_fit if self.tells_who_left else self.fit
        if fit.verdict is not Verdict.OK or isinstance(fit.model, Nbd):
            return None
        return Teller(fit.model, fit.covariance)

    @property
    def by_habit(self) -> Habitual | None:
        """The model of habits where values are its own: customers are regular, and it is better."""
        better = self.habitual is not None and self.habitual.is_better(self.held)
        return self.habitual if better else None

    def habitual_values(self, outlook: Outlook) -> Values | None:
        """Values by the model of habits, with the band of its hold-out; None unless `by_habit`."""
        habits = self.by_habit
        if habits is None or habits.fit.model is None or habits.held is None:
            return None
        fit, own = habits.fit, replace(outlook, band=habits.held.band)
        return value_habitual(self.timed, habits.fit.model, fit.covariance, self.spend, own)

    @property
    def compared(self) -> Compared | None:
        """The hold-out of the model that values are of; None where the history is too short."""
        habits = self.by_habit
        if habits is not None and habits.held is not None and (fit := habits.fit).model is not None:
            return Compared(fit.model.name, fit.verdict, fit.reason, habits.held)
        if self.held is None:
            return None
        usual = self.held.fit
        return Compared(usual.model.name, usual.verdict, usual.reason, self.held.result)

    @property
    def band(self) -> float | None:
        """Relative half-width beside forecasts, of the hold-out of the model that values are of."""
        return self.compared.result.band if self.compared else None

    @property
    def tells_who_left(self) -> bool:
        """Whether P(alive) is that of MBG/NBD: BG/NBD says that a one-time buyer never leaves."""
        return self.fit.verdict is Verdict.OK and self.alive_fit.verdict is Verdict.OK


@dataclass(frozen=True, slots=True)
class Valuation:
    """The models of a log, and the values of the summary's customers in its order."""

    question: Question
    models: Models
    values: Values


def fit_models(log: Log, summary: Summary, question: Question) -> Models:
    """All models of a log, on its summary up to a day; has an answer for every base."""
    rows = occasions(log.until(summary.as_of))
    season = season_of(rows, summary.as_of)
    timed = operational(summary, season)
    fit = fit_purchases(timed, question.asked)
    habits = regularity(rows)
    held = _hold(log, timed, fit, question, season)
    return Models(
        summary=summary,
        timed=timed,
        season=season,
        habits=habits,
        fit=fit,
        alive_fit=fit if question.asked == "MBG/NBD" else fit_purchases(timed, "MBG/NBD"),
        spend=fit_spend(summary),
        held=held,
        habitual=_habitual(log, timed, habits, held, question) if habits.warning else None,
    )


def value(log: Log, as_of: int, question: Question | None = None) -> Valuation:
    """Values every customer who bought up to the day `as_of`, inclusive (days since 1970-01-01).

    Costs a fit for each model and one for the back-test; customers enter by what they have in
    common, so a million take about a second. Has an answer for every base: see the verdict of
    `models.fit` before you use it.
    """
    question = question or Question()
    models = fit_models(log, summarize(log, as_of), question)
    outlook = question.outlook(models.held)
    habitual = models.habitual_values(outlook)
    if habitual is not None:
        return Valuation(question, models, habitual)
    values = value_customers(models.timed, models.fit, models.spend, outlook)
    if models.tells_who_left:
        timed = models.timed
        alive = models.alive_fit.model.alive(timed.x, timed.t_x, timed.T)
        values = replace(values, alive=alive)
    return Valuation(question, models, values)


def _habitual(
    log: Log, summary: Summary, habits: Regularity, held: Held | None, question: Question
) -> Habitual:
    k = max(2, habits.erlang)
    fit = fit_habits(summary, k)
    if fit.model is None:
        return Habitual(fit, None, None)
    some = every_so_many(summary)
    horizon = question.months * DAYS_A_MONTH
    purchases = float(fit.model.expected(some.x, some.t_x, some.T, horizon).sum())
    again = None
    if held is not None:
        again = backtest_habits(log, held.result.as_of, held.result.days, k)[1]
    return Habitual(fit, again, purchases * summary.customers / some.customers)


def _hold(
    log: Log, summary: Summary, fit: PurchaseFit, question: Question, season: Season
) -> Held | None:
    """The asked hold-out after the day, else one inside the history where it is long enough."""
    if question.holdout is not None:
        ahead = season.ahead(summary.as_of, question.holdout)
        return Held(fit, compare(log, summary, fit, question.holdout, ahead))
    days = choose_holdout(summary)
    if days < SHORTEST_HOLDOUT:
        return None
    past = log.until(summary.as_of)
    return Held(*backtest(past, summary.as_of - days, days, question.asked))
