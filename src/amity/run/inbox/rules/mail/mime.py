"""The parts of a mail.

Not the standard library's parser: on purpose-made mails its modern policy took 17 s and 2.7 GB, its
old one recurses without bound and compares each line with every open boundary. This one looks for
boundaries with `bytes.find`, once for each level, and both levels and parts are counted.
"""

import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field

from amity.run.inbox.rules.mail import limits
from amity.run.inbox.rules.mail.errors import HostileMailError
from amity.run.inbox.rules.mail.words import (
    decoded,
    from_base64,
    header_text,
    safe_file_name,
    with_parameters,
)


@dataclass(frozen=True, slots=True)
class Headers:
    """Names in lower case with their values as they came, unfolded."""

    rows: tuple[tuple[str, bytes], ...]

    def raw(self, name: str) -> bytes:
        """The first value of that name, or nothing."""
        return next((value for key, value in self.rows if key == name), b"")

    def text(self, name: str) -> str:
        """The first value of that name, decoded, in one line."""
        return header_text(self.raw(name))

    def all(self, name: str) -> list[bytes]:
        """Every value of that name."""
        return [value for key, value in self.rows if key == name]

    def has(self, name: str) -> bool:
        """Whether there is one of that name."""
        return any(key == name for key, _value in self.rows)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a mail: its headers, and its children or its bytes."""

    headers: Headers
    content_type: str
    parameters: dict[str, str]
    disposition: str
    file_name: str
    content_id: str
    encoded: memoryview
    children: tuple["Part", ...] = ()

    @property
    def data(self) -> bytes:
        """The bytes of the part with their transfer encoding taken off."""
        way = self.headers.text("content-transfer-encoding").lower()
        if way == "base64":
            return from_base64(bytes(self.encoded))
        if way == "quoted-printable":
            return binascii.a2b_qp(bytes(self.encoded))
        return bytes(self.encoded)

    @property
    def text(self) -> str:
        """The bytes as text in the charset of the part, cut to what is kept."""
        data = self.data[: limits.TEXT_CHARACTERS * 4]
        return decoded(data, self.parameters.get("charset", ""))[: limits.TEXT_CHARACTERS]

    def walk(self) -> Iterator["Part"]:
        """This part and all within it, in their order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(slots=True)
class _Budget:
    parts: int = 0
    header_bytes: int = 0
    false_boundaries: int = 0
    source: bytes = field(default=b"", repr=False)

    def spend(self, *, header_bytes: int) -> None:
        self.parts += 1
        self.header_bytes += header_bytes
        if self.parts > limits.PARTS:
            raise HostileMailError(f"It has more than {limits.PARTS} parts.")
        if self.header_bytes > limits.ALL_HEADER_BYTES:
            raise HostileMailError("Its headers are larger than any letter.")


def read_parts(raw: bytes) -> Part:
    """The mail as a tree of parts.

    Raises:
        HostileMailError: it is larger, deeper or has more parts or headers than is let in.
    """
    if len(raw) > limits.MAIL_BYTES:
        raise HostileMailError(f"It has more than {limits.MAIL_BYTES // 1_000_000} MB.")
    source = raw.replace(b"\r\n", b"\n") if b"\r" in raw else raw
    if b"\r" in source:
        source = source.replace(b"\r", b"\n")
    return _part(_Budget(source=source), 0, len(source), depth=0, default="text/plain")


def _part(budget: _Budget, start: int, end: int, *, depth: int, default: str) -> Part:
    if depth > limits.DEPTH:
        raise HostileMailError(f"Its parts are nested more than {limits.DEPTH} deep.")
    headers, body = _headers(budget.source, start, end)
    budget.spend(header_bytes=body - start)
    kind, parameters = with_parameters(headers.raw("content-type") or default.encode())
    if kind.count("/") != 1 or " " in kind:
        kind = "text/plain"
    disposition, more = with_parameters(headers.raw("content-disposition"))
    name = more.get("filename") or parameters.get("name") or ""
    children: tuple[Part, ...] = ()
    boundary = parameters.get("boundary", "").encode("utf-8", "replace").rstrip()
    if kind.startswith("multipart/") and 0 < len(boundary) <= 200:
        inner = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        children = tuple(
            _part(budget, first, last, depth=depth + 1, default=inner)
            for first, last in _between(budget, body, end, boundary)
        )
    return Part(
        headers=headers,
        content_type=kind if children or not kind.startswith("multipart/") else "text/plain",
        parameters=parameters,
        disposition=disposition,
        file_name=safe_file_name(name, kind) if name else "",
        content_id=headers.text("content-id").strip("<> ")[:255],
        encoded=memoryview(budget.source)[body:end],
        children=children,
    )


def _headers(source: bytes, start: int, end: int) -> tuple[Headers, int]:
    """The headers that begin at `start`, and where the body begins."""
    if source.startswith(b"\n", start, end):
        return Headers(()), start + 1
    stop = source.find(b"\n\n", start, end)
    last = end if stop < 0 else stop
    if last - start > limits.HEADER_BYTES:
        raise HostileMailError("Its headers are larger than any letter.")
    return read_headers(source[start:last]), min(last + 2, end)


def read_headers(block: bytes) -> Headers:
    """A block of headers; lines that are none are passed over.

    Raises:
        HostileMailError: there are too many.
    """
    lines = block.split(b"\n")
    if len(lines) > limits.HEADER_LINES:
        raise HostileMailError(f"It has more than {limits.HEADER_LINES} lines of headers.")
    rows: list[tuple[str, list[bytes]]] = []
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            if rows:
                rows[-1][1].append(line.strip())
            continue
        name, colon, value = line.partition(b":")
        if colon and 0 < len(name) <= 100 and b" " not in name.rstrip():
            rows.append((name.rstrip().decode("latin-1").lower(), [value.strip()]))
        else:
            rows.append(("", [line]))
    return Headers(tuple((name, b" ".join(values)) for name, values in rows if name))


def _between(budget: _Budget, start: int, end: int, boundary: bytes) -> list[tuple[int, int]]:
    """Where the parts of a multipart stand in the source."""
    source, mark = budget.source, b"\n--" + boundary
    found: list[tuple[int, int]] = []
    opened = -1
    at = source.find(mark, max(start - 1, 0), end)
    while at >= 0:
        after = at + len(mark)
        stop = source.find(b"\n", after, end)
        rest = source[after : min(after + 80, end if stop < 0 else stop)]
        if rest.strip() in (b"", b"--"):
            if opened >= 0:
                found.append((opened, max(at, opened)))
            opened = -1 if rest.startswith(b"--") or stop < 0 else stop + 1
            if opened < 0:
                break
            if len(found) > limits.PARTS:
                raise HostileMailError(f"It has more than {limits.PARTS} parts.")
        else:
            budget.false_boundaries += 1
            if budget.false_boundaries > limits.FALSE_BOUNDARIES:
                raise HostileMailError("Its boundaries cannot be told apart.")
        at = source.find(mark, after if opened < 0 else max(opened - 1, after), end)
    if opened >= 0:  # the last boundary is missing
        found.append((opened, end))
    return found
