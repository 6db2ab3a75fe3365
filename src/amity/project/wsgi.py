"""The WSGI application."""

import gc
import os
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.urls import reverse

from amity.base import turns
from amity.project.supervisor import die_with_parent

TURNS_VARIABLE = "AMITY_TURNS"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amity.project.settings")
die_with_parent()
_house = get_wsgi_application()
_turns = turns.limit(int(os.environ.get(TURNS_VARIABLE) or 4))
reverse("healthz")  # loads every page before the first one is asked for
gc.collect()
gc.freeze()  # what is loaded stays; to look through it would hold requests up now and then


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answers one request when its turn comes; one that waits for news gives its turn away."""
    with _turns.taken():
        return _house(environ, start_response)
