"""Rules and macros at work: what they did, what it set off, and when they were stopped."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from amity.base.results import NotFoundError
from amity.base.vocabulary import Role
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.run.inbox.models import CannedReply, Conversation, Macro, Rule, RuleFiring
from amity.run.inbox.operations.acting import act, act_where_possible
from amity.run.inbox.operations.announcing import led_by
from amity.run.inbox.operations.change import lock, note_event
from amity.run.inbox.queries.facts import facts_of, variables_of
from amity.run.inbox.rules.actions import read_actions
from amity.run.inbox.rules.automation import Event, hindrance, holds, read_conditions
from amity.run.inbox.rules.templates import fill

HOUR = timedelta(hours=1)


def run_rules(
    conversation_id: int,
    event: Event,
    *,
    at: datetime,
    chain: Sequence[int] = (),
    done: Collection[int] = (),
    note_done: Callable[[int], None] = lambda _rule_id: None,
) -> int:
    """Lets the rules of an event look at a conversation, in their order; how many acted.

    Each rule is a transaction of its own, with `note_done` inside it, so that a job that is run
    again goes on after the rules in `done`. `chain` are the rules that led here.
    """
    acted = 0
    rules = Rule.objects.filter(event=event.value, is_active=True).order_by("position", "pk")
    for rule in rules.exclude(pk__in=list(done)):
        with transaction.atomic(), led_by((*chain, rule.pk)):
            acted += _consider(rule, conversation_id, tuple(chain), at)
            note_done(rule.pk)
    return acted


def _consider(rule: Rule, conversation_id: int, chain: tuple[int, ...], at: datetime) -> bool:
    conversation = lock(conversation_id)
    if conversation.is_spam or not holds(read_conditions(rule.conditions), facts_of(conversation)):
        return False
    recent = RuleFiring.objects.filter(
        rule=rule, conversation=conversation, at__gt=at - HOUR, stopped_because=""
    )
    stopped = hindrance(rule.pk, chain=chain, fired_this_hour=recent.count())
    firing = RuleFiring(
        rule=rule, conversation=conversation, at=at, depth=len(chain), stopped_because=stopped
    )
    if stopped:
        firing.save()
        words = f"The rule “{rule.name}” was stopped. {stopped}"
        note_event(conversation, "rule_stopped", words, actor=_actor(rule), at=at)
        return False
    words = f"The rule “{rule.name}” acted."
    note_event(conversation, "rule", words, actor=_actor(rule), at=at, detail={"rule": rule.pk})
    planned = read_actions(rule.actions)
    failed = act_where_possible(conversation.pk, planned, actor=_actor(rule), at=at)
    firing.done = [action.model_dump(mode="json") for action in planned]
    firing.failed = failed
    firing.save()
    return True


def _actor(rule: Rule) -> Actor:
    return Actor(kind="rule", name=f"Rule “{rule.name}”", role=Role.OWNER)


@transaction.atomic
def apply_macro(
    *,
    macro_id: int,
    conversation_id: int,
    actor: Actor,
    at: datetime,
    version: int | None = None,
) -> Macro:
    """Does all that a macro says, or nothing of it.

    Raises:
        NotFoundError: there is no such macro or conversation.
        StaleError: somebody changed the conversation since `version` was read.
        AmityError: one of its actions cannot be done.
    """
    macro = Macro.objects.filter(pk=macro_id).first()
    if macro is None:
        raise NotFoundError(f"There is no macro {macro_id}.")
    conversation = lock(conversation_id, version=version)
    words = f"The macro “{macro.name}” was used."
    note_event(conversation, "macro", words, actor=actor, at=at, detail={"macro": macro.pk})
    act(conversation.pk, read_actions(macro.actions), actor=actor, at=at)
    Macro.objects.filter(pk=macro.pk).update(used_count=F("used_count") + 1)
    return macro


@transaction.atomic
def use_reply(*, reply_id: int, conversation_id: int, actor: Actor) -> str:
    """The text of a canned reply with its variables filled in; counts its use.

    Raises:
        NotFoundError: there is no such reply or conversation.
    """
    reply = CannedReply.objects.filter(pk=reply_id).select_related("owner").first()
    if reply is None or reply.owner_id not in {None, actor.user_id}:
        raise NotFoundError(f"There is no reply {reply_id}.")
    rows = Conversation.objects.select_related("customer", "channel")
    conversation = rows.filter(pk=conversation_id).first()
    if conversation is None:
        raise NotFoundError(f"There is no conversation {conversation_id}.")
    CannedReply.objects.filter(pk=reply.pk).update(used_count=F("used_count") + 1)
    return fill(reply.text, variables_of(conversation, agent=_person(actor)))


def _person(actor: Actor) -> User | None:
    return User.objects.filter(pk=actor.user_id).first() if actor.user_id else None
