"""Taking in what a rater noted, as their browser or a form tells it: what is sound is kept, the rest refused by name.

The journal is only ever added to. An entry that was kept once is acknowledged again however often it is sent, so that
whoever did not hear the answer may ask again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from msgspec import Meta, Struct

from poise.app.interviews.calibration.passing import may_rate
from poise.app.interviews.campaigns.arranging import marks_allowed
from poise.app.interviews.campaigns.models import Interview, Seat
from poise.app.interviews.room.asking import questions_of
from poise.app.interviews.room.models import Entry
from poise.app.interviews.room.submitting import Incomplete, hold, submit

__all__ = [
    "MOST_AT_ONCE",
    "MOST_BYTES",
    "MOST_HELD",
    "SAYS",
    "Batch",
    "Receipt",
    "Refusal",
    "Refused",
    "Told",
    "read_batch",
    "receive",
]

MOST_BYTES: Final = 1024 * 1024
"""Of one batch."""
MOST_AT_ONCE: Final = 200
"""Entries of one batch."""
MOST_HELD: Final = 5_000
"""Entries of one seat: an interview has some hundreds."""
LONGEST_QUOTE: Final = 2_000
"""Characters (:class:`poise.app.interviews.room.models.Quote`)."""
_ABSURD: Final = timedelta(days=1)
_RATES: Final = frozenset({"rated", "not_observed", "submitted"})


class Refusal(StrEnum):
    """Why an entry was not kept."""

    MALFORMED = "malformed"
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_QUESTION = "unknown_question"
    NOT_SCORED = "not_scored"
    NO_MARK = "no_mark"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_CALIBRATED = "not_calibrated"
    INCOMPLETE = "incomplete"
    SUBMITTED = "submitted"
    CLOSED = "closed"
    FULL = "full"


SAYS: Final[Mapping[Refusal, str | Promise]] = {
    Refusal.MALFORMED: _("This note cannot be read."),
    Refusal.UNKNOWN_KIND: _("Notes of this kind are not known here."),
    Refusal.UNKNOWN_QUESTION: _("This question is not asked in this interview."),
    Refusal.NOT_SCORED: _("Answers to this question are not rated."),
    Refusal.NO_MARK: _("This is not noted in this interview."),
    Refusal.EMPTY: _("There were no words in it."),
    Refusal.TOO_LONG: _("It is longer than 2,000 characters."),
    Refusal.NOT_CALIBRATED: _("You can rate once you have passed the practice round for this kit."),
    Refusal.INCOMPLETE: _("Some answers have no level yet, or a level without a quote."),
    Refusal.SUBMITTED: _("Your ratings had been submitted before this note arrived."),
    Refusal.CLOSED: _("This interview does not take place."),
    Refusal.FULL: _("The journal of this interview is full."),
}


class Told(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry as a browser tells it. Columns as in :class:`poise.app.interviews.room.models.Entry`."""

    uuid: UUID
    kind: Annotated[str, Meta(max_length=20)]
    at: Annotated[datetime, Meta(tz=True)]
    question: Annotated[str, Meta(max_length=100)] = ""
    detail: dict[str, Any] = {}


class Batch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some entries in the order in which they were made; ``now`` is the browser's clock as it sends them."""

    now: Annotated[datetime, Meta(tz=True)]
    entries: Annotated[list[msgspec.Raw], Meta(max_length=MOST_AT_ONCE)]


