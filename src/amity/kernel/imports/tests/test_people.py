"""Customers from the exports of well-known tools, and other rows that stand alone."""

import csv
import json
from pathlib import Path

import pytest
from django.conf import LazySettings

from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.models import Product
from amity.kernel.customers.models import Customer, Identity, Membership
from amity.kernel.imports.models import Import
from amity.kernel.imports.operations import ImportStateError, analyze_file
from amity.kernel.imports.undoing import undo_import
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.queries import effective

from .helpers import AT, DATA, orders_file, take_in

pytestmark = pytest.mark.django_db
FILES = (
    "mailchimp_subscribed.csv",
    "mailchimp_unsubscribed.csv",
    "google_contacts.csv",
    "outlook_contacts.csv",
    "hubspot_contacts.csv",
    "salesforce_leads.csv",
)


@pytest.fixture(autouse=True)
def _home(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def truth(name: str) -> dict[int, int]:
    """The person of each row of a file."""
    rows = json.loads((DATA / "truth.json").read_text("utf-8"))["rows"]
    return {row: person for file, row, person in rows if file == name}


@pytest.mark.parametrize("name", FILES)
def test_a_layout_is_recognized_and_taken_whole(name: str) -> None:
    taken = take_in(DATA / name, "customers")

    assert taken.status == Import.Status.DONE, taken.error
    assert str(taken.options["preset"]).startswith(name.partition("_")[0])
    assert taken.summary["rejected"] == 0
    assert taken.summary["rows"] == len(truth(name))


def test_one_person_in_several_files_is_one_customer() -> None:
    for name in FILES:
        take_in(DATA / name, "customers")

    persons = Customer.objects.filter(kind=Customer.Kind.PERSON).count()
    named = {person for name in FILES for person in truth(name).values()}
    assert abs(persons - len(named)) <= 0.02 * len(named)


def test_whoever_withdrew_somewhere_is_unsubscribed() -> None:
    for name in FILES:
        take_in(DATA / name, "customers")

    hubspot = truth("hubspot_contacts.csv")
    with (DATA / "hubspot_contacts.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = enumerate(csv.DictReader(stream), start=1)
        withdrew = {hubspot[n] for n, row in rows if row["Unsubscribed from all email"]}
    withdrew |= set(truth("mailchimp_unsubscribed.csv").values())
    assert Customer.objects.filter(custom__unsubscribed=True).count() == len(withdrew)


def test_a_withdrawal_is_not_taken_back_by_another_file(tmp_path: Path) -> None:
    take_in(orders_file(tmp_path, "Email,Unsubscribed\nann@example.org,yes\n"), "customers")
    take_in(orders_file(tmp_path, "Email,Unsubscribed\nann@example.org,no\n"), "customers")

    assert Customer.objects.get().custom == {"unsubscribed": True}


def test_the_same_customers_twice_change_nothing() -> None:
    take_in(DATA / "hubspot_contacts.csv", "customers")
    before = list(Customer.objects.order_by("pk").values())

    again = take_in(DATA / "hubspot_contacts.csv", "customers")

    assert (again.summary["created"], again.summary["changed"]) == (0, 0)
    assert list(Customer.objects.order_by("pk").values()) == before


def test_undo_restores_fields_tags_identities_and_memberships(tmp_path: Path) -> None:
    take_in(orders_file(tmp_path, "Id,Name,City\n7,Ann Lee,Leeds\n"), "customers")
    before = Customer.objects.values().get()
    text = "Id,Name,City,Email,Company,Tags\n7,Ann Lee,York,ann@example.org,Acme,vip\n"
    second = take_in(orders_file(tmp_path, text), "customers")
    assert Customer.objects.get(pk=before["id"]).city == "York"
    assert Membership.objects.count() == 1

    report = undo_import(second.pk, actor=SYSTEM, at=AT)

    after = Customer.objects.values().get()
    changing = {"version", "updated_at"}
    assert {k: v for k, v in after.items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing
    }
    assert (report["customers_restored"], report["customers_removed"]) == (1, 1)
    assert Identity.objects.count() == 1
    assert Customer.objects.get().tags.count() == 0


def test_an_earlier_import_is_kept_while_a_later_one_builds_on_it(tmp_path: Path) -> None:
    first = take_in(orders_file(tmp_path, "Id,Name,City\n7,Ann,Leeds\n"), "customers")
    take_in(orders_file(tmp_path, "Id,Name,City\n7,Ann,York\n"), "customers")

    with pytest.raises(ImportStateError, match="changed customers"):
        undo_import(first.pk, actor=SYSTEM, at=AT)

    assert Customer.objects.get().city == "York"


def test_a_phone_is_shared_by_an_office_and_identifies_a_like_name_alone(tmp_path: Path) -> None:
    take_in(orders_file(tmp_path, "Name,Phone\nAnn Lee,+44 7700 900123\n"), "customers")

    text = "Name,Phone\nLee Ann,+447700900123\nBo Diaz,+447700900123\n"
    take_in(orders_file(tmp_path, text), "customers")

    assert sorted(Customer.objects.values_list("name", flat=True)) == ["Bo Diaz", "Lee Ann"]


def test_bad_addresses_are_rejected_with_their_row(tmp_path: Path) -> None:
    text = "Name,Email\nAnn,ann@example.org\nBo,bo at example\n,\n"

    taken = take_in(orders_file(tmp_path, text), "customers")

    assert taken.summary["reasons"] == {"bad_email": 1, "missing_key": 1}
    assert Customer.objects.count() == 1


def test_columns_become_custom_fields_on_request(tmp_path: Path) -> None:
    path = orders_file(tmp_path, "household_id,income\n7,35-49K\n")

    take_in(path, "customers", mapping={"custom.income": "income"})

    assert Customer.objects.get().custom == {"income": "35-49K"}


def test_products_are_upserted_and_taken_back(tmp_path: Path) -> None:
    take_in(orders_file(tmp_path, "sku,name,brand\nA1,Tea,Own\nP,Shipping,\n"), "products")

    second = take_in(orders_file(tmp_path, "sku,name,brand\nA1,Green tea,Own\n"), "products")

    assert Product.objects.get(key="A1").name == "Green tea"
    assert Product.objects.get(key="P").kind == Product.Kind.POSTAGE
    undo_import(second.pk, actor=SYSTEM, at=AT)
    assert Product.objects.get(key="A1").name == "Tea"


CALLS = """Caller,When,Event,Duration,Subject
7,2024-03-05 10:00,Phone call,120,Where is my order?
7,2024-03-05 10:00,Phone call,120,Where is my order?
8,2024-03-06 11:00,phone.called,30,
9,soon,Phone call,30,
"""
CALL_MAP = {"customer": "Caller", "date": "When"}


def test_interactions_are_stored_once_voided_and_told_again(tmp_path: Path) -> None:
    path = orders_file(tmp_path, CALLS)

    first = take_in(path, "interactions", mapping=CALL_MAP)

    assert first.summary["reasons"] == {"bad_date": 1}
    assert (first.summary["created"], first.summary["duplicates"]) == (2, 1)
    told = Interaction.objects.get(kind="imported.phone_call")
    assert (told.staff_seconds, told.subject) == (120, "Where is my order?")
    assert take_in(path, "interactions", mapping=CALL_MAP).summary["created"] == 0
    undo_import(first.pk, actor=SYSTEM, at=AT)
    assert effective().count() == 0
    assert take_in(path, "interactions", mapping=CALL_MAP).summary["created"] == 2
    assert take_in(path, "interactions", mapping=CALL_MAP).summary["created"] == 0
    assert effective().count() == 2


def test_the_proposal_finds_a_date_by_part_of_its_name(tmp_path: Path) -> None:
    path = orders_file(tmp_path, "household_id,coupon_upc,redemption_date\n1,10,2017-03-01\n")

    analysis = analyze_file(path, "interactions", {})

    assert analysis.settings.mapping["date"] == "redemption_date"


CARDS = """BEGIN:VCARD
VERSION:3.0
N:Doe;Jane;;;
FN:Jane Doe
item1.EMAIL;TYPE=INTERNET:jane@example.org
TEL;TYPE="cell,voice":+44 7700 900123
ORG:Acme\\, Inc.;Sales
CATEGORIES:vip,press
NOTE:first line\\nsecond
 , folded
PHOTO;ENCODING=b:AAAA
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Bj=C3=B6rn
EMAIL:bjorn@example.org
END:VCARD
"""


def test_vcards_are_customers(tmp_path: Path) -> None:
    take_in(orders_file(tmp_path, CARDS, "contacts.vcf"), "customers")

    jane = Customer.objects.get(name="Jane Doe")
    assert jane.note == "first line\nsecond, folded"
    assert set(jane.tags.values_list("name", flat=True)) == {"vip", "press"}
    assert Membership.objects.get(person=jane).organization.name == "Acme, Inc."
    assert Customer.objects.get(identities__value="bjorn@example.org").name == "Björn Müller"
