"""A house in which each address of inbox, accounts and deals leads to something that is there."""

import re
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from houses import furnish

from amity.base.time import now
from amity.base.vocabulary import Role
from amity.kernel.access.models import User
from amity.kernel.access.operations import (
    company,
    create_token,
    create_user,
    create_write_key,
    save_team,
    set_absence,
)
from amity.kernel.access.rules import SYSTEM, Actor
from amity.kernel.customers.models import Customer, Ownership
from amity.kernel.hooks.discovery import capabilities, load
from amity.kernel.hooks.seeding import SeedContext
from amity.kernel.interactions.models import Interaction
from amity.kernel.jobs.models import Job
from amity.kernel.messaging.models import OutboxMessage
from amity.kernel.messaging.outbox import enqueue_mail
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.segments.saved_views import save_view
from amity.run.accounts.models import (
    Attendee,
    Goal,
    HelpLevel,
    Meeting,
    Playbook,
    Renewal,
    Task,
)
from amity.run.accounts.operations.handovers import hand_over
from amity.run.accounts.operations.hours import book_minutes as book_account_minutes
from amity.run.accounts.operations.meetings import Invited, make_feed, plan_meeting
from amity.run.contracts.operations.recording import add_contract
from amity.run.contracts.rules import Terms
from amity.run.deals.models import CloseReason, Deal, Pipeline
from amity.run.deals.operations.lines import NewLine, add_line
from amity.run.deals.operations.reassigning import reassign_deals
from amity.run.inbox.models import (
    Attachment,
    CannedReply,
    Channel,
    Conversation,
    Macro,
    QuarantinedMail,
    Rating,
    Rule,
)
from amity.run.inbox.operations import conversations as inbox
from amity.run.inbox.operations.bulk import apply_to_many
from amity.run.inbox.operations.chat import Said, open_session, say
from amity.run.inbox.operations.first_help import token_for
from amity.run.inbox.operations.ratings import link_of
from amity.run.inbox.rules.bulk import BulkAction
from amity.run.inbox.rules.chat import Claim
from amity.run.inbox.rules.incoming import Incoming, IncomingFile
from amity.run.inbox.views.chat import FILE_SALT
from amity.testing import people

SITE = "https://shop.example"
PICTURE_OF_ELSEWHERE = '<p>Look: <img src="http://127.0.0.1:9/a.png"></p>'
PART = re.compile(r"<[^>]*>|\{[^}]*\}")


@dataclass
class Furnished:
    """What there is: `parts` has the value of each part of an address, by the address up to it."""

    ada: User
    dora: User  # a strategist like any other: she may manage, but what is Ada's own is not hers
    customer: Customer
    conversation: Conversation
    parts: dict[str, object]
    chat_token: str = ""

    def fill(self, route: str) -> str:
        """The address with each part filled in; 1 for what this house does not have."""
        filled, end = "", 0
        for part in PART.finditer(route):
            filled += route[end : part.start()] + str(self.parts.get(route[: part.end()], 1))
            end = part.end()
        return filled + route[end:]

    def has(self, route: str) -> bool:
        """Whether all that the address names is there."""
        return all(route[: part.end()] in self.parts for part in PART.finditer(route))


def actor_of(user: User) -> Actor:
    """This person at work."""
    return Actor(kind="user", name=user.name, role=Role(user.role), user_id=user.pk)


def furnished() -> Furnished:
    """Everything once, by the operations that make it in the product."""
    ada, at = people.ada(), now()
    company()
    dora = create_user(
        email="dora@example.org",
        name="Dora Vance",
        role=Role.STRATEGIST,
        password=None,
        actor=SYSTEM,
        at=at,
    )
    furnish()
    for manifest in capabilities():
        if manifest.seed and manifest.name in ("studio", "accounts", "deals"):
            load(manifest.seed)(SeedContext(at=at, actor=SYSTEM, progress=lambda *_facts: None))
    owner = Ownership.objects.filter(owner__isnull=False).order_by("pk")[0]
    house = Furnished(ada, dora, owner.customer, _conversation(), {})
    for fill in (_of_the_house, _of_accounts, _of_deals, _of_inbox, _of_chat):
        fill(house)
    return house


