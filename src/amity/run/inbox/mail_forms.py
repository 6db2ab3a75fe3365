"""The form of a mailbox."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amity.run.inbox.models import Channel
from amity.run.inbox.rules.mail.boxes import ACKNOWLEDGMENT, Mailbox, mailbox_of


class MailboxForm(forms.Form):
    """How a mailbox is called, fetched and answered from; the password is never shown again."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("As colleagues call it."))
    address = forms.EmailField(label=_("Address"), help_text=_("Customers write to it."))
    from_name = forms.CharField(
        label=_("Answers come from"),
        max_length=100,
        required=False,
        help_text=_("The name that customers see; else the name above."),
    )
    signature = forms.CharField(
        label=_("Signature"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    host = forms.CharField(
        label=_("IMAP server"),
        max_length=253,
        required=False,
        help_text=_("Empty where your mail server hands mails over (LMTP or the drop command)."),
    )
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=993)
    security = forms.ChoiceField(
        label=_("Encryption"),
        choices=[
            ("tls", _("TLS from the beginning (993)")),
            ("starttls", _("STARTTLS (143)")),
            ("none", _("None, in your own network alone")),
        ],
    )
    login = forms.ChoiceField(
        label=_("Sign in with"),
        choices=[
            ("password", _("User name and password")),
            ("xoauth2", _("OAuth (Microsoft, Google)")),
        ],
    )
    user = forms.CharField(label=_("User name"), max_length=254, required=False)
    password = forms.CharField(
        label=_("Password, or refresh token"),
        max_length=8000,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Kept sealed. Leave it empty to keep the one that is there."),
    )
    variable = forms.CharField(
        label=_("Or the variable that holds it"),
        max_length=100,
        required=False,
        help_text=_("As in SUPPORT_MAIL_PASSWORD; SUPPORT_MAIL_PASSWORD_FILE names a file."),
    )
    token_url = forms.CharField(
        label=_("Token address"),
        max_length=500,
        required=False,
        help_text=_("Empty: the field above holds an access token that you renew yourself."),
    )
    scope = forms.CharField(label=_("Scope"), max_length=500, required=False)
    client_id = forms.CharField(label=_("Client id"), max_length=300, required=False)
    client_secret = forms.CharField(
        label=_("Client secret"),
        max_length=1000,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Kept sealed. Leave it empty to keep the one that is there."),
    )
    folder = forms.CharField(label=_("Folder"), max_length=200, required=False, initial="INBOX")
    move_to = forms.CharField(
        label=_("Then move mails to"),
        max_length=200,
        required=False,
        help_text=_("Empty: they stay and are marked as read."),
    )
    trusted_hosts = forms.CharField(
        label=_("Your mail servers' own names"),
        max_length=500,
        required=False,
        help_text=_("What they say of SPF, DKIM and DMARC is believed. By commas."),
    )
    has_plus_addresses = forms.BooleanField(
        label=_("Mail to name+something@ arrives too"),
        required=False,
        help_text=_("Then answers find their conversation whatever the customer's program does."),
    )
    acknowledges = forms.BooleanField(
        label=_("Say at once that we have it"),
        required=False,
        help_text=_("For a new matter, once an hour to one address, never to a machine."),
    )
    acknowledgment = forms.CharField(
        label=_("What it says"),
        max_length=4000,
        required=False,
        initial=ACKNOWLEDGMENT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def mailbox(self) -> Mailbox:
        """The settings as they were typed; the secret only where a variable names it."""
        given = self.cleaned_data
        variable = given["variable"].strip()
        return Mailbox(
            from_name=given["from_name"],
            host=given["host"].strip(),
            port=given["port"],
            security=given["security"],
            login=given["login"],
            user=given["user"].strip(),
            secret=f"env:{variable}" if variable else "",
            token_url=given["token_url"].strip(),
            client_id=given["client_id"].strip(),
            scope=" ".join(given["scope"].split()),
            folder=given["folder"] or "INBOX",
            move_to=given["move_to"],
            trusted_hosts=tuple(
                one.strip().lower().rstrip(".")
                for one in given["trusted_hosts"].split(",")
                if one.strip()
            ),
            has_plus_addresses=given["has_plus_addresses"],
            acknowledges=given["acknowledges"],
            acknowledgment=given["acknowledgment"] or ACKNOWLEDGMENT,
        )


def initial_of(channel: Channel) -> dict[str, Any]:
    """What the form shows of a mailbox: everything but what is sealed."""
    box = mailbox_of(channel.settings)
    shown = {name: getattr(box, name) for name in MailboxForm.base_fields if hasattr(box, name)}
    return shown | {
        "name": channel.name,
        "address": channel.address,
        "signature": channel.signature,
        "is_active": channel.is_active,
        "variable": box.secret[4:] if box.secret.startswith("env:") else "",
        "client_secret": "",
        "trusted_hosts": ", ".join(box.trusted_hosts),
    }
