"""Calendar files (RFC 5545) and invitations (RFC 5546). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event, vCalAddress, vText

PRODUCT = "-//Amity//Accounts//EN"


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who is invited; `answer` as in PARTSTAT, small letters with underscores."""

    name: str
    email: str
    answer: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A meeting as calendars know it; `agenda` is read by guests."""

    uid: str
    sequence: int
    title: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    organizer: Guest
    guests: tuple[Guest, ...] = ()
    place: str = ""
    agenda: str = ""
    is_canceled: bool = False


@dataclass(frozen=True, slots=True)
class DayEntry:
    """A task as a whole day."""

    uid: str
    title: str
    day: date
    changed_at: datetime


def invitation(entry: Entry) -> bytes:
    """The invitation of one meeting: METHOD:REQUEST, or CANCEL where it does not take place."""
    calendar = _calendar("CANCEL" if entry.is_canceled else "REQUEST")
    calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def feed(entries: Sequence[Entry], days: Sequence[DayEntry], *, name: str) -> bytes:
    """A calendar to subscribe to: METHOD:PUBLISH, meetings and the days on which tasks are due."""
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", name)
    for entry in entries:
        calendar.add_component(_event(entry))
    for day in days:
        calendar.add_component(_day(day))
    return bytes(calendar.to_ical())


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", entry.title)
    if entry.place:
        event.add("location", entry.place)
    if entry.agenda:
        event.add("description", entry.agenda)
    event.add("status", "CANCELLED" if entry.is_canceled else "CONFIRMED")
    event.add("organizer", _address(entry.organizer))
    for guest in entry.guests:
        address = _address(guest)
        address.params["role"] = vText("REQ-PARTICIPANT")
        address.params["partstat"] = vText(guest.answer.upper().replace("_", "-"))
        address.params["rsvp"] = vText("TRUE")
        event.add("attendee", address, encode=False)
    return event


def _address(guest: Guest) -> vCalAddress:
    address = vCalAddress(f"mailto:{guest.email}")
    if guest.name:
        address.params["cn"] = vText(guest.name)
    return address


def _day(entry: DayEntry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("dtstart", entry.day)
    event.add("dtend", entry.day + timedelta(days=1))
    event.add("summary", entry.title)
    event.add("transp", "TRANSPARENT")
    return event
