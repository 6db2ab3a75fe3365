"""Mails are read within bounds, and what is read is what was written."""

import json
import multiprocessing
import resource
import time
from pathlib import Path

import pytest
from lxml import html as parser

from amity.run.inbox.rules.mail import HostileMailError, read_mail
from amity.run.inbox.rules.mail.addresses import Address, read_addresses
from amity.run.inbox.rules.mail.authentication import is_authentic
from amity.run.inbox.rules.mail.markup import read_markup, remote_pictures, sanitize_mail, shown
from amity.run.inbox.rules.mail.mime import read_headers
from amity.run.inbox.rules.mail.replies import cut_reply
from amity.run.inbox.rules.mail.tokens import conversation_of, with_token
from amity.run.inbox.tests import hostile_mail

DATA = Path(__file__).parent / "data"
REPLIES = json.loads((DATA / "replies.json").read_text(encoding="utf-8"))
BOUNCES = json.loads((DATA / "bounces.json").read_text(encoding="utf-8"))
SEED = 20_26
ACTIVE = set(
    "script style iframe object embed form input svg math link meta base video audio template "
    "textarea button source details title".split()
)


def _new_text(case: dict[str, str]) -> str:
    if "text" in case:
        return cut_reply(case["text"]).text
    if "mail" in case:
        return read_mail(case["mail"].encode()).text
    head = "From: a@example.com\nContent-Type: text/html; charset=utf-8\n\n"
    return read_mail((head + case["html"]).encode()).text


@pytest.mark.parametrize("case", REPLIES, ids=lambda case: case["from"].rpartition("/")[2])
def test_reply_is_cut_from_what_it_quotes(case: dict[str, str]) -> None:
    assert _new_text(case) == case["new"]


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("Danke!\n\nAm 3. Mai 2025 um 10:11 schrieb Ann <a@b.de>:\n> Hallo", "Danke!"),
        ("Merci\n\nLe 3 mai 2025 à 10:11, Ann <a@b.fr> a écrit :\n> Bonjour", "Merci"),
        ("Gracias\n\nEl 3 may 2025, Ann <a@b.es> escribió:\n\nHola", "Gracias"),
        ("Ja\n\nVon: Ann\nGesendet: Montag\nAn: Bob\nBetreff: Re\n\nHallo", "Ja"),
        ("Ok\n\nVon meinem iPhone gesendet", "Ok"),
        ("> only a quote", "> only a quote"),
        ("", ""),
    ],
)
def test_reply_is_cut_in_several_languages(text: str, new: str) -> None:
    assert cut_reply(text).text == new


def test_all_that_was_written_is_kept_somewhere() -> None:
    for case in REPLIES:
        if "text" in case:
            reply = cut_reply(case["text"])
            kept = " ".join(f"{reply.text} {reply.signature} {reply.quoted}".split())

            assert sorted(kept.split()) == sorted(case["text"].split())


def test_bounces_agree_with_what_is_expected() -> None:
    agreed = {"kind": 0, "failures": 0, "hard": 0, "reply": 0}
    for case in BOUNCES:
        report = read_mail(case["raw"].encode("latin-1")).report
        expected = case["expected"]
        reasons = {event["reason"] for event in expected}
        kind = (
            "complaint" if "feedback" in reasons
            else "vacation" if "vacation" in reasons
            else "bounce" if expected else None
        )  # fmt: skip
        agreed["kind"] += (report.kind if report else None) == kind
        if kind == "bounce" and report:
            agreed["failures"] += len(report.failures) == len(expected)
            wanted = sorted(event["hard_bounce"] for event in expected)
            agreed["hard"] += sorted(failure.is_hard for failure in report.failures) == wanted
            codes = sorted(event["reply"] for event in expected)
            agreed["reply"] += sorted(failure.reply for failure in report.failures) == codes

    assert agreed == {"kind": len(BOUNCES), "failures": 12, "hard": 12, "reply": 12}


def test_failed_mail_names_recipient_and_original() -> None:
    raw = (
        b"From: MAILER-DAEMON@mx.example\nReturn-Path: <>\nSubject: Undelivered Mail\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n"
        b"<kim@example.org>: 550 5.1.1 no such user\n--b\nContent-Type: message/delivery-status\n\n"
        b"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; Kim@example.org\n"
        b"Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n--b\n"
        b"Content-Type: message/rfc822\n\nMessage-ID: <ours@amity>\nSubject: x\n\nhi\n--b--\n"
    )

    report = read_mail(raw).report

    assert report is not None
    assert report.original_message_id == "<ours@amity>"
    (failure,) = report.failures
    assert (failure.recipient, failure.status, failure.reply) == ("kim@example.org", "5.1.1", "550")
    assert (failure.reason, failure.is_hard) == ("userunknown", True)


