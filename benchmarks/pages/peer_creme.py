"""creme-crm as a peer: run with its own Python, in the folder of its project."""

import re
from typing import Any

from creme.creme_core.models import CremeUser
from creme.persons import get_contact_model
from django.db import transaction
from django.test import Client
from people import people

Contact = get_contact_model()


def seed(count: int) -> None:
    """Fills the database up to `count` contacts; goes on where it stopped."""
    user = CremeUser.objects.filter(is_superuser=True).first()
    there = Contact.objects.filter(email__endswith="@example.org").count()
    rows = list(people(count))[there:]
    for start in range(0, len(rows), 2_000):
        with transaction.atomic():
            for first, last, email, phone in rows[start : start + 2_000]:
                Contact.objects.create(
                    user=user, first_name=first, last_name=last, email=email, phone=phone
                )


def pages(count: int) -> dict[str, Any]:
    """Functions that each load one page and return its response."""
    client = Client()
    client.force_login(CremeUser.objects.filter(is_superuser=True).first())
    contact = Contact.objects.filter(email__endswith="@example.org").order_by("pk")[count // 2]
    first = client.post("/persons/contacts", {"rows": 25}).content.decode()
    last_page = max(int(number) for number in re.findall(r'data-page="(\d+)"', first))
    search = {"rows": 25, "search-regular_field-last_name": "lindq"}
    return {
        "list": lambda: client.post("/persons/contacts", {"rows": 25, "page": 1}),
        "deep page": lambda: client.post("/persons/contacts", {"rows": 25, "page": last_page // 2}),
        "search": lambda: client.post("/persons/contacts", search),
        "customer": lambda: client.get(contact.get_absolute_url()),
    }