def _conversation(subject: str = "My order") -> Conversation:
    at = now()
    channel, _made = Channel.objects.get_or_create(
        key="help",
        defaults={
            "name": "Help",
            "kind": "mail",
            "address": "help@shop.example",
            "created_at": at,
        },
    )
    incoming = Incoming(
        text="Where is it?",
        html=PICTURE_OF_ELSEWHERE,
        subject=subject,
        happened_at=at,
        source="mail",
        source_id=f"mail-{subject}",
        sender_address=f"mia.{subject.replace(' ', '.')}@customer.example",
        sender_name="Mia Wong",
        attachments=(IncomingFile("list.txt", "text/plain", b"one two"),),
    )
    return inbox.receive(channel=channel, incoming=incoming, at=at).conversation


def _of_the_house(house: Furnished) -> None:
    at, actor, pk = now(), actor_of(house.ada), house.customer.pk
    save_team(key="second", name="Second line", actor=actor, at=at)
    tomorrow = at + timedelta(days=1)
    absence = set_absence(user_id=house.ada.pk, starts_at=at, ends_at=tomorrow, actor=actor, at=at)
    scopes = frozenset({"read"})
    token, _secret = create_token(user=house.ada, name="own", scopes=scopes, actor=actor, at=at)
    write_key = create_write_key(name="Site", touchpoint="", actor=actor, at=at)
    view = save_view(user_id=house.ada.pk, name="Mine", rule=None, search="a", at=at)
    terms = Terms(
        key="S-1", started_on=at.date(), period_months=12, currency="EUR", fee_minor=12_000
    )
    contract = add_contract(terms, customer_id=pk, actor=actor, at=at)
    house.parts |= {
        "/contracts/<int:pk>": contract,
        "/api/v1/contracts/{contract_id}": contract,
        "/customers/<int:pk>": pk,
        "/customers/views/<int:pk>": view.pk,
        "/settings/people/<int:pk>": house.dora.pk,
        "/settings/teams/<int:pk>": save_team(key="one", name="One", actor=actor, at=at).pk,
        "/settings/absences/<int:pk>": absence.pk,
        "/settings/tokens/<int:pk>": token.pk,
        "/settings/tracking-keys/<int:pk>": write_key.pk,
        "/jobs/<int:pk>": Job.objects.order_by("pk")[0].pk,
        "/segments/<slug:key>": "loyal",
        "/assets/<path:name>": "none",
        "/api/v1/customers/{customer_id}": pk,
        "/api/v1/people/{person_id}": house.dora.pk,
        "/api/v1/tokens/{token_id}": token.pk,
        "/api/v1/write-keys/{key_id}": write_key.pk,
        "/api/v1/absences/{absence_id}": absence.pk,
        "/api/v1/teams/{key}": "second",
        "/api/v1/segments/{key}": "loyal",
        "/api/v1/jobs/{job_id}": Job.objects.order_by("pk")[0].pk,
        "/api/v1/interactions/{interaction_id}": Interaction.objects.order_by("pk")[0].pk,
        "/api/v1/canvas/versions/{number}": PolicyVersion.objects.order_by("-number")[0].number,
        "/canvas/versions/<int:number>": PolicyVersion.objects.order_by("-number")[0].number,
    }


