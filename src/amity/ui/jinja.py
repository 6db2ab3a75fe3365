"""The Jinja2 environment of every page (Django's own Jinja2 back end calls `environment`)."""

import json
from collections.abc import Callable, Hashable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils import translation
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from amity.base.text import initials
from amity.base.vocabulary import RelationshipType
from amity.ui import formats, relationships
from amity.ui.bundles import bundle_address

_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a named page: `url("customer", 7)` or `url("customer", pk=7)`."""
    return _address(get_urlconf(), get_script_prefix(), name, *args, **kwargs)


@lru_cache(maxsize=4096, typed=True)
def _address(
    urlconf: str | None, _prefix: str, name: str, /, *args: Hashable, **kwargs: Hashable
) -> str:
    return reverse(name, urlconf, args=args, kwargs=kwargs)


def drawn_once(macro: Callable[..., str]) -> Callable[..., str]:
    """A macro whose text depends on its arguments and the language only, drawn once for each.

    The types count too: `"<b>"` as text is not `"<b>"` as markup. Never for a macro that shows a
    form (its token is the visitor's), the time, or what its caller gives it.
    """

    @lru_cache(maxsize=1024, typed=True)
    def drawn(_language: str | None, *args: Hashable, **kwargs: Hashable) -> str:
        return macro(*args, **kwargs)

    def draw(*args: Any, **kwargs: Any) -> str:
        try:
            return drawn(translation.get_language(), *args, **kwargs)
        except TypeError:  # something that cannot be remembered
            return macro(*args, **kwargs)

    return draw


def _gettext(message: str) -> str:
    """Django's, asked once for each text and language: pages say the same words over and over."""
    return _translated(translation.get_language(), message)


@lru_cache(maxsize=8192)
def _translated(_language: str | None, message: str) -> str:
    return translation.gettext(message)


@lru_cache(maxsize=256)
def _versioned(path: str) -> str:
    found = finders.find(path)
    version = sha256(Path(found).read_bytes()).hexdigest()[:10] if found else ""
    return f"{static(path)}?v={version}" if version else static(path)


def versioned(path: str) -> str:
    """The address of an asset; it changes with the content, so browsers may keep it for long."""
    return static(path) if settings.DEBUG else _versioned(path)


def url_or_none(name: str, *args: Any) -> str | None:
    """The address of a named page, or None while its capability is not in the house."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return None


def json_data(value: Any) -> Markup:
    """A value as JSON that is safe inside a `<script type="application/json">`."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return Markup(text.translate(_ESCAPES))  # noqa: S704 -- the three dangerous characters are escaped


def spark_points(values: list[float | None], width: int = 72, height: int = 22) -> str:
    """The points of a sparkline for an SVG polyline; gaps are left out."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    step = width / (len(values) - 1)
    return " ".join(
        f"{index * step:.1f},{height - 2 - (value - low) / span * (height - 4):.1f}"
        for index, value in enumerate(values)
        if value is not None
    )


def icon_names() -> frozenset[str]:
    """The icons in the sprite."""
    text = (Path(__file__).parent / "static/amity/vendor/icons.svg").read_text()
    return frozenset(part.split('"', 1)[0] for part in text.split('<symbol id="')[1:])


def environment(**options: Any) -> Environment:
    """Jinja2 with our filters, macros' helpers and translations."""
    options.setdefault("extensions", []).append("jinja2.ext.i18n")
    options.update(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    env = Environment(**options)  # noqa: S701 -- Django's back end passes autoescape=True in options
    env.install_gettext_callables(  # type: ignore[attr-defined]  # added by the i18n extension
        _gettext,
        translation.ngettext,
        newstyle=True,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
    )
    env.globals.update(
        static=versioned,
        bundle=bundle_address,
        url=url,
        url_or_none=url_or_none,
        language=translation.get_language,
        is_right_to_left=translation.get_language_bidi,
        relationship=relationships.relationship,
        relationship_types=tuple(RelationshipType),
        relationship_icons=relationships.ICONS,
        debug=settings.DEBUG,
    )
    env.filters.update(
        number=formats.number,
        compact=formats.compact,
        percent=formats.percent,
        money=formats.money,
        date=formats.day,
        datetime=formats.moment,
        time=formats.clock,
        ago=formats.ago,
        when=formats.when,
        duration=formats.duration,
        initials=initials,
        drawn_once=drawn_once,
        json_data=json_data,
        spark_points=spark_points,
        segment_color=relationships.segment_color,
    )
    return env
