"""The calendar file of an interview (RFC 5545), as calendars of e-mail programs read it.

One interview keeps one ``UID``, so that a new time replaces the old one and a cancellation takes it away; ``SEQUENCE``
says which is newer. Times are in UTC, which no change of daylight saving can shift.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vText

__all__ = ["file_of", "uid_of"]


def uid_of(interview: int) -> str:
    """Return the identifier of an interview in every calendar."""
    return f"interview-{interview}@{urlsplit(settings.PUBLIC_URL).hostname}"


def file_of(
    *,
    interview: int,
    sequence: int,
    starts_at: datetime,
    minutes: int,
    title: str,
    text: str,
    place: str,
    organiser: str,
    attendee: str,
    name: str,
    language: str,
    cancelled: bool,
    stamp: datetime,
) -> bytes:
    """Return the file, for one recipient.

    Parameters
    ----------
    starts_at, stamp
        Aware instants: when the interview is, and when this was written.
    organiser, attendee
        E-mail addresses.
    cancelled
        Whether it takes the interview out of the calendar (METHOD:CANCEL) or puts it in (METHOD:REQUEST).
    """
    event = Event()
    event.add("uid", uid_of(interview))
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", starts_at.astimezone(UTC))
    event.add("dtend", starts_at.astimezone(UTC) + timedelta(minutes=minutes))
    event.add("sequence", sequence)
    event.add("summary", vText(title), parameters={"LANGUAGE": language})
    event.add("description", vText(text))
    if place:
        event.add("location", vText(place))
    event.add("organizer", vCalAddress(f"mailto:{organiser}"))
    who = vCalAddress(f"mailto:{attendee}")
    who.params["CN"] = "".join(one for one in name if one not in '"\r\n\t') or attendee
    who.params["ROLE"] = "REQ-PARTICIPANT"
    who.params["PARTSTAT"] = "NEEDS-ACTION"
    who.params["RSVP"] = "FALSE"
    event.add("attendee", who, encode=False)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE")
    calendar = Calendar()
    calendar.add("prodid", "-//Poise//Interviews//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "REQUEST")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