def _of_accounts(house: Furnished) -> None:
    at, actor, customer = now(), actor_of(house.ada), house.customer
    book_account_minutes(
        customer_id=customer.pk, minutes=5, what="Call", user=house.ada, actor=actor, at=at
    )
    plan_meeting(
        customer_id=customer.pk,
        organizer=house.ada,
        title="Review",
        starts_at=at + timedelta(days=3),
        ends_at=at + timedelta(days=3, hours=1),
        guests=[Invited("mia@customer.example")],
        actor=actor,
        at=at,
    )
    guest = Attendee.objects.order_by("pk")[0]
    owner = Ownership.objects.filter(customer=customer, owner__isnull=False)[0].owner
    assert owner is not None
    handover = hand_over(source=owner, target=house.dora, actor=actor, at=at)
    task = Task.objects.order_by("pk")[0]
    renewal = Renewal.objects.order_by("pk")[0]
    hours = Interaction.objects.filter(kind="accounts.hours_booked").order_by("-pk")[0]
    goal = Goal.objects.order_by("pk")[0]
    rest = "/api/v1/accounts"
    house.parts |= {
        "/accounts/<int:pk>": customer.pk,
        "/accounts/<int:pk>/hours/<int:interaction>": hours.pk,
        "/accounts/books/<int:pk>": house.dora.pk,
        "/accounts/tasks/<int:pk>": task.pk,
        "/accounts/renewals/<int:pk>": renewal.pk,
        "/accounts/playbooks/<int:pk>": Playbook.objects.order_by("pk")[0].pk,
        "/accounts/handovers/<int:pk>": handover.pk,
        "/accounts/feed/<str:secret>": make_feed(house.ada, actor=actor, at=at),
        "/accounts/meetings/<int:pk>": guest.meeting_id,
        "/accounts/guests/<int:pk>": guest.pk,
        "/accounts/goals/<int:pk>": goal.pk,
        "/accounts/terms/levels/<int:pk>": HelpLevel.objects.order_by("pk")[0].pk,
        f"{rest}/tasks/{{task_id}}": task.pk,
        f"{rest}/customers/{{customer_id}}": customer.pk,
        f"{rest}/customers/{{customer_id}}/hours/{{interaction_id}}": hours.pk,
        f"{rest}/goals/{{goal_id}}": goal.pk,
        f"{rest}/renewals/{{renewal_id}}": renewal.pk,
        f"{rest}/meetings/{{meeting_id}}": Meeting.objects.order_by("-pk")[0].pk,
        f"{rest}/guests/{{guest_id}}": guest.pk,
    }


def _of_deals(house: Furnished) -> None:
    at, actor = now(), actor_of(house.ada)
    deal = Deal.objects.filter(status="open").order_by("pk")[0]
    line = add_line(deal.pk, NewLine(9_900, "Pump"), actor=actor, at=at)
    batch, _count = reassign_deals([deal.pk], owner_id=house.dora.pk, actor=actor, at=at)
    house.parts |= {
        "/deals/<int:pk>": deal.pk,
        "/deals/<int:pk>/lines/<int:line_id>": line.pk,
        "/deals/settings/pipelines/<int:pk>": Pipeline.objects.order_by("pk")[0].pk,
        "/deals/settings/reasons/<int:pk>": CloseReason.objects.order_by("pk")[0].pk,
        "/deals/reassignments/<uuid:batch>": batch,
        "/api/v1/deals/{deal_id}": deal.pk,
        "/api/v1/deals/{deal_id}/lines/{line_id}": line.pk,
    }


