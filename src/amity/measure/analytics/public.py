"""The public names, each from its module; `amity.measure.analytics` hands them on when asked.

A name that a module has as well is renamed: it would become the module once somebody imports that.
"""

from amity.base.time import day_number, from_day_number
from amity.measure.analytics.backtest import Backtest
from amity.measure.analytics.backtest import backtest as back_test
from amity.measure.analytics.base import base_of
from amity.measure.analytics.bgbb import BgBb
from amity.measure.analytics.bgnbd import BgNbd
from amity.measure.analytics.clv import Outlook, Values, value_customers
from amity.measure.analytics.cohorts import cohorts as cohort_table
from amity.measure.analytics.frames import Orders, read_orders
from amity.measure.analytics.gamma_gamma import GammaGamma
from amity.measure.analytics.mbgnbd import MbgNbd
from amity.measure.analytics.nbd import Nbd
from amity.measure.analytics.pareto import ParetoNbd
from amity.measure.analytics.rfm import score as rfm_scores
from amity.measure.analytics.segments import fit_segments, value_segments
from amity.measure.analytics.summary import Log, Summary, make_log, summarize
from amity.measure.analytics.tracking import Tracking, track
from amity.measure.analytics.valuation import Models, Question, Valuation, fit_models, value
from amity.measure.analytics.verdict import (
    PurchaseFit,
    SpendFit,
    Verdict,
    fit_purchases,
    fit_spend,
)

__all__ = [
    "Backtest",
    "BgBb",
    "BgNbd",
    "GammaGamma",
    "Log",
    "MbgNbd",
    "Models",
    "Nbd",
    "Orders",
    "Outlook",
    "ParetoNbd",
    "PurchaseFit",
    "Question",
    "SpendFit",
    "Summary",
    "Tracking",
    "Valuation",
    "Values",
    "Verdict",
    "back_test",
    "base_of",
    "cohort_table",
    "day_number",
    "fit_models",
    "fit_purchases",
    "fit_segments",
    "fit_spend",
    "from_day_number",
    "make_log",
    "read_orders",
    "rfm_scores",
    "summarize",
    "track",
    "value",
    "value_customers",
    "value_segments",
]
