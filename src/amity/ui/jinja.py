"""The Jinja2 environment of all pages."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment


def environment(**options: Any) -> Environment:
    """Django's options with our globals."""
    env = Environment(**options)  # noqa: S701 -- Django's back end passes autoescape=True
    env.globals.update(static=static, url=reverse)
    return env
