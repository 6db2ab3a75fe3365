"""The report on contracts, as plain JSON: how long they last, by which model, how sure."""

from typing import Any

import numpy as np

from amity.measure.analytics.arrays import Floats
from amity.measure.analytics.contracts import Contract
from amity.measure.insight.contracts import Contracted, Group
from amity.measure.insight.reports import number, numbers

Json = dict[str, Any]


def contracts_report(found: Contracted) -> Json:
    """Each group of contracts: all by length of period, then those of each segment."""
    return {"groups": [_group(group) for group in found.groups]}


def _group(group: Group) -> Json:
    fit, curve = group.fit, group.curve
    return {
        "segment": group.key,
        "name": group.name,
        "months": group.months,
        "contracts": group.contracts,
        "running": group.running,
        "ended": group.contracts - group.running,
        "model": fit.model.name,
        "verdict": fit.verdict.value,
        "reason": fit.reason,
        "parameters": _parameters(fit.model),
        "standard_errors": _errors(fit.model, fit.covariance),
        "log_likelihood": number(fit.log_likelihood),
        "beside": None
        if fit.beside is None
        else {"model": fit.beside.name, "parameters": _parameters(fit.beside)},
        "held_out": numbers(fit.held_out),
        "forecast": numbers(fit.forecast),
        "band": number(fit.band),
        "curve": {
            "at_risk": numbers(curve.at_risk, 0),
            "seen": numbers(curve.seen),
            "seen_low": numbers(curve.seen_low),
            "seen_high": numbers(curve.seen_high),
            "model": numbers(curve.model),
            "model_low": numbers(curve.model_low),
            "model_high": numbers(curve.model_high),
        },
    }


def _parameters(model: Contract) -> dict[str, float]:
    free = model.parameters if model.c != 1.0 else model.parameters[:2]
    return {name: float(value) for name, value in zip(free, model.vector(), strict=False)}


def _errors(model: Contract, covariance: Floats | None) -> dict[str, float]:
    if covariance is None:
        return {}
    errors = np.sqrt(np.diag(covariance))
    return {name: float(error) for name, error in zip(model.parameters, errors, strict=False)}
