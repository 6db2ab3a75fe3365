"""creme-crm as a peer: run with its own Python, in the folder of its project."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from creme.creme_core.models import CremeUser
from creme.persons import get_contact_model
from django.db import connection, transaction
from django.test import Client
from people import people

Contact = get_contact_model()
ROWS = 50  # as many as our own list shows


def seed(count: int) -> None:
    """Fills an empty database with `count` contacts: one is saved by the peer, the rest are its
    rows with other names, since saving each through the peer takes many minutes."""
    if Contact.objects.filter(email__endswith="@example.org").count() >= count:
        return
    user = CremeUser.objects.filter(is_superuser=True).first()
    model = Contact.objects.create(user=user, first_name="A", last_name="B", email="a@example.com")
    with transaction.atomic(), connection.cursor() as cursor:
        for table, key in (
            ("creme_core_cremeentity", "id"),
            ("persons_contact", "cremeentity_ptr_id"),
        ):
            cursor.execute(f"SELECT * FROM {table} WHERE {key} = %s", [model.pk])  # noqa: S608 -- our own names
            columns = [column[0] for column in cursor.description]
            row = dict(zip(columns, cursor.fetchone(), strict=True))
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608 -- likewise
                (list(changed.values()) for changed in _copies(row, key, model.pk, count)),
            )


def _copies(row: dict[str, Any], key: str, first: int, count: int) -> Iterator[dict[str, Any]]:
    for number, (first_name, last_name, email, phone) in enumerate(people(count), start=1):
        fresh = {
            key: first + number,
            "uuid": uuid4().hex,
            "header_filter_search_field": f"{last_name} {first_name}",
            "first_name": first_name,
            "last_name": last_name,
            "email": email,
            "phone": phone,
        }
        yield {**row, **{name: value for name, value in fresh.items() if name in row}}


def pages(count: int) -> dict[str, Any]:
    """Functions that each load one page and return its response."""
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(CremeUser.objects.filter(is_superuser=True).first())
    contact = Contact.objects.filter(email__endswith="@example.org").order_by("pk")[count // 2]
    middle = Contact.objects.order_by("last_name")[count // 2].last_name
    deep = {
        "type": "forward",
        "key": "last_name",
        "value": middle,
        "offset": ROWS,
    }  # its own keyset
    search = {"rows": ROWS, "search-regular_field-last_name": "lindq"}
    return {
        "list": lambda: client.post("/persons/contacts", {"rows": ROWS, "page": 1}),
        "deep page": lambda: client.post(
            "/persons/contacts", {"rows": ROWS, "page": json.dumps(deep)}
        ),
        "search": lambda: client.post("/persons/contacts", search),
        "customer": lambda: client.get(contact.get_absolute_url()),
    }
