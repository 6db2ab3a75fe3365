"""The first page: the loop as a picture, its four numbers, and the one next step."""

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amity.kernel.access.doors import requires
from amity.kernel.customers.queries import active_customers
from amity.kernel.interactions.models import Interaction
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.traits.models import Trait
from amity.ui.formats import NOTHING, compact, money, number, when
from amity.ui.jinja import url_or_none
from amity.web.shell import shell_of

VALUE = "clv_12m"
KEPT_FOR = 60  # seconds: a measurement may still be arriving
Status = PolicyVersion.Status


@dataclass(frozen=True, slots=True)
class State:
    """How far the company has come round the loop."""

    customers: int
    last_interaction_at: datetime | None
    measured_at: datetime | None
    value_minor: int | None
    newest: PolicyVersion | None
    published: PolicyVersion | None
    proposals: int


@dataclass(frozen=True, slots=True)
class Station:
    """One of the four places of the loop, with its number."""

    name: str
    label: str
    icon: str
    figure: str
    text: str
    href: str | None
    is_next: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """The one thing to do now: where on the loop, what, why, and where it is done."""

    station: str
    title: str
    text: str
    button: str
    icon: str
    href: str | None


def read_state() -> State:
    """Seven statements, none of which grows with the log."""
    measured = Trait.objects.filter(name=VALUE).order_by("name", "number").first()
    latest = Interaction.objects.order_by("-happened_at", "-id").first()
    versions = list(
        PolicyVersion.objects.defer("document").filter(
            status__in=[Status.PUBLISHED, Status.PROPOSAL, Status.DRAFT]
        )
    )
    published = next((row for row in versions if row.status == Status.PUBLISHED), None)
    return State(
        customers=active_customers().count(),
        last_interaction_at=latest.happened_at if latest else None,
        measured_at=measured.as_of if measured else None,
        value_minor=_value_found_at(measured.as_of) if measured else None,
        newest=max(versions, key=lambda row: row.number, default=None),
        published=published,
        proposals=sum(row.status == Status.PROPOSAL for row in versions),
    )


def _value_found_at(measured_at: datetime) -> int:
    """The sum of a measurement in minor units; kept for a minute."""
    key = f"home:value:{measured_at.timestamp()}"
    known: int | None = cache.get(key)
    if known is None:
        found = Trait.objects.filter(name=VALUE, as_of=measured_at).aggregate(sum=Sum("number"))
        known = round(found["sum"] or 0)
        cache.set(key, known, KEPT_FOR)
    return known


def next_step(state: State) -> Step:
    """What to do now, by how far the loop has come."""
    if not state.customers:
        return Step(
            "run",
            _("Bring in your orders"),
            _("A file of orders is enough: who, when, how much. All else is derived from it."),
            _("Import a file"),
            "upload",
            url_or_none("imports"),
        )
    if state.measured_at is None:
        return Step(
            "measure",
            _("Measure your customers"),
            _("Who stays, who leaves, and what each of them will be worth: takes a minute."),
            _("Measure"),
            "gauge",
            url_or_none("insight"),
        )
    return _step_of_policy(state)


def _step_of_policy(state: State) -> Step:
    canvas = url_or_none("canvas")
    if state.newest is None:
        return Step(
            "design",
            _("Draft the relationships you want"),
            _("Two steps draft a first canvas from what was measured; every guess is marked."),
            _("Draft a canvas"),
            "wand",
            url_or_none("canvas_wizard") or canvas,
        )
    if state.published is None:
        return Step(
            "design",
            _("Publish version %(number)s") % {"number": state.newest.number},
            _("Look at what publishing changes and for whom; from then on each promise counts."),
            _("Look and publish"),
            "send",
            canvas,
        )
    if state.proposals:
        return Step(
            "adapt",
            ngettext(
                "%(n)s proposal waits for you", "%(n)s proposals wait for you", state.proposals
            )
            % {"n": state.proposals},
            _("Adopt it, edit it or decline it: nothing changes before you do."),
            _("Look at it"),
            "git-compare",
            url_or_none("planner") or canvas,
        )
    return Step(
        "adapt",
        _("Ask the planner for a better mix"),
        _("It weighs value, cost and hours for each segment, and says why and what came close."),
        _("Plan"),
        "calculator",
        url_or_none("planner"),
    )


def stations(state: State, currency: str, step: Step) -> list[Station]:
    """The four places in the order of the loop."""
    drawn = [
        ("design", _("Design"), "layout-grid", *_design(state), url_or_none("canvas")),
        ("run", _("Run"), "users", *_run(state), url_or_none("customers")),
        ("measure", _("Measure"), "gauge", *_measure(state, currency), url_or_none("insight")),
        ("adapt", _("Adapt"), "git-compare", *_adapt(state), url_or_none("planner")),
    ]
    return [Station(*one, is_next=one[0] == step.station) for one in drawn]


def _design(state: State) -> tuple[str, str]:
    if state.published is not None:
        version = state.published
        published = when(version.published_at)
        return _("Version %s") % version.number, _("%(name)s, published %(when)s") % {
            "name": version.name,
            "when": published,
        }
    if state.newest is not None:
        return _("Draft %s") % state.newest.number, _("not published yet")
    return NOTHING, _("no canvas yet")


def _run(state: State) -> tuple[str, str]:
    if not state.customers:
        return "0", _("no customers yet")
    figure = number(state.customers) if state.customers < 100_000 else compact(state.customers)
    words = _("customers")
    if state.last_interaction_at is not None:
        words = _("customers, the last seen %s") % when(state.last_interaction_at)
    return figure, words


def _measure(state: State, currency: str) -> tuple[str, str]:
    if state.value_minor is None:
        return NOTHING, _("not measured yet")
    return money(state.value_minor, currency), _("to come in 12 months, as of %s") % when(
        state.measured_at
    )


def _adapt(state: State) -> tuple[str, str]:
    if state.proposals:
        return str(state.proposals), ngettext("proposal waits", "proposals wait", state.proposals)
    return "0", _("no proposal waits")


@requires("home.view")
def page(request: HttpRequest) -> HttpResponse:
    """Home."""
    state = read_state()
    step = next_step(state)
    shell = shell_of(request)
    return render(
        request,
        "web/home.html",
        {"stations": stations(state, shell.currency, step), "step": step, "state": state},
    )