class _Form(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class _Nothing(_Form, frozen=True):
    pass


class _Quoted(_Form, frozen=True):
    text: str


class _Marked(_Form, frozen=True):
    kind: str


class _Back(_Form, frozen=True):
    of: UUID


class _Rated(_Form, frozen=True):
    level: Annotated[int, Meta(ge=1, le=5)]


_DETAILS: Final[Mapping[str, type[_Form]]] = {
    "asked": _Nothing,
    "quoted": _Quoted,
    "unquoted": _Back,
    "marked": _Marked,
    "unmarked": _Back,
    "rated": _Rated,
    "not_observed": _Nothing,
    "submitted": _Nothing,
}


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that was not kept: its uuid (None where it cannot be read), its place in the batch, and why."""

    uuid: UUID | None
    place: int
    why: Refusal


@dataclass(slots=True)
class Receipt:
    """What became of a batch.

    Attributes
    ----------
    kept
        Those that are in the journal now, be it since just now or from before.
    submitted_at
        When the seat submitted, if it has.
    """

    kept: list[UUID] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    submitted_at: datetime | None = None


class _No(Exception):  # noqa: N818
    def __init__(self, why: Refusal) -> None:
        self.why = why


def read_batch(body: bytes) -> tuple[datetime, list[Told | Refused]]:
    """Read a batch: the browser's clock, and each entry or why it cannot be one.

    Raises
    ------
    ValueError
        Where it is no batch: not JSON, other fields, too many entries, longer than :data:`MOST_BYTES`.
    """
    if len(body) > MOST_BYTES:
        raise ValueError(f"a batch has at most {MOST_BYTES} bytes")
    batch = msgspec.json.decode(body, type=Batch)
    return batch.now, [_read(raw, place) for place, raw in enumerate(batch.entries)]


def _read(raw: msgspec.Raw, place: int) -> Told | Refused:
    try:
        return msgspec.json.decode(raw, type=Told)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError):
        return Refused(_uuid_of(raw), place, Refusal.MALFORMED)


def _uuid_of(raw: msgspec.Raw) -> UUID | None:
    class Named(Struct):
        uuid: UUID

    try:
        return msgspec.json.decode(raw, type=Named).uuid
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError):
        return None


def receive(
    seat: Seat, told: Iterable[Told | Refused], *, received_at: datetime, clock: datetime | None = None
) -> Receipt:
    """Keep what is sound, in one transaction; submit where an entry says so.

    ``clock`` is the browser's as it sent them: where it is more than a day off, all are moved by the difference, and
    what then still lies more than a day after now, or before the interview, is put at that bound. What the browser
    said stays in ``detail["clock"]``.
    """
    with transaction.atomic():
        return _Intake(hold(seat.pk), received_at, clock).take(list(told))


class _Intake:
    """One batch and the seat that it is for."""

    def __init__(self, seat: Seat, received_at: datetime, clock: datetime | None) -> None:
        self.seat = seat
        self.received_at = received_at
        self.clock = clock
        interview = seat.interview
        self.planned = interview.state == Interview.State.PLANNED
        self.scored = {one.id: one.scored for one in questions_of(interview, interview.candidate.campaign.kit.read())}
        self.marks = marks_allowed(interview)
        self.free = MOST_HELD
        self._calibrated: bool | None = None
        self.receipt = Receipt(submitted_at=seat.submitted_at)
        self.fresh: list[Entry] = []

    def take(self, told: Sequence[Told | Refused]) -> Receipt:
        wanted = [one.uuid for one in told if isinstance(one, Told)]
        known = set(self.seat.entries.filter(uuid__in=wanted).values_list("uuid", flat=True))
        self.free -= self.seat.entries.count()
        for place, one in enumerate(told):
            if isinstance(one, Refused):
                self.receipt.refused.append(one)
                continue
            if one.uuid not in known:
                try:
                    self._add(one, place)
                except _No as no:
                    self.receipt.refused.append(Refused(one.uuid, place, no.why))
                    continue
                known.add(one.uuid)
            self.receipt.kept.append(one.uuid)
        self._write()
        return self.receipt

    def _add(self, told: Told, place: int) -> None:
        detail = self._checked(told)
        at, moved = self._instant(told.at, place)
        if moved:
            detail["clock"] = told.at.isoformat()
        made = Entry(seat=self.seat, uuid=told.uuid, kind=told.kind, question=told.question, detail=detail, at=at)
        if told.kind == "submitted":
            self._submit()
        self.fresh.append(made)
        self.free -= 1

    def _submit(self) -> None:
        self._write()
        try:
            submit(self.seat, self.received_at)
        except Incomplete as incomplete:
            raise _No(Refusal.INCOMPLETE) from incomplete
        self.receipt.submitted_at = self.seat.submitted_at

    def _write(self) -> None:
        if not self.fresh:
            return
        for one in self.fresh:
            one.received_at = self.received_at
        Entry.objects.bulk_create(self.fresh)
        self.fresh = []
        if self.seat.started_at is None:
            self.seat.started_at = self.received_at
            self.seat.save(update_fields=["started_at"])

    def _checked(self, told: Told) -> dict[str, Any]:
        """The detail as it is kept."""
        if self.receipt.submitted_at is not None:
            raise _No(Refusal.SUBMITTED)
        if not self.planned:
            raise _No(Refusal.CLOSED)
        if self.free <= 0:
            raise _No(Refusal.FULL)
        form = _DETAILS.get(told.kind)
        if form is None:
            raise _No(Refusal.UNKNOWN_KIND)
        try:
            detail = msgspec.convert(told.detail, form)
        except msgspec.ValidationError:
            raise _No(Refusal.MALFORMED) from None
        self._check_question(told)
        if told.kind in _RATES and not self._may_rate():
            raise _No(Refusal.NOT_CALIBRATED)
        if isinstance(detail, _Quoted):
            return {"text": _line(detail.text)}
        if isinstance(detail, _Marked) and detail.kind not in self.marks:
            raise _No(Refusal.NO_MARK)
        kept: dict[str, Any] = msgspec.to_builtins(detail)
        return kept

    def _check_question(self, told: Told) -> None:
        whole = not told.question and told.kind in {"marked", "unmarked", "submitted"}
        if not whole and (told.question not in self.scored or told.kind == "submitted"):
            raise _No(Refusal.UNKNOWN_QUESTION)
        if told.kind in {"rated", "not_observed"} and not self.scored[told.question]:
            raise _No(Refusal.NOT_SCORED)

    def _may_rate(self) -> bool:
        if self._calibrated is None:
            self._calibrated = may_rate(self.seat.rater, self.seat.interview.candidate.campaign)
        return self._calibrated

    def _instant(self, at: datetime, place: int) -> tuple[datetime, bool]:
        """When it was, as it is kept, and whether that is another time than the browser said."""
        latest = self.received_at + _ABSURD
        earliest = min(self.seat.interview.starts_at or self.received_at, self.received_at) - _ABSURD
        off = self.clock - self.received_at if self.clock is not None else timedelta()
        try:
            said = at.astimezone(UTC)
            then = said - off if abs(off) > _ABSURD else said
        except OverflowError:
            # a year before 1 or after 9999
            return self.received_at + timedelta(microseconds=place), True
        if then > latest:
            return self.received_at + timedelta(microseconds=place), True
        if then < earliest:
            return earliest + timedelta(microseconds=place), True
        return then, then != said


def _line(text: str) -> str:
    """Words in one line; PostgreSQL takes no NUL."""
    line = " ".join(text.replace("\x00", "\N{REPLACEMENT CHARACTER}").split())
    if not line:
        raise _No(Refusal.EMPTY)
    if len(line) > LONGEST_QUOTE:
        raise _No(Refusal.TOO_LONG)
    return line
