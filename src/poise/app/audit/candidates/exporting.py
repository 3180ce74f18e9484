"""Everything that is held on one candidate: to read, and to take elsewhere.

Whoever rated, decided or wrote is nobody by name in it, and names of other candidates are left out of their words: what
was said about the candidate is theirs, who said it is not. What an interview's raters rated is in it once all of them
have submitted; before, it would be no more than what somebody may still change. The voluntary answer is in the
candidate's own file alone.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import IO, Any, Final

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from poise.app.accounts.models import Membership, User
from poise.app.audit.models import Entry
from poise.app.fairness.answering import answer_of
from poise.app.interviews.blinding import open_interviews
from poise.app.interviews.campaigns.models import Candidate
from poise.app.interviews.candidacy.models import SelfStatement
from poise.app.interviews.decisions.naming import others_hidden
from poise.app.interviews.panel.levels import levels
from poise.app.interviews.recordings.keeping import tables_of
from poise.app.interviews.recordings.models import Recording
from poise.app.interviews.room.models import Entry as Noted
from poise.app.interviews.room.models import Mark, Quote, Rating

__all__ = ["held_on", "write_candidate_archive"]

Rows = list[dict[str, Any]]

_TITLES: Final[dict[str, str | Promise]] = {
    "candidacy": _("Candidacy"),
    "account": _("Account"),
    "notices": _("Notices"),
    "consents": _("Consents"),
    "accommodations": _("What would help"),
    "letters": _("Letters"),
    "interviews": _("Interviews"),
    "ratings": _("Ratings of answers"),
    "quotes": _("Words of yours that were noted"),
    "marks": _("What was noted as seen or heard"),
    "journal": _("All that raters wrote in the interview, also what they took back"),
    "levels": _("Levels worked out from the ratings"),
    "transcript": _("Transcripts"),
    "decisions": _("Decisions"),
    "objections": _("Objections"),
    "self_statement": _("Strengths and weaknesses in your words"),
    "legal_hold": _("Legal hold"),
    "looked_at": _("When somebody looked at what was found"),
    "voluntary_answer": _("Voluntary answer"),
    "audit": _("Audit log"),
}


def held_on(candidate: Candidate, *, own: bool) -> dict[str, Rows]:
    """Return all that is held on a candidate, by what it is, as rows of plain values.

    Parameters
    ----------
    own
        It is for the candidate themself: then their voluntary answer is in it.
    """
    hide = others_hidden(candidate)
    out: dict[str, Rows] = {"candidacy": [_candidacy(candidate)], "account": _account(candidate.user)}
    out["notices"] = _rows(candidate.notices.order_by("pk"), ("given_at", "interviews_from", "read_at", "text"))
    out["consents"] = _rows(candidate.consents.order_by("pk"), ("kind", "given_at", "withdrawn_at"))
    out["accommodations"] = _rows(
        candidate.accommodations.order_by("pk"),
        ("asked", "asked_at", "arranged", "extra_minutes", "no_marks", "answered_at"),
    )
    letters = candidate.letters.filter(rater=None).order_by("pk")
    out["letters"] = _rows(letters, ("kind", "asked_at", "sent_at", "problem"))
    out |= _interviews(candidate, hide)
    decisions = candidate.decisions.select_related("stage").order_by("pk")
    out["decisions"] = [
        {
            "stage": one.stage.title,
            **_values(one, ("outcome", "override", "decided_at", "seen")),
            "reason": hide(one.reason),
        }
        for one in decisions
    ]
    out["objections"] = [
        {**_values(one, ("about", "text", "made_at", "verdict", "answered_at")), "answer": hide(one.answer)}
        for one in candidate.objections.order_by("pk")
    ]
    said = SelfStatement.objects.filter(candidate=candidate)
    out["self_statement"] = _rows(
        said, ("strengths", "weaknesses", "strong_traits", "weak_traits", "said_at", "taken_to_work_at")
    )
    hold = getattr(candidate, "legal_hold", None)
    out["legal_hold"] = [] if hold is None else [_values(hold, ("reason", "set_at"))]
    out["looked_at"] = _rows(candidate.looks.order_by("pk"), ("page", "at"))
    if own:
        given = answer_of(candidate)
        out["voluntary_answer"] = [] if given is None else [_values(given, ("sex", "ethnicity", "given_on"))]
    out["audit"] = [
        {"at": one.at.isoformat(), "action": one.action, "what": one.kind, "by": _by(one, candidate)}
        for one in Entry.objects.filter(candidate=candidate.pk).order_by("pk")
    ]
    return out


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _values(one: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: _plain(getattr(one, name)) for name in names}


def _rows(found: Iterable[Any], names: tuple[str, ...]) -> Rows:
    return [_values(one, names) for one in found]


def _candidacy(candidate: Candidate) -> dict[str, Any]:
    return {
        "campaign": candidate.campaign.title,
        "stage": candidate.stage.title if candidate.stage else None,
        **_values(
            candidate,
            (
                "name",
                "email",
                "phone",
                "language",
                "external_id",
                "code",
                "state",
                "alternative",
                "keep_until",
                "created_at",
            ),
        ),
        "hired": candidate.person_id is not None,
    }


def _account(user: User | None) -> Rows:
    if user is None:
        return []
    held = Membership.objects.filter(user=user).select_related("team").order_by("pk")
    return [
        {
            **_values(user, ("email", "name", "language", "created_at")),
            "memberships": [f"{one.role}, {one.team.name if one.team else '–'}" for one in held],
        }
    ]


def _interviews(candidate: Candidate, hide: Callable[[str], str]) -> dict[str, Rows]:
    everything = candidate.interviews.select_related("stage").prefetch_related("seats").order_by("pk")
    rated = set(open_interviews(candidate.campaign).filter(candidate=candidate).values_list("pk", flat=True))
    out: dict[str, Rows] = {
        "interviews": [
            {
                "stage": one.stage.title,
                **_values(one, ("starts_at", "minutes", "mode", "place", "state")),
                "raters": len(one.seats.all()),
                "rated": one.pk in rated,
            }
            for one in everything
        ]
    }
    # ordered by what they say, so that the order tells nothing of whose they are
    ratings = Rating.objects.filter(seat__interview__in=rated).order_by("question", "level", "pk")
    out["ratings"] = [
        {**_values(one, ("question", "trait", "level")), "set_aside": one.set_aside_at is not None} for one in ratings
    ]
    quotes = Quote.objects.filter(seat__interview__in=rated).order_by("question", "text", "pk")
    out["quotes"] = [{"question": one.question, "text": hide(one.text)} for one in quotes]
    marks = Mark.objects.filter(seat__interview__in=rated).order_by("question", "kind", "pk")
    out["marks"] = _rows(marks, ("question", "kind"))
    noted = Noted.objects.filter(seat__interview__in=rated)
    journal = [
        {"question": one.question, "kind": one.kind, "text": hide(str(one.detail.get("text", "")))} for one in noted
    ]
    out["journal"] = sorted(journal, key=lambda row: (row["question"], row["kind"], row["text"]))
    out["levels"] = [
        {
            "code": one.code,
            "mean": one.mean,
            "low": one.low,
            "high": one.high,
            "ratings": one.ratings,
            "reason": one.reason,
        }
        for one in levels(candidate.campaign)
        if one.candidate == candidate.pk
    ]
    out["transcript"] = [
        {
            "interview": one.interview.stage.title,
            "number": number,
            "role": role,
            "text": text if role == "candidate" else hide(text or ""),
            "start": start,
        }
        for one in Recording.objects.filter(interview__candidate=candidate).select_related("interview__stage")
        for number, role, text, start in tables_of(one).turns.select("turn", "role", "text", "start").iter_rows()
    ]
    return out


def _by(entry: Entry, candidate: Candidate) -> str:
    """Say who did it without saying who they are."""
    if entry.actor is None:
        return "installation"
    return "candidate" if entry.actor == candidate.user_id else "employer"


def write_candidate_archive(candidate: Candidate, target: IO[bytes], *, own: bool) -> None:
    """Write a ZIP file with ``candidate.json`` and ``read-me.html``."""
    about = held_on(candidate, own=own)
    written = timezone.now()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        plain = {"exported_at": written.isoformat(), **about}
        archive.writestr("candidate.json", json.dumps(plain, ensure_ascii=False, indent=1))
        parts = [(_TITLES[name], rows) for name, rows in about.items()]
        context = {"candidate": candidate, "written": written, "parts": parts, "own": own}
        archive.writestr("read-me.html", render_to_string("audit/candidate_export.html", context))
