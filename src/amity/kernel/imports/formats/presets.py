"""The layouts of well-known tools, recognized by the names of their columns. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Preset:
    """A layout: the columns that give it away, and the fields they hold."""

    name: str
    label: str
    kind: str
    signs: frozenset[str]  # lower case; all must be there
    fields: dict[str, str]  # field -> column
    options: dict[str, object] = field(default_factory=dict)

    def mapping_for(self, names: Sequence[str]) -> dict[str, str]:
        """The mapping with the columns that the file has, as it writes them."""
        written = {name.strip().lower(): name for name in names}
        return {
            name: written[column.lower()]
            for name, column in self.fields.items()
            if column.lower() in written
        }


def _signs(text: str) -> frozenset[str]:
    return frozenset(word.strip().lower() for word in text.split(","))


_MAILCHIMP = {
    "email": "Email Address",
    "first_name": "First Name",
    "last_name": "Last Name",
    "phone": "Phone Number",
    "tags": "TAGS",
    "note": "NOTES",
    "country": "CC",
    "time_zone": "TIMEZONE",
    "external": "LEID",
}

PRESETS = (
    Preset(
        "shopify",
        "Shopify orders",
        "orders",
        _signs("Name, Email, Financial Status, Lineitem quantity, Lineitem price, Created at"),
        {
            "order": "Name",
            "customer": "Email",
            "customer_name": "Billing Name",
            "date": "Created at",
            "product": "Lineitem sku",
            "description": "Lineitem name",
            "quantity": "Lineitem quantity",
            "unit_price": "Lineitem price",
            "discount": "Discount Amount",
            "currency": "Currency",
            "channel": "Source",
            "country": "Billing Country",
            "total": "Total",
            "refund": "Refunded Amount",
            "status": "Financial Status",
            "canceled": "Cancelled at",
        },
    ),
    Preset(
        "mailchimp_unsubscribed",
        "Mailchimp, unsubscribed",
        "customers",
        _signs("Email Address, OPTIN_TIME, LEID, EUID, UNSUB_TIME"),
        {**_MAILCHIMP, "unsubscribed": "UNSUB_TIME"},
    ),
    Preset(
        "mailchimp",
        "Mailchimp audience",
        "customers",
        _signs("Email Address, OPTIN_TIME, LEID, EUID"),
        _MAILCHIMP,
    ),
    Preset(
        "hubspot",
        "HubSpot contacts",
        "customers",
        _signs("Record ID, First Name, Last Name, Email, Lifecycle Stage"),
        {
            "external": "Record ID",
            "first_name": "First Name",
            "last_name": "Last Name",
            "email": "Email",
            "phone": "Phone Number",
            "company": "Associated Company",
            "unsubscribed": "Unsubscribed from all email",
            "city": "City",
            "country": "Country/Region",
        },
    ),
    Preset(
        "salesforce",
        "Salesforce leads",
        "customers",
        _signs("LEAD_ID, FIRST_NAME, LAST_NAME, COMPANY, EMAIL"),
        {
            "external": "LEAD_ID",
            "first_name": "FIRST_NAME",
            "last_name": "LAST_NAME",
            "email": "EMAIL",
            "phone": "PHONE",
            "company": "COMPANY",
            "city": "CITY",
            "country": "COUNTRY",
        },
    ),
    Preset(
        "vcard",
        "vCards",
        "customers",
        _signs("Given Name, Family Name, E-mail, E-mail 2, Phone 2, Categories"),
        {
            "name": "Name",
            "first_name": "Given Name",
            "last_name": "Family Name",
            "email": "E-mail",
            "second_email": "E-mail 2",
            "phone": "Phone",
            "second_phone": "Phone 2",
            "company": "Company",
            "job": "Job Title",
            "city": "City",
            "country": "Country",
            "tags": "Categories",
            "birthday": "Birthday",
            "note": "Note",
        },
    ),
    Preset(
        "google",
        "Google Contacts",
        "customers",
        _signs("Given Name, Family Name, E-mail 1 - Value"),
        {
            "name": "Name",
            "first_name": "Given Name",
            "last_name": "Family Name",
            "email": "E-mail 1 - Value",
            "second_email": "E-mail 2 - Value",
            "phone": "Phone 1 - Value",
            "second_phone": "Phone 2 - Value",
            "company": "Organization 1 - Name",
            "job": "Organization 1 - Title",
            "tags": "Group Membership",
            "birthday": "Birthday",
            "note": "Notes",
        },
    ),
    Preset(
        "outlook",
        "Outlook contacts",
        "customers",
        _signs("First Name, Last Name, E-mail Address, E-mail Display Name"),
        {
            "first_name": "First Name",
            "last_name": "Last Name",
            "email": "E-mail Address",
            "second_email": "E-mail 2 Address",
            "phone": "Mobile Phone",
            "second_phone": "Business Phone",
            "company": "Company",
            "job": "Job Title",
            "city": "Business City",
            "birthday": "Birthday",
            "note": "Notes",
        },
    ),
)


def find_preset(kind: str, names: Sequence[str]) -> Preset | None:
    """The first preset of `kind` all of whose telling columns are there."""
    have = {name.strip().lower() for name in names}
    return next((p for p in PRESETS if p.kind == kind and p.signs <= have), None)
