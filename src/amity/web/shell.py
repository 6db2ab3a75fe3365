"""What stands around every staff page: navigation by manifest, counts, theme, notices."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.cache import cache as kept
from django.db import DatabaseError
from django.db.models import Count, Subquery
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.backends.utils import csrf_input
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from amity.kernel.access.doors import actor_of
from amity.kernel.access.models import Company
from amity.kernel.access.operations import company
from amity.kernel.access.rules import Actor, may
from amity.kernel.hooks.discovery import capabilities, load
from amity.kernel.hooks.manifest import NavigationEntry, Wing
from amity.kernel.jobs.models import Job
from amity.ui.jinja import url
from amity.ui.notices import take_notices

THEME_COOKIE = "amity_theme"
THEMES = ("light", "dark")
COUNT_FOR = 30  # seconds

HOME = NavigationEntry(gettext_noop("Home"), "home", "home", "home.view", order=0, daily=True)
CUSTOMERS = NavigationEntry(
    gettext_noop("Customers"), "customers", "users", "customers.view", order=10, daily=True
)
IMPORTS = NavigationEntry(
    gettext_noop("Imports"), "imports", "file-import", "imports.view", order=20
)
JOBS = NavigationEntry(gettext_noop("Jobs"), "jobs", "activity", "jobs.view", order=30)
SETTINGS = NavigationEntry(
    gettext_noop("Settings"), "settings", "settings", "settings.view", order=40
)
WING_LABELS = {
    Wing.DESIGN: gettext_noop("Design"),
    Wing.RUN: gettext_noop("Run"),
    Wing.MEASURE: gettext_noop("Measure"),
    Wing.ADAPT: gettext_noop("Adapt"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the sidebar as it is drawn."""

    label: str
    href: str
    icon: str
    is_current: bool
    is_daily: bool
    name: str
    is_counted: bool  # whether a number may stand beside it
    count: int | None
    key: str  # the letter after `g` that goes there; empty where all were taken


@dataclass(frozen=True, slots=True)
class Group:
    """A titled part of the sidebar."""

    label: str
    entries: tuple[Place, ...]


def navigation() -> list[tuple[str, tuple[NavigationEntry, ...]]]:
    """The groups of the sidebar, top to bottom, with everything that is in the house."""
    groups: list[tuple[str, tuple[NavigationEntry, ...]]] = [("", (HOME,))]
    for wing in Wing:
        entries = [
            entry
            for manifest in capabilities()
            if manifest.wing == wing
            for entry in manifest.navigation
        ]
        groups.append((WING_LABELS[wing], tuple(sorted(entries, key=lambda entry: entry.order))))
    groups.append((gettext_noop("Company"), (CUSTOMERS, IMPORTS, JOBS, SETTINGS)))
    return groups


def _reach(entry: NavigationEntry) -> str | None:
    try:
        return url(entry.url_name)
    except NoReverseMatch:
        return None


class Shell:
    """The frame's facts, each read when (and only when) the page draws it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._actor = actor_of(request)
        self.search_url = url("search")
        self.theme_url = url("theme")
        self.counts_url = url("navigation_counts")
        self.sign_out_url = url("sign_out")
        self.jobs_url = _reach(JOBS) or ""

    @cached_property
    def company(self) -> Company:
        """The company; its `running` counts the jobs at work. One statement for both."""
        at_work = (
            Job.objects.filter(status=Job.Status.RUNNING)
            .order_by()
            .values("status")
            .annotate(count=Count("pk"))
            .values("count")
        )
        row = Company.objects.order_by("pk").annotate(running=Subquery(at_work)).first()
        return row or company()

    @property
    def company_name(self) -> str:
        return self.company.name

    @property
    def currency(self) -> str:
        return self.company.currency

    @property
    def user_name(self) -> str:
        return self._actor.name

    @property
    def role_label(self) -> str:
        return _(self._actor.role.value.capitalize()) if self._actor.role else _("No role yet")

    @property
    def running(self) -> int:
        """Jobs at work, for those who may see them."""
        count: int | None = getattr(self.company, "running", None)
        return (count or 0) if may(self._actor, "jobs.view") else 0

    @property
    def time_zone(self) -> str:
        """The person's own time zone, else the company's."""
        return getattr(self._request.user, "time_zone", "") or self.company.time_zone

    def may(self, permission: str) -> bool:
        """Whether this person may; pages draw only what works."""
        return may(self._actor, permission)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The sidebar for this person; groups without a reachable place are left out."""
        keys = _letters()
        drawn = [
            Group(_(label) if label else "", tuple(self._places(entries, keys)))
            for label, entries in navigation()
        ]
        return tuple(group for group in drawn if group.entries)

    @property
    def are_counts_old(self) -> bool:
        """Whether the page should ask for the numbers beside the places."""
        return not are_counted(self._actor)

    @property
    def daily(self) -> tuple[Place, ...]:
        """At most four places for the bottom bar of small screens."""
        places = [place for group in self.groups for place in group.entries if place.is_daily]
        return tuple(places[:4])

    def _places(self, entries: Iterable[NavigationEntry], keys: dict[str, str]) -> Iterable[Place]:
        for entry in entries:
            href = _reach(entry)
            if href is not None and may(self._actor, entry.permission):
                yield Place(
                    label=_(entry.label),
                    href=href,
                    icon=entry.icon,
                    is_current=self._is_current(href),
                    is_daily=entry.daily,
                    name=entry.url_name,
                    is_counted=entry.count is not None,
                    count=_known_count(entry, self._actor),
                    key=keys.get(entry.url_name, ""),
                )

    def _is_current(self, href: str) -> bool:
        path = self._request.path
        return path == href or (href != "/" and path.startswith(href.rstrip("/") + "/"))


