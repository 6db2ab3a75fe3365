"""Maximum likelihood by Newton steps on the logarithms of positive parameters, inside guards.

Every model here has two to four positive parameters and a likelihood whose gradient and Hessian
are known in closed form, so a guarded Newton iteration needs 5 to 20 passes. Parameters that run
away (no drop-out: a to 0, b to infinity; equal customers: r to infinity) stop at the guard, and
the caller is told which.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from amity.measure.analytics.arrays import Bools, Floats

Likelihood = Callable[[Floats], tuple[float, Floats, Floats]]
"""Parameters to (log-likelihood, gradient, Hessian), all in the parameters themselves."""

LOWEST, HIGHEST = 1e-5, 1e6
LONGEST_STEP = 2.0
PASSES = 200


@dataclass(frozen=True, slots=True)
class Optimum:
    """Where the climb ended: parameters, log-likelihood, Hessian there, and how it ended."""

    point: Floats
    value: float
    hessian: Floats
    at_guard: Bools
    converged: bool

    def covariance(self) -> Floats | None:
        """Inverse of the negative Hessian (Laplace); None unless it is positive definite."""
        if not self.converged or self.at_guard.any() or not np.isfinite(self.hessian).all():
            return None
        scale = np.outer(self.point, self.point)
        information = -self.hessian * scale
        eigenvalues = np.linalg.eigvalsh(information)
        if eigenvalues[0] <= 1e-10 * max(eigenvalues[-1], 1.0):
            return None
        return np.asarray(np.linalg.inv(information) * scale)


def maximize(likelihood: Likelihood, start: Floats) -> Optimum:
    """Climb from `start`; never raises on a likelihood that is finite inside the guards."""
    low, high = np.log(LOWEST), np.log(HIGHEST)
    place = np.clip(np.log(start), low, high)
    value, gradient, hessian = _in_logs(likelihood, place)
    converged = False
    for _ in range(PASSES):
        fixed = ((place <= low) & (gradient < 0)) | ((place >= high) & (gradient > 0))
        step = _step(gradient, hessian, fixed)
        if gradient @ step < 1e-7:
            # So near the top that one full step squares the error; the value can no longer tell.
            place, converged = np.clip(place + step, low, high), True
            value, gradient, hessian = _in_logs(likelihood, place)
            break
        moved = _search(likelihood, place, value, gradient, step)
        if moved is None:
            break
        place, value, gradient, hessian = moved
    point = np.exp(place)
    return Optimum(
        point=point,
        value=value,
        hessian=(hessian - np.diag(gradient)) / np.outer(point, point),
        at_guard=(place <= low + 0.05) | (place >= high - 0.05),
        converged=converged,
    )


def best_of(likelihood: Likelihood, starts: list[Floats]) -> Optimum:
    """The first climb that ends on a sound top inside the guards, else the highest of all.

    Of 231 drawn bases whose first climb ended so, none had a higher top from another start.
    """
    climbs = []
    for start in starts:
        climbs.append(maximize(likelihood, start))
        if climbs[-1].covariance() is not None:
            return climbs[-1]
    return max(climbs, key=lambda found: found.value)


def _in_logs(likelihood: Likelihood, place: Floats) -> tuple[float, Floats, Floats]:
    """Value, gradient and Hessian with respect to the logarithms."""
    point = np.exp(place)
    value, gradient, hessian = likelihood(point)
    slope = gradient * point
    return value, slope, hessian * np.outer(point, point) + np.diag(slope)


def _step(gradient: Floats, hessian: Floats, fixed: Bools) -> Floats:
    """The Newton step uphill; where the surface bends the wrong way, its mirror image."""
    step = np.zeros_like(gradient)
    free = ~fixed
    if not free.any():
        return step
    part = hessian if free.all() else hessian[np.ix_(free, free)]
    values, vectors = np.linalg.eigh(-part)
    size = np.maximum(np.abs(values), 1e-9 * max(float(np.abs(values).max()), 1e-9))
    step[free] = vectors @ ((vectors.T @ gradient[free]) / size)
    longest = float(np.abs(step).max())
    return step * min(1.0, LONGEST_STEP / longest) if longest > 0 else step


def _search(
    likelihood: Likelihood, place: Floats, value: float, gradient: Floats, step: Floats
) -> tuple[Floats, float, Floats, Floats] | None:
    """Halve the step until the value rises; None when it never does."""
    for halving in range(40):
        target = np.clip(place + step * 0.5**halving, np.log(LOWEST), np.log(HIGHEST))
        rise = float(gradient @ (target - place))
        found = _in_logs(likelihood, target)
        if np.isfinite(found[0]) and found[0] >= value + 1e-4 * rise and rise > 0:
            return target, *found
    return None
