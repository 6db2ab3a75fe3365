"""Bytes of headers into text: encoded words, parameters, charsets."""

import binascii
import codecs
import re
from urllib.parse import unquote_to_bytes

from amity.run.inbox.rules.mail.limits import FILE_NAME_CHARACTERS, VALUE_CHARACTERS

ENCODED_WORD = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?\s]*)\?=")
BETWEEN_WORDS = re.compile(r"(\?=)[ \t\r\n]+(?==\?)")
PARAMETER = re.compile(r"""\s*([^\s=;"]{1,60})\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)""")
MAX_PARAMETERS = 60
# Codecs that are no charset of mail: slow on purpose-made input, or able to hide characters.
REFUSED_CODECS = frozenset("idna punycode unicode_escape raw_unicode_escape undefined mbcs".split())
# Controls, and the marks with which a name can be written backwards.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
SURROGATES = re.compile("[\ud800-\udfff]")


def plain(text: str) -> str:
    """`text` without controls, marks of direction and halves of characters."""
    return SURROGATES.sub("\ufffd", UNSEEN.sub("", text))


def decoded(data: bytes, charset: str = "") -> str:
    """Text in the charset that was named; guessed where it is unknown; never fails."""
    for name in (_codec(charset), "utf-8"):
        if name:
            try:
                return data.decode(name)
            except (UnicodeError, ValueError):
                continue
    return data.decode(_codec(charset) or "cp1252", "replace")


def _codec(charset: str) -> str:
    try:
        found = codecs.lookup(charset.strip().strip("'\"")[:40].encode("ascii").decode())
    except (LookupError, UnicodeError, ValueError):
        return ""
    is_text = getattr(found, "_is_text_encoding", True)
    return found.name if is_text and found.name.replace("-", "_") not in REFUSED_CODECS else ""


def header_text(value: bytes) -> str:
    """A header's value in one line, its encoded words read (RFC 2047)."""
    text = decoded(value[:VALUE_CHARACTERS]).replace("\t", " ")
    if "=?" in text:
        text = ENCODED_WORD.sub(_word, BETWEEN_WORDS.sub(r"\1", text))
    return " ".join(plain(text).split())


def _word(match: re.Match[str]) -> str:
    charset, way, body = match.groups()
    data = body.encode("utf-8", "replace")
    plain_data = from_base64(data) if way in "bB" else binascii.a2b_qp(data, header=True)
    return decoded(plain_data, charset)


def from_base64(data: bytes) -> bytes:
    """What is in there, whatever stands between; a broken end is dropped."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        kept = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
        return binascii.a2b_base64(kept[: len(kept) - len(kept) % 4])


def with_parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """A value like `text/plain; charset=utf-8` as its first word and its parameters (RFC 2231)."""
    text = decoded(value[:VALUE_CHARACTERS])
    first, _, rest = text.partition(";")
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for count, match in enumerate(PARAMETER.finditer(rest)):
        if count >= MAX_PARAMETERS:
            break
        name, given = match.group(1).lower(), match.group(2).strip()
        if given.startswith('"'):
            given = re.sub(r"\\(.)", r"\1", given[1:-1])
        base, _, number = name.rstrip("*").partition("*")
        place = int(number) if number.isascii() and number.isdigit() and len(number) < 3 else 0
        pieces.setdefault(base, {}).setdefault(place, (given, name.endswith("*")))
    found = {name: _joined(parts) for name, parts in pieces.items()}
    return plain(first).strip().lower()[:100], found


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    charset = ""
    data: list[bytes] = []
    for place in sorted(parts):
        text, is_percent = parts[place]
        if is_percent and place == 0 and text.count("'") >= 2:
            charset, _language, text = text.split("'", 2)
        encoded = text.encode("utf-8", "replace")
        data.append(unquote_to_bytes(encoded) if is_percent else encoded)
    text = decoded(b"".join(data), charset)
    if "=?" in text:  # not allowed there, and common
        text = ENCODED_WORD.sub(_word, BETWEEN_WORDS.sub(r"\1", text))
    return plain(text)


def safe_file_name(name: str, content_type: str) -> str:
    """A name that is no path and no trick; `file` where nothing is left."""
    last = re.split(r"[/\\]", plain(name).replace("\n", " "))[-1].strip().strip(".").strip()
    last = re.sub(r'[<>:"|?*\x00-\x1f]', "_", last)
    if len(last) > FILE_NAME_CHARACTERS:
        stem, dot, ending = last.rpartition(".")
        keep = FILE_NAME_CHARACTERS - len(ending) - 1
        is_ending = bool(dot) and len(ending) <= 10
        last = f"{stem[:keep]}.{ending}" if is_ending else last[:FILE_NAME_CHARACTERS]
    if last:
        return last
    return "message.eml" if content_type == "message/rfc822" else "file"
