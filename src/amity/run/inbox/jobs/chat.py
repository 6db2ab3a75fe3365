"""Chats that go on by mail."""

from amity.kernel.jobs.context import JobContext
from amity.run.inbox.operations.chat_mail import mail_unseen


def unseen(context: JobContext) -> dict[str, object]:
    """Mails the answers of a chat that its visitor did not see, once."""
    return {"mailed": mail_unseen(context.payload["conversation"], at=context.now())}
