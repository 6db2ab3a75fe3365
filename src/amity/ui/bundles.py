"""The style and the script of every page, each as one file: fewer requests on a cold visit."""

import gzip
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.urls import reverse

STATIC = Path(__file__).parent / "static/amity"
PARTS = {
    "house.css": ("vendor/tabler.css", "tokens.css", "components.css"),
    "house.js": ("vendor/htmx.js", "shell.js"),
}


@dataclass(frozen=True, slots=True)
class Bundle:
    """Several assets as one: plain, packed, and the mark of this content."""

    plain: bytes
    packed: bytes
    version: str


def bundle(name: str) -> Bundle:
    """The bundle with this name; made once a process, each time while debugging.

    Raises:
        KeyError: there is none.
    """
    return _made.__wrapped__(name) if settings.DEBUG else _made(name)


@lru_cache(maxsize=len(PARTS))
def _made(name: str) -> Bundle:
    plain = b"\n".join((STATIC / part).read_bytes() for part in PARTS[name])
    packed = gzip.compress(plain, compresslevel=9, mtime=0)
    return Bundle(plain, packed, sha256(plain).hexdigest()[:10])


def bundle_address(name: str) -> str:
    """Its address, which changes with its content."""
    return f"{reverse('asset', args=[name])}?v={bundle(name).version}"
