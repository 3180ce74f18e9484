"""What the addresses of the hiring rooms are filled with."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

from django.db.models import Model, QuerySet
from django.urls import reverse

from poise.app.accounts.models import User
from poise.app.interviews.blinding import notes_wait
from poise.app.interviews.calibration.models import Round
from poise.app.interviews.campaigns.models import Accommodation, Campaign, Candidate, Interview, Seat, Stage
from poise.app.interviews.decisions.models import Objection
from poise.app.interviews.kits.models import Kit, KitVersion

__all__ = ["Subject", "compared", "subjects"]

Subject = tuple[str, str, Callable[[random.Random], Any]]
"""Start of an address's name, the place in it, and what it is filled with."""
_MOST: Final = 1_000


def _one(*wanted: QuerySet[Any, Any]) -> Callable[[random.Random], int]:
    """Fill with one of the first of these that has any."""
    for rows in wanted:
        found = list(rows.order_by("pk").values_list("pk", flat=True).distinct()[:_MOST])
        if found:
            return lambda dice: int(dice.choice(found))
    return lambda dice: 1


def _all(model: type[Model]) -> QuerySet[Any, Any]:
    return model._default_manager.all()


def subjects(reader: User) -> list[Subject]:
    """Return what places are filled with when ``reader`` opens the pages; of several for one place the first fits."""
    # the round in mid-flight has something of everything; a closed one has enough people to be counted
    under_way = Candidate.objects.filter(anchor=False, campaign__state=Campaign.State.OPEN)
    candidates = under_way if under_way.exists() else Candidate.objects.filter(anchor=False)
    rated = candidates.filter(interviews__seats__submitted_at__isnull=False, alternative=False)
    recorded = Interview.objects.filter(recording__isnull=False)
    campaigns = [Campaign.objects.filter(state=Campaign.State.OPEN), _all(Campaign)]
    preparing = [Campaign.objects.filter(state=Campaign.State.DRAFT), _all(Campaign)]
    panel = _one(rated.filter(interviews__in=recorded), rated, candidates)
    return [
        *_own(reader),
        *_of_kits(),
        *((name, "key", _one(*preparing)) for name in ("campaign_change", "stage_new", "stage_remove")),
        *((name, "key", _one(*campaigns)) for name in ("campaign", "candidates_", "candidate_new")),
        ("fairness_campaign", "key", _one(Campaign.objects.filter(state=Campaign.State.CLOSED), *campaigns)),
        *((name, "key", _one(*campaigns)) for name in ("panel_campaign", "panel_compare", "panel_audit")),
        *((f"{what}candidate", "key", _one(candidates)) for what in ("", "export_", "erase_", "hold_")),
        ("accommodation_new", "key", _one(candidates)),
        ("accommodation", "key", _one(Accommodation.objects.filter(answered_at=None), _all(Accommodation))),
        ("stage", "key", _one(Stage.objects.filter(campaign__state=Campaign.State.DRAFT))),
        ("schedule_", "key", _one(Interview.objects.filter(candidate__anchor=False))),
        ("calibration_", "key", _one(*_published())),
        ("recording", "key", _one(recorded)),
        ("panel_candidate", "key", panel),
        ("decision_report", "key", _one(candidates.filter(decisions__outcome__in=["hire", "decline"]))),
        ("decision_start_work", "key", _one(candidates.filter(state="hired"))),
        ("decision", "key", panel),
        ("objection", "key", _one(Objection.objects.filter(verdict=""), _all(Objection))),
    ]


def _own(reader: User) -> list[Subject]:
    """What readers reach because it is theirs: seats, rounds of practice, applications."""
    seats = Seat.objects.filter(rater=reader, interview__candidate__anchor=False)
    waiting = _one(seats.filter(submitted_at=None), seats)
    practised = Round.objects.filter(rater=reader)
    begun = practised.filter(finished_at=None).first()
    mine = _one(Candidate.objects.filter(user=reader, anchor=False))
    beside = list(seats.order_by("pk").select_related("interview__candidate")[:_MOST])
    waits = notes_wait(reader, beside)
    read = [one.interview.candidate_id for one in beside if one.pk in waits and waits[one.pk].over]
    return [
        *((name, "key", waiting) for name in ("room", "room_")),
        ("panel_notes", "key", lambda dice: dice.choice(read) if read else 0),  # 0: nobody
        ("calibration_round", "key", _one(practised.filter(finished_at__isnull=False))),
        ("calibration_answer", "key", lambda dice: begun.pk if begun else 1),
        ("calibration_answer", "number", lambda dice: begun.ratings.count() + 1 if begun else 1),
        ("candidacy_objections", "key", _one(Candidate.objects.filter(user=reader, objections__isnull=False))),
        *((name, "key", mine) for name in ("candidacy", "voluntary")),
    ]


def _of_kits() -> list[Subject]:
    draft = KitVersion.objects.filter(published_at=None).order_by("pk").first()
    content = draft.draft() if draft else None
    questions = [one.id for one in content.questions if one.scored] if content else ["none"]
    traits = list(content.traits) if content else ["none"]
    parts = ("kit_edit", "kit_job", "kit_traits", "kit_question", "kit_probes", "kit_publish", "kit_discard")
    return [
        *((name, "key", _one(*_published(), _all(KitVersion))) for name in ("kit_version", "kit_print", "kit_pdf")),
        ("kit_save", "key", _one(_all(KitVersion))),
        *((name, "key", _one(Kit.objects.filter(versions=draft))) for name in parts),
        ("kit_question", "question", lambda dice: dice.choice(questions)),
        ("kit_question", "trait", lambda dice: dice.choice(traits)),
        ("kit", "key", _one(Kit.objects.filter(versions__campaigns__state=Campaign.State.OPEN), _all(Kit))),
    ]


def _published() -> list[QuerySet[Any, Any]]:
    """Published versions of kits, those first with which people are interviewed now."""
    published = KitVersion.objects.filter(published_at__isnull=False)
    return [published.filter(campaigns__state=Campaign.State.OPEN), published]


def compared() -> str | None:
    """Return an address on which candidates stand side by side; None where fewer than two were rated."""
    for campaign in Campaign.objects.order_by("pk"):
        rated = campaign.candidates.filter(
            anchor=False, alternative=False, interviews__seats__submitted_at__isnull=False, state="active"
        )
        keys = list(rated.order_by("pk").values_list("pk", flat=True).distinct()[:3])
        if len(keys) > 1:
            asked = "&".join(f"candidate={key}" for key in keys)
            return f"{reverse('panel_compare', args=[campaign.pk])}?{asked}"
    return None