def test_parts_are_read_into_text_html_and_files() -> None:
    raw = (
        b"From: =?utf-8?q?J=C3=B6rg?= <J@Example.ORG>\r\nTo: help@example.com, b@example.com\r\n"
        b"Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\nMessage-ID: <1@example.org>\r\n"
        b"In-Reply-To: <0@example.com>\r\nDate: Mon, 4 May 2026 10:00:00 +0200\r\n"
        b"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n"
        b"Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n\r\nHello\r\n--a\r\n"
        b"Content-Type: text/html\r\n\r\n<p>Hello <img src='cid:pic'></p>\r\n--a--\r\n--m\r\n"
        b"Content-Type: image/png\r\nContent-ID: <pic>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"aGVsbG8=\r\n--m\r\n"
        b"Content-Type: application/pdf; name*0*=utf-8''Rech; name*1*=nung%20%C3%9C.pdf\r\n\r\n"
        b"PDF\r\n--m--\r\n"
    )

    mail = read_mail(raw)

    assert mail.sender == Address("Jörg", "j@example.org")
    assert [address.email for address in mail.to] == ["help@example.com", "b@example.com"]
    assert (mail.subject, mail.message_id, mail.in_reply_to) == (
        "Grüße", "1@example.org", ("0@example.com",),
    )  # fmt: skip
    assert mail.sent_at is not None
    assert mail.sent_at.isoformat() == "2026-05-04T08:00:00+00:00"
    assert mail.text == "Hello"
    assert [(file.name, file.content_id, file.data) for file in mail.files] == [
        ("file", "pic", b"hello"),
        ("Rechnung Ü.pdf", "", b"PDF"),
    ]
    assert shown(mail.html, inline={"pic": "/files/1"}) == (
        '<p>Hello <img src="/files/1" alt="" loading="lazy"></p>'
    )


def test_remote_pictures_are_left_out_until_asked_for() -> None:
    markup = read_markup("<p>Hi<img src='https://track.example/1.gif' alt='Logo'></p>")

    assert remote_pictures(markup.html) == ["https://track.example/1.gif"]
    assert shown(markup.html, inline={}) == "<p>Hi<span>Logo</span></p>"
    asked = shown(markup.html, inline={}, remote={"https://track.example/1.gif": "/pictures/x"})
    assert asked == '<p>Hi<img src="/pictures/x" alt="Logo" loading="lazy"></p>'


def test_addresses_survive_quotes_comments_and_groups() -> None:
    found = read_addresses([b'"Doe, J." <A@b.com>, k@l.org (Kim), Friends: m@n.org;, a@b.com'])

    assert found == (
        Address("Doe, J.", "a@b.com"),
        Address("Kim", "k@l.org"),
        Address("", "m@n.org"),
    )


def test_reply_token_is_ours_alone() -> None:
    own = frozenset({"help@example.com"})
    address = with_token("help@example.com", 4711, key=b"secret")

    assert conversation_of(address, own=own, key=b"secret") == 4711
    assert conversation_of(address.upper(), own=own, key=b"secret") == 4711
    assert conversation_of(address, own=own, key=b"other") is None
    assert conversation_of(address.replace("help+", "else+"), own=own, key=b"secret") is None
    changed = address.replace("@", "0@") if address[-13] != "0" else address.replace("@", "1@")
    assert conversation_of(changed, own=own, key=b"secret") is None
    assert conversation_of("help@example.com", own=own, key=b"secret") is None


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("mx.example.com; dmarc=pass header.from=example.org", True),
        ("mx.example.com; dkim=pass header.d=example.org", True),
        ("mx.example.com; spf=pass smtp.mailfrom=ann@example.org", True),
        (
            "mx.example.com; dkim=pass header.d=evil.example; dmarc=fail header.from=example.org",
            False,
        ),
        ("mx.example.com; dkim=pass header.d=evil.example", False),
        ("mx.example.com; spf=pass smtp.mailfrom=x@notexample.org", False),
        ("mx.evil.example; dmarc=pass header.from=example.org", False),
        ("", False),
    ],
)
def test_sender_is_believed_where_our_own_server_says_so(results: str, *, expected: bool) -> None:
    headers = read_headers(f"Authentication-Results: {results}".encode())

    found = is_authentic(headers, sender="ann@example.org", hosts=frozenset({"mx.example.com"}))

    assert found is expected


