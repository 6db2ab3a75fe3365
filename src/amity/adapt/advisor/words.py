"""A plan and its reasons as plain sentences; figures rounded for reading."""

from collections.abc import Mapping

from amity.adapt.advisor.advise import Shortage
from amity.adapt.advisor.plan import SegmentPlan, Term, TermKind
from amity.adapt.advisor.problem import ASSISTED, Problem, Segment
from amity.adapt.advisor.questions import Alternative, Price, WhyNot
from amity.adapt.advisor.simulate import Spread
from amity.base.vocabulary import RelationshipType

REASONS = {
    TermKind.UPLIFT: "{about} wins {amount} of customer value",
    TermKind.COVERAGE: "covering the stages well wins {amount}",
    TermKind.OFFER: "{about} costs {amount}",
    TermKind.SETUP: "setting up {about} costs {amount}",
    TermKind.CONTACTS: "contacts that people answer cost {amount}",
    TermKind.OPENING: "opening the touchpoints costs {amount}",
    TermKind.UNMET: "contacts that stay unmet lose {amount}",
    TermKind.OVERLOAD: "more touchpoints than customers can overlook lose {amount}",
    TermKind.BREACH: "promises that cannot be kept weigh {amount}",
    TermKind.RUNNING: "running {about} costs {amount}",
    TermKind.TOUCHPOINTS: "running the touchpoints costs {amount}",
    TermKind.INTEGRATION: "joining the touchpoints costs {amount}",
}


def amount(value: float, currency: str) -> str:
    """Money to three leading digits: "EUR 41,200"."""
    size = abs(value)
    digits = 0 if size < 1 else max(0, len(str(int(size))) - 3)
    return f"{currency} {round(size, -digits):,.0f}"


def percent(share: float) -> str:
    """A share as "4.1 %" or "60 %"."""
    return f"{100 * share:.0f} %" if abs(share) >= 0.1 else f"{100 * share:.1f} %"


def type_name(kind: RelationshipType) -> str:
    """The type in running text."""
    return kind.label.lower()


def _list(items: list[str]) -> str:
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def decision(segment: Segment, plan: SegmentPlan) -> str:
    """Which types at which intensity, and which not."""
    offered = []
    for kind, intensity in sorted(plan.mix.items(), key=lambda item: -item[1]):
        said = f"{type_name(kind)} at {percent(intensity)}"
        if kind is RelationshipType.PERSONAL_ASSISTANCE and plan.contacts:
            said += f" ({percent(plan.assisted_share)} of contacts)"
        offered.append(said)
    refused = [type_name(kind) for kind in segment.offers if kind not in plan.mix]
    told = f"{segment.name}: {_list(offered) or 'no relationship type'}"
    return f"{told}; no {_list(refused)}." if refused else f"{told}."


def money(
    plan: SegmentPlan, net: Spread, assumed: float, currency: str, names: Mapping[str, str]
) -> str:
    """Value, yearly cost and hours, net with its interval, and what it rests on."""
    hours = [f"{value:,.0f} h {names.get(skill, skill)}" for skill, value in plan.hours.items()]
    worth = "gains" if plan.net >= 0 else "costs"
    said = (
        f"It wins {amount(plan.value, currency)} of value, costs {amount(plan.cost, currency)} a "
        f"year{' and ' + _list(hours) if hours else ''}, and {worth} {amount(plan.net, currency)} "
        f"net ({_signed(net.low, currency)} to {_signed(net.high, currency)} in nine of ten cases)."
    )
    return f"{said} It rests {percent(assumed)} on assumptions." if assumed >= 0.005 else said


def _signed(value: float, currency: str) -> str:
    return f"{'-' if value < 0 else ''}{amount(value, currency)}"


def drivers(segment: Segment, plan: SegmentPlan, problem: Problem) -> tuple[str, ...]:
    """Preference and cost: the two drivers that are always named first."""
    liked = sorted(segment.offers, key=lambda kind: -segment.offers[kind].preference)
    spread = {offer.preference for offer in segment.offers.values()}
    if len(spread) > 1 and liked:
        best = segment.offers[liked[0]].preference
        preference = (
            f"Preference: these customers like {type_name(liked[0])} best "
            f"({best:.2f} times the usual effect) and {type_name(liked[-1])} least "
            f"({segment.offers[liked[-1]].preference:.2f})."
        )
    else:
        preference = "Preference: not known, so all types count the same."
    each = plan.cost / plan.customers if plan.customers else 0.0
    person = segment.contact_cost.value
    saved = sum(count for kind, count in plan.resolved.items() if kind not in ASSISTED)
    cost = (
        f"Cost: {problem.currency} {each:,.2f} a customer and year; a contact that a person "
        f"answers costs {problem.currency} {person:,.2f}"
    )
    told = f", and {saved:,.0f} contacts a year need none." if saved >= 0.5 else "."
    return preference, cost + told


