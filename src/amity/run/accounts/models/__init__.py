from amity.run.accounts.models.book import Account, Capacity, CostRate, HelpLevel
from amity.run.accounts.models.handovers import Handover
from amity.run.accounts.models.meetings import Attendee, CalendarFeed, Meeting
from amity.run.accounts.models.plans import AccountNote, Goal, Plan, Renewal
from amity.run.accounts.models.plays import Play, Playbook, PlaybookStep
from amity.run.accounts.models.tasks import Task

__all__ = [
    "Account",
    "AccountNote",
    "Attendee",
    "CalendarFeed",
    "Capacity",
    "CostRate",
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
