"""Names and types of files that strangers send. Pure."""

import re

UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f/\\:*?\"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]")
TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def clean_name(name: str) -> str:
    """A name that is safe on a disk and shows its true ending: no path, no control, no reversal."""
    text = UNSAFE.sub("_", name.encode("utf-8", "replace").decode("utf-8")).strip(" .")
    if len(text) > 200:
        stem, dot, ending = text.rpartition(".")
        text = f"{stem[: 190 - len(ending)]}.{ending}" if dot and len(ending) < 20 else text[:200]
    return text or "file"


def clean_type(content_type: str) -> str:
    """The media type without parameters; unknown bytes where it is none."""
    plain = content_type.partition(";")[0].strip().lower()
    return plain if len(plain) <= 100 and TYPE.fullmatch(plain) else "application/octet-stream"


def is_picture(content_type: str, data: bytes) -> bool:
    """Whether it may be shown in a page: a type that only draws, and bytes that begin like it."""
    begins = {
        "image/png": data.startswith(b"\x89PNG\r\n\x1a\n"),
        "image/jpeg": data.startswith(b"\xff\xd8\xff"),
        "image/gif": data[:6] in {b"GIF87a", b"GIF89a"},
        "image/webp": data[:4] == b"RIFF" and data[8:12] == b"WEBP",
    }
    return begins.get(content_type, False)
