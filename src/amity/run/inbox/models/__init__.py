"""Conversations and what belongs to them; everything that passed is also in the interaction log."""

from amity.run.inbox.models.assistance import Assistance
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
    ImportedCase,
    Notice,
    Participant,
    Presence,
    Tag,
)
from amity.run.inbox.models.mail import MailFolder, MailIntake
from amity.run.inbox.models.messages import Attachment, Draft, Message, StoredFile
from amity.run.inbox.models.promises import PromiseClock, Rating
from amity.run.inbox.models.topics import Topic, TopicExample, TopicTraining

__all__ = [
    "AgentProfile",
    "Assistance",
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
    "ImportedCase",
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
    "Topic",
    "TopicExample",
    "TopicTraining",
]