@cache
def _letters() -> dict[str, str]:
    """The letter after `g` for each place, by name; the house's own places choose first."""
    groups = [entries for _label, entries in navigation()]
    letters: dict[str, str] = {}
    for entry in (*groups[0], *groups[-1], *(one for group in groups[1:-1] for one in group)):
        free = [one for one in entry.label.lower() if one.isascii() and one.isalpha()]
        letter = next((one for one in free if one not in letters.values()), "")
        letters[entry.url_name] = letter
    return letters


def _key_of(entry: NavigationEntry, actor: Actor) -> str:
    return f"navigation:{entry.url_name}:{actor.user_id}"


def _known_count(entry: NavigationEntry, actor: Actor) -> int | None:
    known: tuple[int | None] | None = kept.get(_key_of(entry, actor)) if entry.count else None
    return known[0] if known else None


def are_counted(actor: Actor) -> bool:
    """Whether the numbers beside the places are known and at most half a minute old."""
    return kept.get(f"navigation:{actor.user_id}") is not None


def count_places(actor: Actor) -> None:
    """Counts anew what stands beside the places; one statement or so for each.

    A page never waits for it: it shows the numbers of before and asks for the new ones when it
    stands, so that no page gets slower by a capability that counts.
    """
    for _group, entries in navigation():
        for entry in entries:
            if entry.count is not None and may(actor, entry.permission):
                kept.set(_key_of(entry, actor), (load(entry.count)(actor),), None)
    kept.set(f"navigation:{actor.user_id}", True, COUNT_FOR)


def shell_of(request: HttpRequest) -> Shell:
    """The request's frame; one for the view and the page."""
    known: Shell | None = getattr(request, "amity_shell", None)
    if known is None:
        known = Shell(request)
        request.amity_shell = known  # type: ignore[attr-defined]  # kept for this request only
    return known


def theme_of(request: HttpRequest) -> str:
    """The theme that this browser chose, empty for the system's."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


class LocalTime:
    """Middleware: pages show local time, and no request inherits the zone of the one before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()


def _tokens(request: HttpRequest) -> dict[str, Any]:
    """The token against forged requests, masked once for all the forms of a page.

    Django masks it anew wherever it stands; what matters is that no two answers have the same.
    """
    # lazily: asking for a token sets the cookie, and not every page has a form
    return {
        "csrf_token": SimpleLazyObject(lambda: get_token(request)),
        "csrf_input": SimpleLazyObject(lambda: csrf_input(request)),
    }


def context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `theme` and `notices` everywhere, `shell` for people who are signed in."""
    given: dict[str, Any] = {"theme": theme_of(request), **_tokens(request)}
    user = getattr(request, "user", None)
    if user is None:
        return given
    try:
        given["notices"] = take_notices(request)
        if user.is_authenticated:
            given["shell"] = shell = shell_of(request)
            given["company_name"] = shell.company_name
            timezone.activate(_zone(shell.time_zone))
    except DatabaseError:
        given["notices"] = []  # the page about the trouble must still be drawn
    return given