def reason(term: Term, currency: str) -> str:
    """One term of the net."""
    about = term.about.replace("_", " ")
    said = REASONS[term.kind].format(about=about, amount=amount(term.amount, currency))
    return said[0].upper() + said[1:] + "."


def binding(price: Price, currency: str) -> str:
    """What is full and what more of it would add."""
    if price.resource == "budget":
        full, unit = "The budget is used up", f"of {currency}"
        first = f"the first further {currency} adds {price.first:.2f}"
    else:
        full, unit = f"{price.name} hours are full", "hours"
        first = f"the first further hour adds {amount(price.first, currency)} above its wage"
    return (
        f"{full}: 10 % more ({price.extra:,.0f} {unit}) would add "
        f"{amount(price.gained, currency)}; {first}."
    )


def shortage(items: tuple[Shortage, ...]) -> str:
    """What is missing, in one sentence or two."""
    return " ".join(item.sentence for item in items)


def why_not(item: WhyNot, problem: Problem) -> str:
    """What the other choice costs and from where on it would be right."""
    name, currency = type_name(item.type), problem.currency
    if item.loss is None:
        can = "done without" if item.chosen else "offered"
        missing = shortage(item.missing)
        name = name[0].upper() + name[1:]
        if item.displaces:
            return f"{name} cannot be {can} without breaking a promise. {missing}"
        return f"{name} cannot be {can}. {missing or 'A rule or a promise stands against it.'}"
    if item.promised:
        said = f"{name[0].upper()}{name[1:]} is promised"
        worth = "keeping the promise wins" if item.loss >= 0 else "the price of the promise is"
        return f"{said}; {worth} {amount(item.loss, currency)}."
    if item.chosen:
        said = f"Without {name} the company would lose {amount(item.loss, currency)}"
    else:
        said = f"With {name} the company would lose {amount(item.loss, currency)}"
    if item.loss < 1e-4 * abs(problem_scale(problem)):
        said = f"{'Without' if item.chosen else 'With'} {name} the plan is as good"
    if item.break_even is None:
        return f"{said}."
    if item.chosen and item.break_even <= 0:
        return f"{said}; it would be right even without any uplift."
    turn = "stays right down to" if item.chosen else "would need"
    return (
        f"{said}; it {turn} an uplift of {percent(item.break_even)}, "
        f"and {percent(item.assumed)} is assumed."
    )


def problem_scale(problem: Problem) -> float:
    """The value of all customers, against which small amounts are nothing."""
    return sum(abs(segment.worth) for segment in problem.segments) / 100


def stability(item: WhyNot) -> str:
    """In which range of the uplift the decision stays the same."""
    if item.break_even is None or item.loss is None:
        return ""
    kind, turn = item.type.label, percent(item.break_even)
    if item.chosen and item.break_even <= 0:
        return f"{kind} is offered whatever its uplift: what it saves in contacts carries it."
    side = "above" if item.chosen else "below"
    verdict = "is offered" if item.chosen else "is not offered"
    if percent(item.low) == percent(item.high):
        return (
            f"{kind} {verdict} for any uplift {side} {turn}; {percent(item.assumed)} is counted on."
        )
    within = f"{percent(item.low)} to {percent(item.high)}"
    sure = "the whole interval" if item.stable else "only part of the interval"
    return f"{kind} {verdict} for any uplift {side} {turn}: {sure} {within}."


def alternative(item: Alternative, problem: Problem) -> str:
    """What another plan does differently and costs."""
    told = [
        f"{'with' if offered else 'without'} {type_name(kind)} for {problem.segment(key).name}"
        for key, kind, offered in item.differences
    ]
    more = f" and {len(told) - 6} more" if len(told) > 6 else ""
    return f"{', '.join(told[:6])}{more}: {amount(item.loss, problem.currency)} less net."


def experiment(item: WhyNot, problem: Problem) -> str:
    """What to find out before acting."""
    turn = percent(item.break_even or 0.0)
    return (
        f"Test {type_name(item.type)} with {problem.segment(item.segment).name}: whether its "
        f"uplift is above {turn} turns the decision, and {percent(item.low)} to "
        f"{percent(item.high)} is possible."
    )


def change(
    action: str,
    kind: RelationshipType,
    segment: Segment,
    *,
    before: float,
    after: float,
    owner: str,
) -> str:
    """One step from today to the plan."""
    name = type_name(kind)
    who = f" ({owner.replace('_', ' ')})" if owner else ""
    if action == "start":
        return f"Start {name} for {segment.name} at {percent(after)}{who}."
    if action == "stop":
        return f"Stop {name} for {segment.name}{who}."
    verb = action.capitalize()
    return f"{verb} {name} for {segment.name} from {percent(before)} to {percent(after)}{who}."
