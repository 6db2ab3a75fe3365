from amity.run.accounts.models.book import Account, Capacity, HelpLevel
from amity.run.accounts.models.handovers import Handover
from amity.run.accounts.models.meetings import (
    Attendee,
    BookingLink,
    BookingTerms,
    CalendarFeed,
    Meeting,
)
from amity.run.accounts.models.plans import AccountNote, Goal, Plan, Renewal
from amity.run.accounts.models.plays import Play, Playbook, PlaybookStep
from amity.run.accounts.models.tasks import Task

__all__ = [
    "Account",
    "AccountNote",
    "Attendee",
    "BookingLink",
    "BookingTerms",
    "CalendarFeed",
    "Capacity",
    "Goal",
    "Handover",
    "HelpLevel",
    "Meeting",
    "Plan",
    "Play",
    "Playbook",
    "PlaybookStep",
    "Renewal",
    "Task",
]
