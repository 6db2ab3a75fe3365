"""What rules ask and texts say of a conversation."""

from amity.base.money import to_major
from amity.kernel.access.models import User
from amity.kernel.access.operations import company
from amity.kernel.customers.models import Customer, Identity
from amity.kernel.segments.models import Segment
from amity.run.inbox.models import Conversation, Message
from amity.run.inbox.rules.automation import Facts
from amity.run.inbox.rules.listing import NOT_SURE, UNSURE


def facts_of(conversation: Conversation) -> Facts:
    """The fields that conditions test; three statements."""
    seen = conversation.messages.exclude(kind=Message.Kind.NOTE).order_by("-at", "-pk")
    last = seen.first()
    value = conversation.value_minor
    assignee = conversation.assignee
    return {
        "subject": conversation.subject,
        "text": last.text if last else "",
        "sender": last.author_address if last else "",
        "channel": (conversation.channel.key, conversation.channel.name),
        "language": conversation.language,
        "topic": (UNSURE, NOT_SURE) if conversation.is_topic_unsure else conversation.topic,
        "status": conversation.status,
        "segment": conversation.segment_key,
        "relationship_type": conversation.relationship_type,
        "team": (conversation.team.key, conversation.team.name) if conversation.team else "",
        "assignee": (assignee.name, assignee.email) if assignee else "",
        "tag": tuple(conversation.tags.values_list("name", flat=True)),
        "priority": conversation.priority,
        "value": None if value is None else float(to_major(value, company().currency)),
        "messages": conversation.message_count,
        "reopened": conversation.reopened_count,
        "minutes_spent": conversation.staff_seconds / 60,
    }


def variables_of(conversation: Conversation, *, agent: User | None) -> dict[str, str]:
    """The values of a text's variables; what is not known is empty."""
    customer = conversation.customer
    segment = Segment.objects.filter(key=conversation.segment_key).first()
    due = conversation.due_at
    return {
        **_of_customer(customer),
        "agent.name": agent.name if agent else "",
        "agent.first_name": agent.name.partition(" ")[0] if agent else "",
        "agent.email": agent.email if agent else "",
        "conversation.number": str(conversation.number),
        "conversation.subject": conversation.subject,
        "conversation.due": f"{due:%Y-%m-%d %H:%M} UTC" if due else "",
        "company.name": company().name,
        "segment.name": segment.name if segment else "",
    }


def _of_customer(customer: Customer | None) -> dict[str, str]:
    if customer is None:
        return {}
    is_person = customer.kind == Customer.Kind.PERSON
    mails = Identity.objects.filter(customer=customer, kind=Identity.Kind.EMAIL).order_by("pk")
    return {
        "customer.name": customer.name,
        "customer.first_name": customer.name.partition(" ")[0] if is_person else "",
        "customer.email": mails.values_list("shown", flat=True).first() or "",
        "customer.language": customer.language,
    }
