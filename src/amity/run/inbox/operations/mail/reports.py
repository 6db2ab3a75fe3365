"""What mails report on mails of ours: they came back, are late, or somebody complained."""

from datetime import datetime

from amity.kernel.access.rules import SYSTEM
from amity.run.inbox.models import Conversation, Message
from amity.run.inbox.operations.change import lock, note_event, save, tell
from amity.run.inbox.rules.mail.bounces import Report

WORDS = {
    "userunknown": "there is no such address",
    "hostunknown": "there is no such domain",
    "mailboxfull": "the mailbox is full",
    "mesgtoobig": "the mail is too large",
    "exceedlimit": "the mail is too large",
    "spamdetected": "it was taken for spam",
    "blocked": "our server was blocked",
    "badreputation": "our server was blocked",
    "authfailure": "our domain's SPF, DKIM or DMARC did not pass",
    "policyviolation": "their rules forbid it",
    "expired": "their server did not take it in time",
    "networkerror": "their server could not be reached",
    "suspend": "the mailbox is switched off",
    "notaccept": "that domain takes no mail",
    "hasmoved": "the mailbox has moved",
    "norelaying": "their server does not take mail for it",
}


def take_report(report: Report, *, at: datetime) -> bool:
    """Notes a report at the mail that it is about; False where that is none of ours."""
    message = _reported(report)
    if message is None:
        return False
    conversation = lock(message.conversation_id)
    if report.kind == "complaint":
        words = f"The mail was reported as unwanted ({report.feedback_type})."
        note_event(conversation, "complained", words, actor=SYSTEM, at=at)
    elif report.kind == "delivered":
        note_event(conversation, "delivered", "The mail has arrived.", actor=SYSTEM, at=at)
    elif report.kind == "delayed":
        note_event(conversation, "delayed", _said(report), actor=SYSTEM, at=at)
    else:
        _came_back(message, conversation, report, at)
        return True
    save(conversation, at=at)
    return True


def _reported(report: Report) -> Message | None:
    number = report.original_message_id.strip("<>")
    if not number:
        return None
    rows = Message.objects.filter(internet_message_id=number, kind=Message.Kind.REPLY)
    return rows.select_for_update(of=("self",)).first()


def _came_back(message: Message, conversation: Conversation, report: Report, at: datetime) -> None:
    words = _said(report)
    message.delivery = Message.Delivery.BOUNCED
    message.delivery_error = words[:500]
    message.save(update_fields=["delivery", "delivery_error"])
    if conversation.status == Conversation.Status.WAITING:
        conversation.status = Conversation.Status.OPEN
    detail = {
        "message": message.pk,
        "failures": [
            {
                "recipient": one.recipient,
                "status": one.status,
                "reason": one.reason,
                "said": one.text,
            }
            for one in report.failures[:20]
        ],
    }
    note_event(conversation, "bounced", words, actor=SYSTEM, at=at, detail=detail)
    save(conversation, at=at)
    if conversation.assignee_id is not None:
        tell(conversation, [conversation.assignee_id], "bounced", words, at=at)


def _said(report: Report) -> str:
    first = report.failures[0]
    why = WORDS.get(first.reason) or (first.text[:150] or "no reason was given")
    more = f" and {len(report.failures) - 1} more" if len(report.failures) > 1 else ""
    verb = "is late" if report.kind == "delayed" else "came back"
    return f"The mail to {first.recipient}{more} {verb}: {why}."
