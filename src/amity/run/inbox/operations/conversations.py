"""All changes of conversations under one name."""

from amity.run.inbox.operations.bulk import apply_to_many, undo_bulk
from amity.run.inbox.operations.drafts import be_present, leave, mark_seen, save_draft
from amity.run.inbox.operations.merging import merge, split, undo_merge, undo_split
from amity.run.inbox.operations.opening import ensure_talk_channels, log_contact, start_conversation
from amity.run.inbox.operations.receiving import Received, receive
from amity.run.inbox.operations.replying import add_note, release_held, reply, undo_send
from amity.run.inbox.operations.statuses import (
    close,
    mark_spam,
    reopen,
    snooze,
    unmark_spam,
    wait_for_customer,
    wake,
)
from amity.run.inbox.operations.tending import (
    add_participant,
    add_tag,
    assign,
    assign_team,
    book_minutes,
    check_version,
    follow,
    link,
    remove_participant,
    remove_tag,
    set_customer,
    set_priority,
    set_subject,
    unfollow,
    unlink,
)
from amity.run.inbox.operations.topics.setting import follow_guess, set_topic

__all__ = [
    "Received",
    "add_note",
    "add_participant",
    "add_tag",
    "apply_to_many",
    "assign",
    "assign_team",
    "be_present",
    "book_minutes",
    "check_version",
    "close",
    "ensure_talk_channels",
    "follow",
    "follow_guess",
    "leave",
    "link",
    "log_contact",
    "mark_seen",
    "mark_spam",
    "merge",
    "receive",
    "release_held",
    "remove_participant",
    "remove_tag",
    "reopen",
    "reply",
    "save_draft",
    "set_customer",
    "set_priority",
    "set_subject",
    "set_topic",
    "snooze",
    "split",
    "start_conversation",
    "undo_bulk",
    "undo_merge",
    "undo_send",
    "undo_split",
    "unfollow",
    "unlink",
    "unmark_spam",
    "wait_for_customer",
    "wake",
]
