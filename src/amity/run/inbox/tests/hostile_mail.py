"""Hostile mails made from a seed: crashers, bombs, tricks with names, active markup."""

import base64
import random
import zlib
from collections.abc import Iterator

HEAD = b"From: Eve <eve@example.org>\r\nTo: help@example.com\r\nSubject: Hello\r\n"
PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java\tscript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object><embed src=javascript:alert(1)>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<body onload=alert(1)><input autofocus onfocus=alert(1)>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href='https://evil.example/'><link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css';</style><p style='background:url(//evil.example)'>x</p>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "<img alt='><script>alert(1)</script>' src='cid:a'>",
    "<img alt=\"' onerror='alert(1)\" src='https://evil.example/t.gif'>",
    "<a title='<img src=x onerror=alert(1)>' href='https://example.org'>x</a>",
    "<template><script>alert(1)</script></template><xmp><script>alert(1)</script></xmp>",
    "<video><source onerror=alert(1)></video><audio src onloadstart=alert(1)></audio>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<!--><img src=x onerror=alert(1)>--><![CDATA[<script>alert(1)</script>]]>",
    "<p id=__proto__ name=constructor class=toString>x</p><a id=x name=innerHTML>x</a>",
)
NAMES = (
    "../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/shadow",
    "C:\\con.txt",
    "=HYPERLINK(1).csv",
    "invoice\u202egnp.exe",
    "a\x00b.txt",
    "<script>alert(1)</script>.html",
    "x" * 5000 + ".pdf",
    ".htaccess",
    "shell.pHaR",
    'quo"te.txt',
    "new\nline.txt",
    "",
    "   ",
    "\u0000",
)


def bombs() -> Iterator[tuple[str, bytes]]:
    """Each with what it is."""
    multipart = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    yield (
        "20,000 recipients",
        b"From: e@example.org\r\nTo: "
        + b", ".join(b"u%d@example.com" % n for n in range(20_000))
        + b"\r\n\r\nhi",
    )
    yield (
        "20,000 encoded words",
        HEAD + b"X:" + b" =?utf-8?q?a?=" * 20_000 + b"\r\n\r\n",
    )
    yield (
        "encoded words in the subject",
        b"From: e@example.org\r\nSubject: "
        + b" ".join([b"=?utf-8?b?YQ==?="] * 20_000)
        + b"\r\n\r\nhi",
    )
    yield "100,000 parts", HEAD + multipart + b"--b\r\n\r\n\r\n" * 100_000
    yield (
        "5,000 parameters",
        HEAD
        + b"Content-Type: text/plain"
        + b"".join(b"; a%d=b" % n for n in range(5_000))
        + b"\r\n\r\nhi",
    )
    yield (
        "3,000 levels",
        HEAD
        + b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
            for n in range(3_000)
        ),
    )
    yield "2,000 mails in one another", HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 2_000
    yield "20,000 brackets", b"From: " + b"(" * 20_000 + b"\r\n\r\n"
    yield "100,000 headers", HEAD + b"X-A: b\r\n" * 100_000 + b"\r\nhi"
    yield "one header of 5 MB", HEAD + b"X: " + b"a" * 5_000_000 + b"\r\n\r\nhi"
    yield "one line of 10 MB", HEAD + b"\r\n" + b"a" * 10_000_000
    yield "10 MB of line breaks", HEAD + b"\r\n" + b"\n" * 10_000_000
    yield "100,000 open tags", HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 100_000
    yield "14,000 open tags", HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 14_000
    yield (
        "8,000 quotes",
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"x<blockquote>a</blockquote>" * 4_900,
    )
    yield "15,000 attributions", HEAD + b"\r\n" + b"On 1 Jan 2020 a wrote:\n> x\nfoo\n" * 15_000
    yield "20,000 list feet", HEAD + b"\r\n" + b"________\nmailing list\n" * 20_000
    yield (
        "boundaries of boundaries",
        HEAD
        + b"".join(
            b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n" % (b"b" * n, b"b" * n)
            for n in range(1, 20)
        )
        + b"\n--bbbbbbbbbbbbbbbbbbbbbx" * 200_000,
    )
    yield (
        "false report",
        (
            b"From: MAILER-DAEMON@example.org\r\nSubject: failure notice\r\n"
            b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
            b"Content-Type: message/delivery-status\r\n\r\n"
            + b"Final-Recipient: rfc822; a@example.org\r\nStatus: 5.1.1\r\n\r\n"
            * 50_000
        ),
    )
    yield "blanks", HEAD + b"\r\n" + b" " * 1_000_000
    yield (
        "20 MB of base64",
        (
            HEAD + b"Content-Type: application/zip; name=b.zip\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(b"PK\x03\x04" + b"\x00" * 15_000_000)
        ),
    )


