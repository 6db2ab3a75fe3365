"""Conversations and what belongs to them; everything that passed is also in the interaction log."""

from amity.run.inbox.models.automation import CannedReply, Macro, Rule, RuleFiring
from amity.run.inbox.models.channels import AgentProfile, Channel, InboxSettings, QuarantinedMail
from amity.run.inbox.models.chat import ChatSession
from amity.run.inbox.models.conversations import (
    BulkChange,
    Conversation,
    ConversationEvent,
    ConversationLink,
    ConversationMerge,
    Follower,
    Notice,
    Participant,
    Presence,
    Tag,
)
from amity.run.inbox.models.mail import MailFolder, MailIntake
from amity.run.inbox.models.messages import Attachment, Draft, Message, StoredFile
from amity.run.inbox.models.promises import PromiseClock, Rating

__all__ = [
    "AgentProfile",
    "Attachment",
    "BulkChange",
    "CannedReply",
    "Channel",
    "ChatSession",
    "Conversation",
    "ConversationEvent",
    "ConversationLink",
    "ConversationMerge",
    "Draft",
    "Follower",
    "InboxSettings",
    "Macro",
    "MailFolder",
    "MailIntake",
    "Message",
    "Notice",
    "Participant",
    "Presence",
    "PromiseClock",
    "QuarantinedMail",
    "Rating",
    "Rule",
    "RuleFiring",
    "StoredFile",
    "Tag",
]
