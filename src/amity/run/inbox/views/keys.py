"""The keys of the inbox, as the help shows them and the script obeys them."""

from django.utils.translation import gettext_noop

LIST_KEYS = (
    ("o", gettext_noop("Open the row")),
    ("e", gettext_noop("Close it")),
    ("a", gettext_noop("Take it")),
    ("s", gettext_noop("Put it aside until tomorrow")),
    ("c", gettext_noop("New conversation")),
)
PAGE_KEYS = (
    ("j", gettext_noop("Next conversation")),
    ("k", gettext_noop("Previous conversation")),
    ("r", gettext_noop("Reply")),
    ("n", gettext_noop("Note among colleagues")),
    ("e", gettext_noop("Close it")),
    ("o", gettext_noop("Open it again")),
    ("a", gettext_noop("Give it to somebody")),
    ("m", gettext_noop("Take it myself")),
    ("s", gettext_noop("Put it aside")),
    ("t", gettext_noop("Tag it")),
    ("z", gettext_noop("Take the last step back")),
    ("/", gettext_noop("Canned replies, while writing")),
    ("u", gettext_noop("Back to the list")),
    ("Ctrl Enter", gettext_noop("Send")),
)