def crashers() -> Iterator[tuple[str, bytes]]:
    """Each with what it is; all small."""
    yield "nothing", b""
    yield "a line break", b"\r\n"
    yield "no sender", b"Subject: x\r\n\r\nhi"
    yield "NULs", b"\x00" * 1_000
    for date in (
        b"99999999999",
        b"Mon, 32 Foo 99999 99:99:99 +9999",
        b"\xff",
        b"1 Jan 1 0:0:0 -99999",
    ):
        yield "date", HEAD + b"Date: " + date + b"\r\n\r\nhi"
    for charset in (
        b"idna",
        b"punycode",
        b"unicode_escape",
        b"zip",
        b"rot13",
        b"hex",
        b"\xff\xfe",
        b"'",
        b"x" * 999,
    ):
        yield (
            "charset",
            HEAD + b"Content-Type: text/plain; charset=" + charset + b"\r\n\r\n\xff\\u0000 a",
        )
        yield "charset of a word", b"From: =?" + charset + b"?q?=FF?= <e@example.org>\r\n\r\nhi"
    for kind in (
        b"/",
        b"multipart/",
        b"multipart/mixed",
        b"a/b/c",
        b"; ;;=",
        b"text/html; charset",
        b"\xff/\xfe",
    ):
        yield "content type", HEAD + b"Content-Type: " + kind + b"\r\n\r\n<b>hi"
    for words in (
        b"=?utf-8?b?====?=",
        b"=?utf-8?q?=?=",
        b"=?utf-8?b?\xff?=",
        b"=?utf-8?x?a?=",
        b"=??q??=",
    ):
        yield "encoded word", b"From: e@example.org\r\nSubject: " + words + b"\r\n\r\nhi"
    for sender in (
        b"<>",
        b"@",
        b"a@",
        b"@b",
        b"a@b@c",
        b'"',
        b"<<a@b.c>>",
        b"a@b.c, d@e.f",
        b"\\",
        b'"a\\',
    ):
        yield "sender", b"From: " + sender + b"\r\n\r\nhi"
    for encoding in (b"base64", b"quoted-printable", b"x-uuencode", b"\xff", b"7bit; a=b"):
        yield (
            "encoding",
            HEAD + b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n=\xff=Z=\r\n====",
        )
    yield "ids", HEAD + b"Message-ID: <\x00>\r\nReferences: " + b"<a@b> " * 5_000 + b"\r\n\r\nhi"
    yield "surrogates", HEAD + b"Content-Type: text/plain; charset=utf-16\r\n\r\n\x00\xd8\x00\xd8"
    for name in NAMES:
        yield "file name", with_file(name)


def with_file(name: str, *, seed: int = 0) -> bytes:
    """A mail with a file of that name."""
    encoded = base64.b64encode(name.encode("utf-8", "surrogatepass")).decode()
    return (
        HEAD
        + f"Message-ID: <file-{zlib.crc32(encoded.encode())}-{seed}@example.org>\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the file.\r\n--b\r\n"
        "Content-Type: application/octet-stream\r\n"
        f'Content-Disposition: attachment; filename="=?utf-8?b?{encoded}?="\r\n\r\n'
        "content\r\n--b--\r\n".encode()
    )


def with_markup(payload: str, *, number: int = 0) -> bytes:
    """A mail that bears the payload in its HTML, subject, sender and file name."""
    word = base64.b64encode(payload.encode()).decode()
    return (
        f"From: =?utf-8?b?{word}?= <eve{number}@example.org>\r\nTo: help@example.com\r\n"
        f"Subject: =?utf-8?b?{word}?=\r\nMessage-ID: <markup-{number}@example.org>\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        f"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p>{payload}\r\n--b\r\n"
        f'Content-Type: image/svg+xml; name="=?utf-8?b?{word}?="\r\nContent-ID: <a>\r\n\r\n'
        f"{payload}\r\n--b--\r\n"
    ).encode()


def fuzzed(count: int, *, seed: int) -> Iterator[bytes]:
    """Mails that were changed at random places: bytes flipped, cut, doubled, mixed."""
    rng = random.Random(seed)
    models = [mail for _what, mail in crashers() if mail]
    models += [with_markup(payload) for payload in PAYLOADS]
    for _number in range(count):
        mail = bytearray(rng.choice(models))
        for _change in range(rng.randint(1, 8)):
            at = rng.randrange(len(mail) + 1)
            match rng.randrange(5):
                case 0:
                    mail[at:at] = bytes([rng.randrange(256)]) * rng.choice((1, 2, 70))
                case 1:
                    del mail[at : at + rng.randint(1, 40)]
                case 2:
                    mail[at:at] = mail[at : at + rng.randint(1, 80)]
                case 3:
                    other = rng.choice(models)
                    cut = rng.randrange(len(other))
                    mail[at:at] = other[cut : cut + 120]
                case _:
                    mail[at:at] = rng.choice(
                        (b"\n", b"\r", b"=?", b"--b", b"\n--b--\n", b";", b'"', b"<")
                    )
        yield bytes(mail)
