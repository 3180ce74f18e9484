"""Opening and closing a campaign, and what has to be in order before."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews.campaigns import expiring
from poise.app.interviews.campaigns.adding import fresh_code
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview
from poise.app.interviews.campaigns.raters import raters_of
from poise.app.knowledge.bank import item_bank
from poise.knowledge.interviews import Kit
from poise.reports.titles import titles

__all__ = ["CampaignError", "close", "open_up", "questions_of", "why_not_close", "why_not_open"]


class CampaignError(ValueError):
    """A campaign cannot be opened or closed; ``problems`` has every reason, in the reader's language."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problems))


def questions_of(kit: Kit, chosen: list[str]) -> list[str]:
    """Return the ids of a stage's questions in the order in which they are asked; none chosen means all."""
    return list(chosen) or [one.id for one in kit.questions]


def why_not_open(campaign: Campaign, language: str) -> list[str]:
    """Say in words what is to be done before a campaign can be opened; empty where nothing is."""
    kit = campaign.kit.read()
    problems = []
    if campaign.state == Campaign.State.OPEN:
        return [_("The campaign is open already.")]
    if campaign.kit.published_at is None:
        problems.append(_("The kit is not published: publish it, so that its weights are fixed before any rating."))
    stages = list(campaign.stages.all())
    asked: set[str] = set()
    known = {one.id for one in kit.questions}
    for stage in stages:
        questions = questions_of(kit, stage.questions)
        asked.update(questions)
        if not known.issuperset(questions):
            problems.append(_("The stage “%(stage)s” asks questions that the kit does not have.") % {"stage": stage})
    if not stages:
        problems.append(_("There is no stage: add at least one."))
    else:
        names = titles(language)
        examined = {one.trait for one in kit.questions if one.id in asked}
        missing = [trait for trait in kit.traits if trait not in examined]
        if missing:
            listed = ", ".join(names.within(trait) for trait in missing)
            problems.append(_("No stage asks about: %(traits)s.") % {"traits": listed})
    silent = [one.id for one in kit.questions if not one.text.get(campaign.language)]
    if silent:
        problems.append(
            ngettext(
                "%(count)s question of the kit has no text in the campaign's language.",
                "%(count)s questions of the kit have no text in the campaign's language.",
                len(silent),
            )
            % {"count": len(silent)}
        )
    available = raters_of(campaign).count()
    if available < campaign.raters_each:
        problems.append(
            _("An interview has %(wanted)s raters, but only %(there)s people interview for this team.")
            % {"wanted": campaign.raters_each, "there": available}
        )
    if not campaign.contact:
        problems.append(_("Candidates need an address for questions: enter one."))
    if campaign.anchor and campaign.anchor not in item_bank().recorded:
        problems.append(_("The recorded interview that was chosen does not exist any more."))
    return problems


def open_up(campaign: Campaign, language: str, at: datetime | None = None) -> None:
    """Open a campaign, for the first time or again, now (or at an earlier instant).

    The recorded interview then waits for every rater.

    Raises
    ------
    CampaignError
        Where something is not in order.
    """
    with transaction.atomic():
        held = Campaign.objects.select_for_update().get(pk=campaign.pk)
        problems = why_not_open(held, language)
        if problems:
            raise CampaignError(problems)
        held.state, held.closed_at = Campaign.State.OPEN, None
        held.opened_at = held.opened_at or at or timezone.now()
        held.save(update_fields=["state", "opened_at", "closed_at"])
        expiring.stop_clock(held)
        if held.anchor:
            _invite_recorded(held)
        record(Action.CHANGED, held, purpose="selection", state=held.state)


def _invite_recorded(campaign: Campaign) -> None:
    """Make the recorded interview one of the campaign's, for its first stage, where it is not yet."""
    if campaign.candidates.filter(anchor=True).exists():
        return
    stage = campaign.stages.order_by("number").first()
    assert stage is not None
    name = item_bank().recorded[campaign.anchor].name
    nobody = Candidate.objects.create(
        campaign=campaign,
        code=fresh_code(set(campaign.candidates.values_list("code", flat=True))),
        name=name.get(campaign.language) or name["en"],
        language=campaign.language,
        stage=stage,
        anchor=True,
    )
    Interview.objects.create(candidate=nobody, stage=stage, minutes=stage.minutes, mode=stage.mode)


def why_not_close(campaign: Campaign) -> list[str]:
    """Say in words what is to be done before a campaign can be closed; empty where nothing is."""
    if campaign.state != Campaign.State.OPEN:
        return [_("The campaign is not open.")]
    problems = []
    coming = Interview.objects.filter(
        Q(starts_at=None) | Q(starts_at__gt=timezone.now()),
        candidate__campaign=campaign,
        candidate__anchor=False,
        state=Interview.State.PLANNED,
    ).count()
    if coming:
        problems.append(
            ngettext(
                "%(count)s interview is still to come: cancel it, or wait.",
                "%(count)s interviews are still to come: cancel them, or wait.",
                coming,
            )
            % {"count": coming}
        )
    undecided = campaign.candidates.filter(anchor=False, state=Candidate.State.ACTIVE).count()
    if undecided:
        problems.append(
            ngettext(
                "%(count)s candidate is still in the process: somebody decides first.",
                "%(count)s candidates are still in the process: somebody decides first.",
                undecided,
            )
            % {"count": undecided}
        )
    return problems


def close(campaign: Campaign) -> None:
    """Close a campaign; the clock of what is held on its candidates starts.

    Raises
    ------
    CampaignError
        Where interviews are still to come, or candidates to be decided on.
    """
    with transaction.atomic():
        held = Campaign.objects.select_for_update().get(pk=campaign.pk)
        problems = why_not_close(held)
        if problems:
            raise CampaignError(problems)
        held.state, held.closed_at = Campaign.State.CLOSED, timezone.now()
        held.save(update_fields=["state", "closed_at"])
        expiring.start_clock(held)
        record(Action.CHANGED, held, purpose="selection", state=held.state)
