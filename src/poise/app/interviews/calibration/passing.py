"""Who is calibrated on what: a pass belongs to questions and their anchors, not to a kit's name or number.

A finished round counts for a kit's version, be it the one it was made on, a later one, or another kit's, where

* the version asks at least one of the questions that were practised,
* every practised question that it asks has the trait and the anchors, in all languages, that it had in the round, and
* every trait that can be practised with it was practised on a question that it asks.

Both contents are at hand for this, since a published version never changes; no digest of the whole kit is compared,
so weights, probes, wording of questions and questions that were not practised may change without taking the pass away.
Of the finished rounds that count, the newest decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from poise.app.accounts.models import User
from poise.app.interviews.calibration.material import ANSWERS, practicable
from poise.app.interviews.calibration.models import Round
from poise.app.interviews.campaigns.models import Campaign
from poise.app.interviews.kits.models import KitVersion
from poise.app.knowledge.bank import item_bank
from poise.knowledge.interviews import Kit

__all__ = ["Standing", "State", "calibrated", "can_be_practised", "may_rate", "standings"]


class State(StrEnum):
    """Where a rater stands with a kit."""

    IMPOSSIBLE = "impossible"  # too few practice answers fit the kit
    NEVER = "never"
    FAILED = "failed"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a rater stands with a kit's version.

    Attributes
    ----------
    since
        When the round that decides was finished; None where there is none.
    round
        Its key.
    """

    state: State
    since: datetime | None = None
    round: int | None = None


def calibrated(rater: User, kit: KitVersion) -> bool:
    """Whether the newest finished round of ``rater`` that counts for ``kit`` was passed."""
    return standings([rater.pk], [kit])[rater.pk, kit.pk].state is State.PASSED


def may_rate(rater: User, campaign: Campaign) -> bool:
    """Whether ``rater`` may rate in ``campaign``: calibrated on its kit, or the campaign does not ask for it."""
    return not campaign.needs_calibration or calibrated(rater, campaign.kit)


def can_be_practised(kit: Kit) -> bool:
    """Whether enough practice answers fit the kit for a round."""
    return len(practicable(kit, item_bank())) >= ANSWERS


def standings(
    raters: Collection[int], kits: Iterable[KitVersion], *, until: Mapping[int, datetime] | None = None
) -> dict[tuple[int, int], Standing]:
    """Where each rater stands with each version, by the keys of both. Two queries at most, however many there are.

    Parameters
    ----------
    until
        By rater, a time at which to say where they stood; now for those without one.
    """
    times = until or {}
    versions = list(kits)
    bank = item_bank()
    finished: dict[int, list[Round]] = defaultdict(list)
    for one in Round.objects.filter(rater__in=raters, passed__isnull=False).order_by("-id"):
        before = times.get(one.rater_id)
        if before is None or (one.finished_at is not None and one.finished_at <= before):
            finished[one.rater_id].append(one)
    contents = {one.pk: one.read() for one in versions}
    # a version's content is large and rounds are many, so that each is read once
    others = {one.kit_id for rounds in finished.values() for one in rounds} - contents.keys()
    contents |= {one.pk: one.read() for one in KitVersion.objects.filter(pk__in=others)} if others else {}
    found: dict[tuple[int, int], Standing] = {}
    for version in versions:
        kit = contents[version.pk]
        fitting = practicable(kit, bank)
        traits = {str(bank.questions[answer.question].trait) for answer in fitting.values()}
        otherwise = Standing(State.NEVER if len(fitting) >= ANSWERS else State.IMPOSSIBLE)
        for rater in raters:
            found[rater, version.pk] = next(
                (
                    Standing(State.PASSED if one.passed else State.FAILED, one.finished_at, one.pk)
                    for one in finished[rater]
                    if _counts({question for _, question in one.answers}, contents[one.kit_id], kit, traits)
                ),
                otherwise,
            )
    return found


def _counts(practised: Collection[str], then: Kit, now: Kit, traits: Collection[str]) -> bool:
    before: Mapping[str, object] = {one.id: (one.trait, one.anchors) for one in then.questions}
    asked = [one for one in now.questions if one.id in practised]
    if not asked or any(before.get(one.id) != (one.trait, one.anchors) for one in asked):
        return False
    return set(traits) <= {one.trait for one in asked}
