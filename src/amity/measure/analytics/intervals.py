"""Delta-method intervals: how far a forecast moves when its parameters move by their errors."""

from collections.abc import Callable

import numpy as np

from amity.measure.analytics.arrays import Floats

Z95 = 1.959963984540054


def log_variance(
    forecast: Callable[[Floats], Floats], point: Floats, covariance: Floats | None
) -> Floats | None:
    """Variance of the logarithm of each forecast (positive numbers) at the fitted parameters.

    Central differences in the logarithms of the parameters; None without a covariance.
    """
    if covariance is None:
        return None
    in_logs = covariance / np.outer(point, point)
    slopes = []
    for k in range(len(point)):
        step = np.zeros(len(point))
        step[k] = 1e-4
        up, down = forecast(point * np.exp(step)), forecast(point * np.exp(-step))
        slopes.append((_log(up) - _log(down)) / 2e-4)
    gradient = np.array(slopes)
    return np.asarray(np.maximum((gradient * (in_logs @ gradient)).sum(axis=0), 0.0))


def interval(value: Floats, variance: Floats | None, band: float | None) -> tuple[Floats, Floats]:
    """95 % bounds around a positive forecast; NaN where nothing is known about its error.

    `variance` is that of the logarithm by parameter error; `band` is the relative half-width
    found by the back-test. Both count, as independent errors; the bounds are log-symmetric.
    """
    if variance is None and band is None:
        unknown = np.full(len(value), np.nan)
        return unknown, unknown
    parameter = np.zeros(len(value)) if variance is None else Z95**2 * variance
    misfit = 0.0 if band is None else np.log1p(band) ** 2
    factor = np.exp(np.minimum(np.sqrt(parameter + misfit), 20.0))
    return value / factor, value * factor


def _log(value: Floats) -> Floats:
    return np.log(np.maximum(value, 1e-300))
