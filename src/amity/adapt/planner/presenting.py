"""A run as plain values, for the command line and the API."""

from typing import Any

from amity.adapt.advisor.plan import SegmentPlan
from amity.adapt.planner.models import AdviceRun
from amity.adapt.planner.queries import outcome_of
from amity.adapt.planner.rules.outcome import Outcome


def run_values(run: AdviceRun) -> dict[str, Any]:
    """The run without its plan."""
    return {
        "advice": run.pk,
        "status": run.status,
        "message": run.message,
        "asked": run.asked,
        "currency": run.currency,
        "net": run.net,
        "bound": run.bound,
        "gap": run.gap,
        "cost": run.cost,
        "seconds": run.seconds,
        "canvas": run.base.number if run.base else None,
        "proposal": run.proposal.number if run.proposal else None,
    }


def full_values(run: AdviceRun) -> dict[str, Any]:
    """The run with its plan and reasons, where it has them."""
    values, outcome = run_values(run), outcome_of(run)
    if outcome is None:
        return values
    plan, told = outcome.plan, outcome.explanation
    return {
        **values,
        "value": plan.value,
        "net_low": told.net.low,
        "net_high": told.net.high,
        "greedy_net": outcome.greedy_net,
        "tiers_net": outcome.tiers_net,
        "today_net": outcome.today.net if outcome.today else None,
        "today_fits": not outcome.today_lacks,
        "better_than_today": outcome.better_than_today,
        "types": [kind.value for kind in plan.types],
        "touchpoints": {item.touchpoint: item.quality for item in plan.touchpoints},
        "hours": {
            use.key.partition(":")[2]: {"used": use.used, "limit": use.limit}
            for use in plan.resources
            if use.key.startswith("hours:")
        },
        "segments": [_segment(item, outcome) for item in plan.segments],
        "binding": list(told.binding),
        "breaches": [
            {
                "segment": item.segment,
                "promise": item.promise,
                "about": item.about,
                "amount": item.amount,
                "price": item.price,
            }
            for item in plan.breaches
        ],
        "short": [
            {"resource": item.resource, "missing": item.missing, "message": item.sentence}
            for item in outcome.shortages
        ],
        "alternatives": list(told.alternative_sentences),
        "experiments": [item.sentence for item in told.experiments],
        "explained": told.complete,
        "inputs": len(run.inputs),
        "assumptions": assumptions(run),
    }


def assumptions(run: AdviceRun) -> int:
    """How many inputs of the run were assumed."""
    return sum(row["grade"] == "D" and not row["overridden"] for row in run.inputs)


def _segment(plan: SegmentPlan, outcome: Outcome) -> dict[str, Any]:
    told = outcome.explanation.segment(plan.key)
    return {
        "segment": plan.key,
        "name": plan.name,
        "customers": plan.customers,
        "mix": {kind.value: round(share, 4) for kind, share in plan.mix.items()},
        "touchpoints": [item.touchpoint for item in plan.touchpoints],
        "cost": plan.cost,
        "hours": dict(plan.hours),
        "value": plan.value,
        "net": plan.net,
        "net_low": told.net.low,
        "net_high": told.net.high,
        "assumption_share": told.assumption_share,
        "decision": told.decision,
        "money": told.money,
        "drivers": list(told.drivers),
        "why": list(told.why_sentences),
        "why_not": list(told.why_not_sentences),
        "stable": list(told.stability),
        "changes": [change.sentence for change in told.changes],
    }


def in_words(values: dict[str, Any]) -> str:
    """A finished run as text."""
    head = (
        f"Advice {values['advice']} for canvas {values['canvas']}, proposed as version "
        f"{values['proposal']}."
    )
    money = (
        f"Net {values['currency']} {values['net']:,.0f} "
        f"({values['net_low']:,.0f} to {values['net_high']:,.0f}), cost "
        f"{values['cost']:,.0f} a year; at most {values['gap']:.1%} below the best possible, "
        f"found in {values['seconds']:.1f} s."
    )
    assumed = f"{values['assumptions']} of {values['inputs']} figures are assumptions."
    lines = [head, money, assumed]
    for segment in values["segments"]:
        lines += ["", segment["decision"], f"  {segment['money']}"]
        lines += [f"  {said}" for said in (*segment["drivers"], *segment["why_not"])]
    told = [*values["binding"], *(item["message"] for item in values["short"])]
    return "\n".join([*lines, "", *told] if told else lines)