def test_only_the_topmost_results_count() -> None:
    headers = read_headers(
        b"Authentication-Results: mx.example.com; dmarc=fail header.from=example.org\n"
        b"Authentication-Results: mx.example.com; dmarc=pass header.from=example.org"
    )

    hosts = frozenset({"mx.example.com"})

    assert not is_authentic(headers, sender="ann@example.org", hosts=hosts)


@pytest.mark.parametrize(
    "mark",
    [
        b"Auto-Submitted: auto-replied", b"Precedence: bulk", b"List-Id: <l.example.org>",
        b"Return-Path: <>", b"X-Autoreply: yes", b"Subject: Out of office: x",
        b"Subject: Automatische Antwort: x", b"X-Auto-Response-Suppress: All",
    ],
)  # fmt: skip
def test_mail_of_a_machine_is_told(mark: bytes) -> None:
    mail = read_mail(b"From: a@example.org\n" + mark + b"\n\nhi")

    assert mail.marks.is_silent


def test_mail_of_a_person_is_no_machine() -> None:
    mail = read_mail(b"From: a@example.org\nAuto-Submitted: no\nSubject: Away we go\n\nhi")

    assert not mail.marks.is_automatic
    assert not mail.marks.is_silent


def _read_in_bounds(raw: bytes, answers: "multiprocessing.Queue[tuple[str, float, int]]") -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    try:
        read_mail(raw)
        outcome = "read"
    except HostileMailError:
        outcome = "hostile"
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    answers.put((outcome, time.process_time() - began, grown))


@pytest.mark.parametrize(
    ("what", "raw"), list(hostile_mail.bombs()), ids=[what for what, _raw in hostile_mail.bombs()]
)
def test_bomb_costs_at_most_ten_seconds_and_300_mb(what: str, raw: bytes) -> None:
    context = multiprocessing.get_context("fork")
    answers = context.Queue()

    process = context.Process(target=_read_in_bounds, args=(raw, answers))
    process.start()
    outcome, seconds, megabytes = answers.get(timeout=120)
    process.join()

    assert outcome in {"read", "hostile"}, what
    assert seconds < 10, what
    assert megabytes < 300, what


@pytest.mark.parametrize("raw", [raw for _what, raw in hostile_mail.crashers()])
def test_crasher_is_read_or_hostile(raw: bytes) -> None:
    try:
        mail = read_mail(raw)
    except HostileMailError:
        return

    assert "\x00" not in mail.subject + mail.text + mail.html + mail.sender.name
    for file in mail.files:
        assert file.name
        assert not set(file.name) & set('/\\\n\x00<>"\u202e')
        assert len(file.name) <= 150
        assert not file.name.startswith(".")


def test_fuzzed_mails_are_read_or_hostile() -> None:
    for number, raw in enumerate(hostile_mail.fuzzed(3_000, seed=SEED)):
        try:
            mail = read_mail(raw)
        except HostileMailError:
            continue
        except Exception as error:
            error.add_note(f"seed {SEED}, mail {number}: {raw!r}")
            raise
        (mail.text + mail.html + mail.subject + mail.quoted).encode()


@pytest.mark.parametrize("payload", hostile_mail.PAYLOADS)
def test_markup_of_strangers_cannot_act(payload: str) -> None:
    mail = read_mail(hostile_mail.with_markup(payload))
    page = shown(mail.html, inline={"a": "/files/1"}, remote={})

    tree = parser.document_fromstring(f"<html><body><div>{page}</div></body></html>")
    elements = [node for node in tree.iter() if isinstance(node.tag, str)]

    assert {node.tag for node in elements} & ACTIVE == set()
    for node in elements:
        assert not [name for name in node.attrib if name.startswith("on") or name == "style"]
        for name in ("href", "src"):
            address = node.get(name, "").strip().lower()
            assert not address or address.startswith(
                ("http://", "https://", "mailto:", "tel:", "/")
            )


@pytest.mark.parametrize("address", ["\x01java\x03script:alert(1)", "&#1;java&#3;script:alert(1)"])
def test_a_control_character_hides_no_scheme(address: str) -> None:
    assert "script:" not in sanitize_mail(f'<a href="{address}">x</a>')
