"""HTML of mails: brought into order, cut at what it quotes, made harmless, read as text.

nh3 parses and writes it anew first, so that what follows works on well-formed markup and needs no
parser of its own. Markup with more tags than any letter has is shown as text alone, since parsing
what is never closed takes quadratic time (100,000 of `<div>`: 21 s).
"""

import html as entities
import re
from bisect import bisect_left
from dataclasses import dataclass, field

import nh3

from amity.kernel.messaging.sanitize import SCHEMES, TAGS
from amity.run.inbox.rules.mail.limits import HTML_ENTITIES, HTML_TAGS, TEXT_CHARACTERS
from amity.run.inbox.rules.mail.replies import CANDIDATES, cut_reply, is_attribution, quote_below
from amity.run.inbox.rules.mail.words import plain

# As nh3 writes them: values in double quotes, in which < and > may stand as they are.
ATTRIBUTES = r'((?:\s[a-z-]+="[^"]*")*)'
TOKEN = re.compile(rf"<(/?)([a-z0-9]+){ATTRIBUTES}\s*>|([^<]+)")
PICTURE = re.compile(rf"<img{ATTRIBUTES}\s*>")
ANY_TAG = re.compile(r"<[^<>]*>")
ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
BLOCKS = frozenset(
    "blockquote dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre table tr ul section article".split()
)
VOID = frozenset({"br", "hr", "img"})
HIDDEN = {"script", "style", "title", "textarea", "noscript", "template", "head"}
QUOTE_CLASSES = frozenset(
    "gmail_quote gmail_attr yahoo_quoted moz-cite-prefix protonmail_quote zmail_extra "
    "tutanota_quote quoted_text".split()
)
QUOTE_IDS = re.compile(
    r"^(?:divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|stopSpelling|zwchr|"
    r"mail-editor-reference-message-container|reply-intro|isForwardContent)$"
)
OUTLOOK_LINE = re.compile(r"border-top:\s*solid\s+#(?:b5c4df|e1e1e1)", re.IGNORECASE)
TO_THE_END = re.compile(r"divRplyFwdMsg|appendonsend|stopSpelling|zwchr|OLK_SRC|border-top")


@dataclass(frozen=True, slots=True)
class Markup:
    """The new part as harmless HTML, and the text of the new part and of the quoted part."""

    html: str
    text: str
    quoted: str


@dataclass(frozen=True, slots=True)
class _Token:
    closes: bool
    tag: str  # empty for text
    attributes: dict[str, str]
    text: str


def is_too_much(html: str) -> bool:
    """Whether parsing it would take longer than a letter is worth."""
    return html.count("<") > HTML_TAGS or html.count("&") > HTML_ENTITIES


def read_markup(html: str) -> Markup:
    """The HTML of a mail in its pieces; of too much markup the text alone."""
    html = html[:TEXT_CHARACTERS].replace("\x00", "")
    if is_too_much(html):
        text = plain(entities.unescape(ANY_TAG.sub(" ", html)))
        reply = cut_reply(text)
        return Markup("", reply.text, reply.quoted)
    tokens = _tokens(html)
    at = _quote_at(tokens)
    fresh, quoted = tokens[:at], tokens[at:]
    return Markup(sanitize_mail("".join(_written(fresh))), read_text(fresh), read_text(quoted))


def sanitize_mail(html: str) -> str:
    """Harmless HTML that keeps the addresses of pictures; `shown` decides what becomes of them."""
    cleaned = _clean(html[:TEXT_CHARACTERS])
    without_controls = plain(cleaned)
    if without_controls != cleaned:  # `java\x03script:` is a scheme only once the control is gone
        without_controls = _clean(without_controls)
    return without_controls.strip()


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=set(TAGS | {"img"}),
        attributes={
            "a": {"href", "title"},
            "abbr": {"title"},
            "ol": {"start"},
            "td": {"colspan", "rowspan"},
            "th": {"colspan", "rowspan", "scope"},
            "img": {"src", "alt"},
        },
        clean_content_tags={"script", "style", "title", "textarea", "noscript", "template"},
        url_schemes=set(SCHEMES | {"cid"}),
        link_rel="nofollow noopener noreferrer",
        strip_comments=True,
    )


def has_remote_pictures(html: str) -> bool:
    """Whether pictures would be fetched from elsewhere."""
    return bool(remote_pictures(html))


def shown(html: str, *, inline: dict[str, str], remote: dict[str, str] | None = None) -> str:
    """HTML of `sanitize_mail` as it is put on a page.

    `inline` has the address of each inline picture by its content id, `remote` the address under
    which a remote one is served by us; without it remote pictures are left out.
    """
    return PICTURE.sub(lambda match: _picture(match, inline, remote or {}), html)


def remote_pictures(html: str) -> list[str]:
    """The addresses of pictures elsewhere, each once."""
    found = (_attributes(match).get("src", "") for match in PICTURE.findall(html))
    return list(dict.fromkeys(src for src in found if src.startswith(("http://", "https://"))))


def _picture(match: re.Match[str], inline: dict[str, str], remote: dict[str, str]) -> str:
    attributes = _attributes(match.group(1))
    source, alt = attributes.get("src", ""), attributes.get("alt", "")
    if source.startswith("cid:"):
        served = inline.get(source.removeprefix("cid:"))
    else:
        served = remote.get(source)
    if served is None:
        return f"<span>{entities.escape(alt)}</span>" if alt else ""
    return f'<img src="{entities.escape(served)}" alt="{entities.escape(alt)}" loading="lazy">'


