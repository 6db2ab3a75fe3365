"""The planner's charts: each answers one question."""

from amity.adapt.advisor.plan import Plan, ResourceUse
from amity.adapt.planner.rules.outcome import Outcome
from amity.ui.charts import Chart, bars


def net_chart(outcome: Outcome) -> Chart:
    """Plan, today and simple rules side by side."""
    told = [("This plan", outcome.plan.net)]
    if outcome.today is not None:
        name = "Today, beyond the resources" if outcome.today_lacks else "Today"
        told.append((name, outcome.today.net))
    if outcome.greedy_net is not None:
        told.append(("Greedy rule", outcome.greedy_net))
    if outcome.tiers_net is not None:
        told.append(("Best tier rule", outcome.tiers_net))
    names, nets = zip(*told, strict=True)
    return bars(
        "Is it better than today, and than simple rules?",
        names,
        {"Net": [round(net) for net in nets]},
        y=outcome.plan.currency,
        horizontal=True,
        size="sm",
        formats=("", "number"),
        note="Net over the horizon, in the same model.",
    )


def segments_chart(plan: Plan) -> Chart:
    """What each segment costs a year and brings."""
    return bars(
        "Which segments earn the money?",
        [item.name for item in plan.segments],
        {
            "Net": [round(item.net) for item in plan.segments],
            "Cost a year": [round(item.cost) for item in plan.segments],
        },
        y=plan.currency,
        formats=("", "number", "number"),
    )


def resources_chart(plan: Plan, limited: list[ResourceUse]) -> Chart:
    """What is full."""
    shares = [use.used / use.limit if use.limit else 0.0 for use in limited]
    names = [plan.names.get(use.key.partition(":")[2], use.key.capitalize()) for use in limited]
    return bars(
        "What is full?",
        names,
        {"Used": [round(share, 4) for share in shares]},
        horizontal=True,
        size="sm",
        formats=("", "percent"),
    )
