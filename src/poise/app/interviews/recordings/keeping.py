"""Keeping transcripts: with the candidate's consent only, apart from everything else, and gone when it is withdrawn."""

from __future__ import annotations

from django.db import transaction

from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.conversations.keeping import pack, unpack
from poise.app.interviews.campaigns.models import Candidate, Consent, Interview
from poise.app.interviews.recordings.models import Recording
from poise.app.interviews.recordings.reading import Transcript, assign
from poise.app.people.models import Purpose
from poise.model import Tables

__all__ = ["NoConsentError", "attach", "consents", "forget", "name_candidate", "remove", "tables_of"]


class NoConsentError(Exception):
    """The candidate did not agree to being recorded, or agrees no longer."""


def consents(candidate: Candidate) -> frozenset[str]:
    """What a candidate agrees to at present (:class:`Consent.Kind`). One query."""
    return frozenset(candidate.consents.filter(withdrawn_at=None).values_list("kind", flat=True))


def attach(interview: Interview, transcript: Transcript, name: str, by: User | None) -> Recording:
    """Keep the transcript of an interview, instead of the one that it had.

    Raises
    ------
    NoConsentError
        Where the candidate does not agree to be recorded.
    """
    with transaction.atomic():
        # a consent that is withdrawn at this moment either waits for this row or is seen here
        candidate = Candidate.objects.select_for_update().get(pk=interview.candidate_id)
        if Consent.Kind.RECORDING not in consents(candidate):
            raise NoConsentError
        Recording.objects.filter(interview=interview).delete()
        made = Recording.objects.create(
            interview=interview,
            file=name[:300],
            format=transcript.format,
            turns=transcript.turns,
            tables=pack(transcript.tables),
            speakers_known=transcript.known,
            added_by=by,
        )
        record(
            Action.ADDED,
            made,
            purpose=Purpose.SELECTION,
            interview=interview.pk,
            candidate=candidate.pk,
            format=transcript.format,
            turns=transcript.turns,
        )
    return made


def tables_of(recording: Recording) -> Tables:
    """The one conversation of a recording."""
    return unpack(bytes(recording.tables))


def name_candidate(recording: Recording, label: str) -> None:
    """Say which speaker is the candidate; all others are interviewers.

    Raises
    ------
    KeyError
        Where nobody speaks under that label.
    """
    with transaction.atomic():
        kept = Recording.objects.select_for_update().get(pk=recording.pk)
        kept.tables = pack(assign(tables_of(kept), label))
        kept.speakers_known = True
        kept.save(update_fields=["tables", "speakers_known"])
        record(Action.CHANGED, kept, purpose=Purpose.SELECTION, interview=kept.interview_id, what="speakers")


def remove(recording: Recording) -> None:
    """Take a transcript away."""
    with transaction.atomic():
        record(Action.REMOVED, recording, purpose=Purpose.SELECTION, interview=recording.interview_id)
        recording.delete()


def forget(candidate: Candidate, kind: str) -> int:
    """Take away what rested on a consent that a candidate withdrew; return how many transcripts that were.

    With ``recording`` all transcripts of the candidate go. With ``detection`` there is nothing to take away: what was
    found is never stored, and from now on nothing is found. Either is written to the audit log.
    """
    with transaction.atomic():
        Candidate.objects.select_for_update().get(pk=candidate.pk)
        gone = 0
        if kind == Consent.Kind.RECORDING:
            for one in Recording.objects.filter(interview__candidate=candidate).defer("tables"):
                remove(one)
                gone += 1
        record(Action.WITHDREW, candidate, purpose=Purpose.SELECTION, consent=str(kind), recordings_removed=gone)
    return gone