def _of_inbox(house: Furnished) -> None:
    at, actor, row = now(), actor_of(house.ada), house.conversation
    held = inbox.reply(conversation_id=row.pk, actor=actor, text="Tomorrow", at=at, keep_open=True)
    merged = inbox.merge(
        survivor_id=row.pk, absorbed_id=_conversation("Again").pk, actor=actor, at=at
    )
    origin = _conversation("Two matters")
    second = Incoming(
        text="And this",
        happened_at=at,
        source="mail",
        source_id="mail-and",
        conversation_id=origin.pk,
    )
    moved = inbox.receive(channel=origin.channel, incoming=second, at=at).message
    split = inbox.split(conversation_id=origin.pk, message_ids=[moved.pk], actor=actor, at=at)
    change = apply_to_many([row.pk], action=BulkAction("tag", text="late"), actor=actor, at=at)
    view = save_view(user_id=house.ada.pk, name="My list", rule=None, list_name="inbox", at=at)
    mail, _new = enqueue_mail(
        key=f"inbox:message:{held.pk}", to="mia@customer.example", subject="s", text="t", at=at
    )
    OutboxMessage.objects.filter(pk=mail.pk).update(status="in_doubt", error="It broke.")
    quarantined = QuarantinedMail.objects.create(
        received_at=at, reason="A bomb", sender="b@x.example", digest="0" * 64, raw=b"From: b\n\nb"
    )
    shared, own = (
        CannedReply.objects.create(
            shortcut=name, name=name, text="Hello", owner=owner, updated_at=at
        )
        for name, owner in (("hello", None), ("adas", house.ada))
    )
    macro = Macro.objects.create(
        name="Close", actions=[{"do": "close", "outcome": "resolved"}], updated_at=at
    )
    rule = Rule.objects.create(
        name="Tag", event="opened", actions=[{"do": "tag", "name": "x"}], updated_at=at
    )
    rating = Rating.objects.create(conversation=row, asked_at=at)
    asked = row.messages.filter(kind="incoming").order_by("pk")[0]
    rest = "/api/v1/inbox"
    house.parts |= {
        "/inbox/<int:number>": row.number,
        "/inbox/<int:number>/<slug:noun>": "closure",
        "/inbox/<int:number>/splitting": split.number,
        "/inbox/bulk/<int:pk>": change.pk,
        "/inbox/views/<int:pk>": view.pk,
        "/inbox/files/<int:pk>": Attachment.objects.order_by("pk")[0].pk,
        "/inbox/messages/<int:pk>": held.pk,
        "/inbox/messages/<int:pk>/pictures/<int:number>": 0,
        "/inbox/merges/<int:pk>": merged.pk,
        "/inbox/rating/<str:token>": link_of(rating).rstrip("/").rpartition("/")[2],
        "/inbox/help/<str:token>": token_for(row),
        "/inbox/mailboxes/<int:pk>": row.channel_id,
        "/inbox/quarantine/<int:pk>": quarantined.pk,
        "/inbox/doubt/<int:pk>": mail.pk,
        "/inbox/setup/agents/<int:pk>": house.ada.pk,
        "/inbox/setup/replies/<int:pk>": own.pk,
        "/inbox/setup/macros/<int:pk>": macro.pk,
        "/inbox/setup/rules/<int:pk>": rule.pk,
        "/inbox/live/<int:key>": row.pk,
        "shared reply": shared.pk,
        "message with a picture": asked.pk,
        f"{rest}/conversations/{{number}}": row.number,
        f"{rest}/agents/{{user_id}}": house.ada.pk,
        f"{rest}/replies/{{reply_id}}": own.pk,
        f"{rest}/macros/{{macro_id}}": macro.pk,
        f"{rest}/rules/{{rule_id}}": rule.pk,
    }


def _of_chat(house: Furnished) -> None:
    at = now()
    channel = Channel.objects.create(
        key="shop", name="Shop", kind="chat", settings={"origins": [SITE]}, created_at=at
    )
    session, house.chat_token = open_session(
        channel=channel, claim=Claim(name="Mia"), address="192.0.2.1", at=at
    )
    file = IncomingFile("photo.txt", "text/plain", b"seen by one visitor")
    said = Said(
        text="Is it green?", number="number-0001", email="mia@customer.example", files=(file,)
    )
    message = say(session_id=session.pk, said=said, at=at)
    attachment = Attachment.objects.get(message=message)
    house.parts |= {
        "/inbox/chats/<int:pk>": channel.pk,
        "/inbox/chat/<slug:key>": "shop",
        "/inbox/chat/<slug:key>/<slug:noun>": "beginning",
        "/inbox/chat/files/<str:ticket>": signing.dumps(
            [attachment.pk, session.pk], salt=FILE_SALT
        ),
    }
