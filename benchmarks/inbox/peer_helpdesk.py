"""django-helpdesk as a peer: run with its own Python, in the folder of its project."""

import json
import os
import re
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.utils.dateparse import parse_datetime
from helpdesk.models import FollowUp, Queue, Ticket

ROWS = 50  # as many as our own list shows
LONG = 12  # messages of the ticket whose page is loaded


def seed(count: int) -> None:
    """The same conversations as tickets: the first message describes it, the others follow up."""
    call_command("migrate", verbosity=0)
    if Ticket.objects.count() >= count:
        return
    user = User.objects.create_superuser("agent", "agent@example.org", "unused")
    queue = Queue.objects.create(title="Help desk", slug="help")
    with Path(os.environ["BENCH_TICKETS"]).open() as lines:
        rows = [json.loads(line) for line in lines]
    tickets = Ticket.objects.bulk_create(
        (
            Ticket(
                title=row["title"][:200],
                queue=queue,
                submitter_email=row["email"],
                description=row["said"][0][1],
                status=Ticket.OPEN_STATUS if row["is_open"] else Ticket.CLOSED_STATUS,
                assigned_to=user,
                created=parse_datetime(row["created"]),
            )
            for row in rows
        ),
        batch_size=500,
    )
    FollowUp.objects.bulk_create(
        (
            FollowUp(
                ticket=ticket,
                title="Comment",
                comment=text,
                date=parse_datetime(at),
                public=kind != "note",
                user=None if kind == "incoming" else user,
            )
            for ticket, row in zip(tickets, rows, strict=True)
            for kind, text, at in row["said"][1:]
        ),
        batch_size=500,
    )


def pages(count: int) -> dict[str, Any]:
    """Functions that each load one page and return its response.

    The list is two answers: the page, and the rows that its script asks for.
    """
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(User.objects.get(username="agent"))
    html = client.get("/tickets/").content.decode()
    found = re.search(r'"?url"?: "([^"]*datatables_ticket_list[^"]*)"', html)
    assert found is not None
    rows = f"{found.group(1)}?{_draw()}"

    def both() -> HttpResponse:
        page = client.get("/tickets/")
        answer = client.get(rows)
        page.content += answer.content
        page.status_code = max(page.status_code, answer.status_code)
        return page

    with Path(os.environ["BENCH_TICKETS"]).open() as lines:
        sizes = [sum(kind != "note" for kind, _, _ in json.loads(line)["said"]) for line in lines]
    number = sizes.index(LONG) + 1 if LONG in sizes else count // 2
    return {"list": both, "conversation": lambda: client.get(f"/tickets/{number}/")}


def _draw() -> str:
    """What the table's script sends for the first page."""
    columns = "&".join(f"columns[{n}][data]=id&columns[{n}][search][value]=" for n in range(9))
    order = "order[0][column]=0&order[0][dir]=asc"
    return f"draw=1&start=0&length={ROWS}&search[value]=&{order}&{columns}"
