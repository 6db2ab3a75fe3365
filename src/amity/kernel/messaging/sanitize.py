"""The one sanitizer: what strangers wrote becomes HTML that cannot act."""

from functools import cache

import nh3
from markdown_it import MarkdownIt

MAX_TEXT = 500_000  # characters; longer is cut before it costs time
TAGS = frozenset(
    "a abbr b blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i li ol p pre s small "
    "span strong sub sup table tbody td tfoot th thead tr u ul".split()
)
ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
SCHEMES = frozenset({"http", "https", "mailto", "tel"})


def sanitize_html(html: str, *, with_images: bool = False) -> str:
    """`html` with the tags of plain writing alone: no script, style, form, frame or event.

    Images are dropped unless `with_images`, since they tell their sender when a mail was read;
    then only those of http and https remain.
    """
    return nh3.clean(
        html[:MAX_TEXT],
        tags=set(TAGS | {"img"}) if with_images else set(TAGS),
        attributes=ATTRIBUTES | ({"img": {"src", "alt"}} if with_images else {}),
        clean_content_tags={"script", "style", "title", "textarea", "noscript", "template"},
        url_schemes=set(SCHEMES),
        link_rel="nofollow noopener noreferrer",
        strip_comments=True,
    )


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(
        ["table", "strikethrough"]
    )


def markdown(text: str) -> str:
    """CommonMark with tables as sanitized HTML; HTML in it is shown as text."""
    return sanitize_html(_markdown().render(text[:MAX_TEXT]))


def text_of(html: str) -> str:
    """What is read when all tags are taken away, for previews and for searching."""
    return nh3.clean(
        html[:MAX_TEXT], tags=set(), attributes={}, clean_content_tags={"script", "style"}
    )
