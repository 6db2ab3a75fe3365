"""Every page and every operation, asked as each of the three people and as a stranger.

What each needs stands in `rights.txt`. Whoever is refused has changed nothing: not one statement
that writes was sent, and every table reads as before.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from furnished import Furnished, furnished

from amity.api.openapi import METHODS
from amity.api.root import api
from amity.base.vocabulary import Role
from amity.kernel.access.models import User
from amity.kernel.access.rules import policy_table
from amity.testing.fixtures import with_token

TABLE = Path(__file__).parent / "rights.txt"
ANYBODY = "anybody"
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
# Looking that leaves a trace, with the reason:
TRACES = {
    "/inbox/<int:number>/",  # what one was told of this conversation is seen
    "/inbox/log/",  # the channels of calls and visits are made when first asked for
}
# There only after a choice, so that an empty form may answer 404:
CHOSEN = {
    "/canvas/drafts/",
    "/canvas/versions/<int:number>/rollback/",
    "/deals/advice",
    "/deals/advice/records",
    "/inbox/<int:number>/assistance/",
    "/inbox/<int:number>/canned/",
    "/inbox/messages/<int:pk>/pictures/<int:number>/",
    "/insight/descriptions/",
    "/planner/inputs/figure/",
    "/settings/teams/<int:pk>/departures",
    "/settings/teams/<int:pk>/members",
}
# What is Ada's own, which nobody else takes back or removes:
OWN = {
    "/customers/views/<int:pk>/deletion",
    "/inbox/views/<int:pk>/deletion/",
    "/settings/absences/<int:pk>/end",
    "/settings/tokens/<int:pk>/end",
    "delete /api/v1/absences/{absence_id}",
    "delete /api/v1/tokens/{token_id}",
}
BODY = {"text": "x", "name": "x", "title": "x", "what": "x", "minutes": "5", "which": "rate"}


@dataclass(frozen=True)
class Page:
    """What an address needs of those who look and of those who change; None: it takes none."""

    route: str
    look: str | None
    change: str | None


def table() -> tuple[list[Page], dict[str, str]]:
    """The pages, and the permission of each operation."""
    pages, operations = [], {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        match line.split():
            case [route, look, change] if route.startswith("/"):
                needs = (None if one == "-" else one for one in (look, change))
                pages.append(Page(route, *needs))
            case [method, path, permission] if method in METHODS:
                operations[f"{method} {path}"] = permission
    return pages, operations


PAGES, OPERATIONS = table()


def routes(patterns: list[Any], prefix: str = "/") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


ALL = dict(routes(get_resolver().url_patterns))
OF_THE_API = re.compile(r"/(api/|v1/|\^)")


@dataclass
class Asked:
    """An answer, and the first statement that wrote."""

    status: int
    wrote: str
    location: str = ""


class Person:
    """Somebody who asks; each call begins signed in as before."""

    def __init__(self, user: User | None, **given: Any) -> None:
        self.user = user
        self.client = Client(raise_request_exception=False, **given)
        if user is not None:
            self.client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        self.cookies = self.client.cookies.output(header="", sep=";")

    def may(self, permission: str) -> bool:
        roles = policy_table()[permission].roles
        return self.user is not None and bool(self.user.role) and Role(self.user.role) in roles

    def ask(self, method: str, address: str, **given: Any) -> Asked:
        self.client.cookies.load(self.cookies)
        return ask(self.client, method, address, **given)


def ask(client: Client, method: str, address: str, **given: Any) -> Asked:
    with CaptureQueriesContext(connection) as captured:
        response: HttpResponse = getattr(client, method)(address, **given)
        if response.streaming:
            b"".join(response)
    wrote = [one["sql"] for one in captured if one["sql"].startswith(WRITES)]
    return Asked(
        response.status_code, wrote[0][:200] if wrote else "", response.get("Location", "")
    )


def digest() -> str:
    """What all tables hold."""
    rows = sha256()
    for model in apps.get_models(include_auto_created=True):
        for row in model._default_manager.order_by("pk").values_list():
            rows.update(repr((model._meta.label, row)).encode())
    return rows.hexdigest()


@pytest.fixture
def house(db: None) -> Furnished:
    return furnished()


def test_every_page_and_operation_stands_in_the_table() -> None:
    pages = {route for route in ALL if not OF_THE_API.match(route)}
    document = api.get_openapi_schema(path_prefix="/api/v1/")["paths"]
    operations = {f"{m} {path}" for path, found in document.items() for m in found if m in METHODS}

    assert {page.route for page in PAGES} == pages
    assert set(OPERATIONS) == operations
    named = {one for page in PAGES for one in (page.look, page.change) if one}
    assert named | set(OPERATIONS.values()) <= {*policy_table(), ANYBODY}


def test_what_is_for_anybody_is_a_short_list() -> None:
    assert {page.route for page in PAGES if page.look == ANYBODY} == {
        "/accounts/booking/<str:secret>",
        "/accounts/booking/<str:secret>/<int:pk>.ics",
        "/accounts/feed/<str:secret>.ics",
        "/assets/<path:name>",
        "/healthz",
        "/inbox/chat/<slug:key>/<slug:noun>/",
        "/inbox/chat/files/<str:ticket>/",
        "/inbox/chat/widget.js",
        "/inbox/help/<str:token>/",
        "/inbox/rating/<str:token>/",
        "/metrics",
        "/openapi.json",
        "/readyz",
        "/sign-in",
        "/sign-in/link",
    }


def test_who_may_not_is_refused_at_every_page_and_has_changed_nothing(
    house: Furnished, ben: User, cleo: User
) -> None:
    who = {"Ben": Person(ben), "Cleo": Person(cleo), "a stranger": Person(None)}
    before, wrong = digest(), []
    for page in PAGES:
        for name, person in who.items():
            for method, need in (("get", page.look), ("post", page.change)):
                needs = need or page.look or page.change or ""
                if needs == ANYBODY or person.may(needs):
                    continue
                asked = person.ask(method, house.fill(page.route), data=BODY)
                is_refused = (
                    asked.status == 403
                    if person.user is not None
                    else asked.status == 302 and asked.location.startswith("/sign-in?next=")
                )
                is_closed = need is None and asked.status == 405
                if asked.wrote or not (is_refused or is_closed):
                    wrong.append((name, method, page.route, asked))

    assert wrong == []
    assert digest() == before


def test_who_may_is_let_in_everywhere_and_looking_writes_nothing(
    house: Furnished, ben: User
) -> None:
    wrong = []
    for name, person in (("Ada", Person(house.ada)), ("Ben", Person(ben))):
        for page in PAGES:
            for method, need in (("get", page.look), ("post", page.change)):
                needs = need or page.look or page.change or ""
                if needs == ANYBODY or not person.may(needs):
                    continue
                with transaction.atomic():
                    asked = person.ask(method, house.fill(page.route))
                    transaction.set_rollback(True)
                if not _is_let_in(page, method, asked, house, name):
                    wrong.append((name, method, page.route, asked))

    assert wrong == []


def _is_let_in(page: Page, method: str, asked: Asked, house: Furnished, name: str) -> bool:
    changes = method == "post" and page.change is not None
    if name != "Ada" and changes and page.route in OWN:
        return asked.status in {403, 404} and not asked.wrote
    is_there = house.has(page.route) and page.route not in CHOSEN
    is_taken = page.look is not None if method == "get" else changes
    refused = {403, 500} | ({404, 405} if is_taken and is_there else set())
    leaves_a_trace = asked.wrote and not changes and page.route not in TRACES
    return asked.status not in refused and not leaves_a_trace


def test_a_form_from_elsewhere_is_refused_everywhere(house: Furnished) -> None:
    ada = Person(house.ada, enforce_csrf_checks=True)
    before, wrong = digest(), []
    for page in PAGES:
        if page.route == "/inbox/chat/<slug:key>/<slug:noun>/":
            continue  # no cookie counts there; the test below asks it
        asked = ada.ask("post", house.fill(page.route), data=BODY)
        if asked.status not in {403, 405} or asked.wrote:
            wrong.append((page.route, asked))

    assert wrong == []
    assert digest() == before


def test_every_operation_answers_each_caller_by_the_table(
    house: Furnished, ben: User, cleo: User
) -> None:
    scopes = ("read", "write")
    callers = {user: with_token(user, *scopes) for user in (house.ada, ben, cleo)}
    stranger = Client()
    for caller in callers.values():
        caller.get("/api/v1/company")  # the use of a token is noted once a minute
    before, wrong = digest(), []
    for name, permission in OPERATIONS.items():
        method, path = name.split()
        roles = policy_table()[permission].roles
        for user, caller in (*callers.items(), (None, stranger)):
            given = {} if method == "get" else {"data": {}, "content_type": "application/json"}
            expected = 401 if user is None else 403
            if user is not None and user.role and Role(user.role) in roles:
                with transaction.atomic():
                    asked = ask(caller, method, house.fill(path), **given)
                    transaction.set_rollback(True)
                is_hers = user == house.ada or name not in OWN
                refused = {401, 403, 405, 500} if is_hers else set(range(200, 403)) | {500}
                is_right = asked.status not in refused
            else:
                asked = ask(caller, method, house.fill(path), **given)
                is_right = asked.status == expected and not asked.wrote
            if not is_right:
                wrong.append((str(user), name, asked))

    assert wrong == []
    assert digest() == before
