"""The tabs of the settings that a person may see."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from amity.web.shell import shell_of

TABS = (
    ("settings", gettext_noop("Company"), "settings.view"),
    ("settings_people", gettext_noop("People"), "people.manage"),
    ("settings_teams", gettext_noop("Teams and absences"), "teams.view"),
    ("settings_tokens", gettext_noop("API tokens"), "tokens.manage"),
    ("settings_write_keys", gettext_noop("Tracking keys"), "write_keys.manage"),
    ("settings_fields", gettext_noop("Customer fields"), "settings.view"),
    ("settings_trail", gettext_noop("Trail of changes"), "audit.view"),
)


def tabs_for(request: HttpRequest, current: str) -> list[tuple[str, str, bool]]:
    """(words, address, whether it is this one) of each tab that this person may open."""
    shell = shell_of(request)
    return [
        (_(label), reverse(name), name == current)
        for name, label, permission in TABS
        if shell.may(permission)
    ]
