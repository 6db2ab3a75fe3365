"""The service report, through real conversations."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from amity.base.shares import share
from amity.run.inbox.operations import conversations as do
from amity.run.inbox.queries.service import LINES, ServiceReport, service_report
from amity.run.inbox.rules.service import Matter, by_line, spread
from amity.run.inbox.tests.company import MONDAY, House, house

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def pumps() -> House:
    return house("Ann", "Ben")


def report(by: str = "team", *, after: timedelta = 10 * DAY) -> ServiceReport:
    return service_report(since=MONDAY - DAY, until=MONDAY + DAY, at=MONDAY + after, by=by)


def test_an_answered_matter_has_its_times_cost_and_kept_promise(pumps: House) -> None:
    matter = pumps.mail("sam")
    do.reply(
        conversation_id=matter.pk,
        actor=pumps.actor("Ann"),
        text="Turn it on.",
        at=MONDAY + timedelta(minutes=30),
        staff_seconds=600,
        has_left=True,
        close=True,
    )
    total = report().total
    assert (total.matters, total.backlog) == (1, 0)
    assert total.promises.value == 1.0
    assert total.staff_seconds == 600
    assert total.cost_minor == 917  # ten minutes at 55.00 an hour
    assert total.came_again == share(0, 1)


def test_who_comes_again_within_a_week_is_counted_once_the_week_is_over(pumps: House) -> None:
    first = pumps.mail("sam")
    do.close(conversation_id=first.pk, actor=pumps.actor("Ann"), at=MONDAY + timedelta(hours=1))
    pumps.mail("sam", at=MONDAY + timedelta(hours=5), subject="Something else")
    assert report(after=DAY).total.came_again.count == 0
    assert report().total.came_again == share(1, 1)


def test_a_promise_that_ran_out_is_made_and_not_kept(pumps: House) -> None:
    matter = pumps.mail("kim")
    do.reply(
        conversation_id=matter.pk,
        actor=pumps.actor("Ann"),
        text="Late, sorry.",
        at=MONDAY + 3 * DAY,
        has_left=True,
    )
    assert report().total.promises.hits == 0
    assert report().total.promises.count >= 1


@pytest.mark.parametrize("by", LINES)
def test_lines_of_every_kind_hold_every_matter(pumps: House, by: str) -> None:
    for sender in ("kim", "sam", "sol"):
        pumps.mail(sender)
    found = report(by)
    assert sum(line.matters for line in found.lines) == found.total.matters == 3


def test_the_number_of_statements_does_not_grow(pumps: House) -> None:
    pumps.mail("sam")
    with CaptureQueriesContext(
        connection,
    ) as one:
        report()
    pumps.mail("kim")
    pumps.mail("sol")
    with CaptureQueriesContext(connection) as three:
        report()
    assert len(three) == len(one) <= 7


def test_the_page_and_the_file_show_the_lines(pumps: House, ben_client: Client) -> None:
    pumps.mail("sam")
    page = ben_client.get("/inbox/service/?days=365&by=team")
    assert page.status_code == 200
    file = ben_client.get("/inbox/service/?days=365&by=team&format=csv")
    assert file["Content-Type"].startswith("text/csv")
    assert file.content.decode().splitlines()[0].startswith("line,matters,backlog")


def test_a_stranger_sees_nothing(client: Client, cleo_client: Client) -> None:
    assert client.get("/inbox/service/").status_code == 302
    assert cleo_client.get("/inbox/service/").status_code == 403


def test_few_times_have_no_median() -> None:
    assert spread([60.0, None, 120.0]).median is None
    assert spread([60.0] * 9 + [600.0]).median == 60.0


def test_the_busiest_line_comes_first() -> None:
    def matter(line: str) -> Matter:
        return Matter(line, None, None, False, False, False, False, False, 0, 0, 0, 0, None)

    assert [one.key for one in by_line([matter("b"), matter("a"), matter("a")])] == ["a", "b"]


def test_a_share_has_the_published_interval() -> None:
    found = share(15, 20)
    assert (found.low, found.high) == pytest.approx((0.531, 0.888), abs=5e-4)
    assert share(0, 0).value is None