def _attributes(text: str) -> dict[str, str]:
    return {name: entities.unescape(value) for name, value in ATTRIBUTE.findall(text)}


def _tokens(html: str) -> list[_Token]:
    ordered = nh3.clean(
        html,
        tags=set(TAGS | {"img", "section", "article", "font", "center"}),
        attributes={
            "*": {"class", "id", "style", "type", "dir"},
            "a": {"href", "title"},
            "img": {"src", "alt"},
            "ol": {"start"},
            "td": {"colspan", "rowspan"},
            "th": {"colspan", "rowspan"},
        },
        clean_content_tags=set(HIDDEN),
        url_schemes=set(SCHEMES | {"cid"}),
        link_rel=None,
        strip_comments=True,
    )
    found: list[_Token] = []
    for match in TOKEN.finditer(ordered):
        slash, tag, attributes, text = match.groups()
        if text is not None:
            found.append(_Token(False, "", {}, text))
        else:
            known = _attributes(attributes) if attributes else {}
            found.append(_Token(bool(slash), tag, known, match.group()))
    return found


def _written(tokens: list[_Token]) -> list[str]:
    return [token.text for token in tokens]


def _quote_at(tokens: list[_Token]) -> int:
    """Where the quote begins that ends the mail; the number of tokens where none does.

    Told by what mail programs call their quotes, and by the lines as they are read.
    """
    lines, starts = _lines(tokens)
    below = quote_below(lines)
    by_lines = starts[below] if below < len(lines) else len(tokens)
    if not any(line.strip() for line in lines[:below]):
        by_lines = len(tokens)
    return min(by_lines, _named_quote(tokens, lines, starts))


def _named_quote(tokens: list[_Token], lines: list[str], starts: list[int]) -> int:
    candidates = 0
    has_text = False
    for at, token in enumerate(tokens):
        if not token.tag:
            has_text = has_text or bool(token.text.strip())
        elif not token.closes and has_text and _begins_quote(token):
            candidates += 1
            if candidates > CANDIDATES:
                break
            if TO_THE_END.search(str(token.attributes)) or not _text_after(tokens, at):
                return _with_attribution(at, lines, starts)
    return len(tokens)


def _with_attribution(at: int, lines: list[str], starts: list[int]) -> int:
    """`at`, or where the line before begins if that says who wrote what follows."""
    before = bisect_left(starts, at) - 1
    if before >= 0 and is_attribution(lines[before]):
        return starts[before]
    return at


def _begins_quote(token: _Token) -> bool:
    attributes = token.attributes
    if token.tag == "blockquote":
        return True
    classes = set(attributes.get("class", "").split())
    if classes & QUOTE_CLASSES or QUOTE_IDS.match(attributes.get("id", "")):
        return True
    return bool(OUTLOOK_LINE.search(attributes.get("style", "")))


def _text_after(tokens: list[_Token], start: int) -> bool:
    """Whether something is written after the element that begins at `start`."""
    depth = 0
    for at in range(start, len(tokens)):
        token = tokens[at]
        if not token.tag:
            if depth == 0 and token.text.strip():
                return _says_something(tokens[at:])
        elif token.tag not in VOID:
            depth = max(0, depth + (-1 if token.closes else 1))
    return False


def _says_something(tokens: list[_Token]) -> bool:
    if any(not token.closes and token.tag == "blockquote" for token in tokens):
        return False  # what stands between two quotes is the head of the second
    text = read_text(tokens).strip()
    return bool(text) and not text.startswith("--")


def read_text(tokens: list[_Token]) -> str:
    """Tokens as plain text: a line for each block, quotes marked."""
    return re.sub(r"\n{3,}", "\n\n", plain("\n".join(_lines(tokens)[0]))).strip()


def _lines(tokens: list[_Token]) -> tuple[list[str], list[int]]:
    """The lines that are read, and the token with which each begins."""
    writer = _Lines()
    for at, token in enumerate(tokens):
        if not token.tag:
            writer.write(token.text, at)
        elif token.tag == "br":
            writer.end(at, even_empty=True)
        elif token.tag == "img":
            writer.write(token.attributes.get("alt", ""), at)
        elif token.tag in {"td", "th"} and token.closes:
            writer.write(" ", at)
        elif token.tag in BLOCKS:
            writer.end(at, even_empty=token.tag == "p" and token.closes)
            if token.tag == "blockquote":
                writer.depth = max(0, writer.depth + (-1 if token.closes else 1))
            if token.tag == "li" and not token.closes:
                writer.write("- ", at)
    writer.end(len(tokens))
    return writer.lines, writer.starts


@dataclass(slots=True)
class _Lines:
    lines: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    began: int = 0
    depth: int = 0  # of quotes

    def write(self, text: str, at: int) -> None:
        if not self.pieces:
            self.began = at
        self.pieces.append(text)

    def end(self, at: int, *, even_empty: bool = False) -> None:
        text = " ".join(entities.unescape("".join(self.pieces)).split())
        if text or even_empty:
            self.lines.append(f"{'> ' * min(self.depth, 5)}{text}")
            self.starts.append(self.began if self.pieces else at)
        self.pieces.clear()


def text_of_markup(html: str) -> str:
    """The whole HTML as plain text."""
    html = html[:TEXT_CHARACTERS]
    if is_too_much(html):
        return plain(entities.unescape(ANY_TAG.sub(" ", html)))
    return read_text(_tokens(html))
