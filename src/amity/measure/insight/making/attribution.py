"""Which touchpoints the customers met before they ordered: six descriptions side by side."""

import numpy as np

from amity.measure.analytics import attribution
from amity.measure.analytics.attribution import Credit, Paths, journeys_of
from amity.measure.insight.making.asked import Asked, Json
from amity.measure.insight.reports import number

SILENCE_DAYS = 90  # a longer silence ends a path without an order
SILENCE = SILENCE_DAYS * 86_400 * 1_000_000  # in microseconds
MODELS = ("first", "last", "linear", "position", "markov", "shapley")
PATHS = 20  # the most walked ones that are told


def make(asked: Asked) -> Json:
    """Credits of each touchpoint by each model, and the paths that were walked most."""
    table = asked.table("touches", **asked.days)
    found = journeys_of(
        table["customer"].to_numpy(),
        table["happened_us"].to_numpy(),
        table["touchpoint"].to_pylist(),
        (table["converted"].to_numpy() > 0).tolist(),
        SILENCE,
    )
    return {"silence_days": SILENCE_DAYS, "untouched": found.untouched} | described(found.paths)


def described(paths: Paths) -> Json:
    """The six models of any paths; credits are conversions, `removal` the Markov effect."""
    nothing = {"conversions": 0.0, "nulls": 0.0, "touchpoints": [], "paths": []}
    if not paths.steps:
        return nothing
    chain = attribution.markov(paths)
    given: dict[str, Credit] = {
        "first": attribution.first_touch(paths),
        "last": attribution.last_touch(paths),
        "linear": attribution.linear(paths),
        "position": attribution.position(paths),
        "markov": chain.credit,
        "shapley": attribution.shapley(paths),
    }
    return {
        "conversions": float(paths.conversions.sum()),
        "nulls": float(paths.nulls.sum()),
        "touchpoints": [
            {"key": channel, "removal": number(chain.removal[channel])}
            | {name: number(given[name][channel], 4) for name in MODELS}
            for channel in sorted(paths.channels, key=lambda one: (-given["linear"][one], one))
        ],
        "paths": _most_walked(paths),
    }


def _most_walked(paths: Paths) -> list[Json]:
    order = np.argsort(-(paths.conversions + paths.nulls), kind="stable")[:PATHS]
    return [
        {
            "steps": list(paths.steps[place][:12]),
            "more": max(len(paths.steps[place]) - 12, 0),
            "conversions": float(paths.conversions[place]),
            "nulls": float(paths.nulls[place]),
        }
        for place in order.tolist()
    ]
