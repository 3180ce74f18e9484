"""Who is calibrated on what: when a pass holds for another version or kit, and when ratings wait."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from poise.app.interviews.calibration import drifting
from poise.app.interviews.calibration.drifting import refreshers
from poise.app.interviews.calibration.passing import State, calibrated, may_rate, standings
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Seat, Stage
from poise.app.interviews.kits.models import KitVersion
from poise.knowledge.interviews import start_kit

from .conftest import Practice, content, finish, load_item_bank, other_anchor, other_words


def state(practice: Practice, kit: KitVersion) -> State:
    return standings([practice.rater.pk], [kit])[practice.rater.pk, kit.pk].state


def test_calibrated_once_a_round_is_passed(practice: Practice) -> None:
    assert state(practice, practice.kit) is State.NEVER
    assert finish(practice.rater, practice.kit, by=(2, 0)).passed is False
    assert not calibrated(practice.rater, practice.kit)
    assert state(practice, practice.kit) is State.FAILED
    assert finish(practice.rater, practice.kit).passed is True
    assert calibrated(practice.rater, practice.kit)
    assert not calibrated(practice.other, practice.kit)


def test_the_newest_round_decides(practice: Practice) -> None:
    finish(practice.rater, practice.kit)
    finish(practice.rater, practice.kit, by=(2,))
    assert not calibrated(practice.rater, practice.kit)


def test_a_campaign_that_does_not_ask_lets_everybody_rate(practice: Practice) -> None:
    campaign = Campaign.objects.create(team=practice.team, kit=practice.kit, title="Spring")
    assert not may_rate(practice.rater, campaign)
    campaign.needs_calibration = False
    assert may_rate(practice.rater, campaign)
    campaign.needs_calibration = True
    finish(practice.rater, practice.kit)
    assert may_rate(practice.rater, campaign)


def test_a_pass_holds_where_the_practised_anchors_did_not_change(practice: Practice) -> None:
    finish(practice.rater, practice.kit)
    weighted = msgspec.structs.replace(content(), traits={"helpful": 5.0, "considerate": 1.0, "stays_in_control": 1.0})
    assert calibrated(practice.rater, practice.version(weighted)), "weights"
    assert calibrated(practice.rater, practice.version(content(helpful=other_words))), "words of a question"
    fewer = practice.version(content(("helpful", "considerate")), title="Back office")
    assert calibrated(practice.rater, fewer), "another kit that asks for less"


def test_a_pass_is_lost_where_they_did_or_where_a_trait_was_not_practised(practice: Practice) -> None:
    finish(practice.rater, practice.kit)
    changed = practice.version(content(helpful=other_anchor))
    assert state(practice, changed) is State.NEVER
    more = practice.version(content(("helpful", "considerate", "stays_in_control", "organised")))
    assert state(practice, more) is State.NEVER
    finish(practice.rater, more)
    assert calibrated(practice.rater, more)


def test_a_kit_that_nothing_fits_cannot_be_practised_whoever_passed_elsewhere(practice: Practice) -> None:
    finish(practice.rater, practice.kit)
    own = content(**dict.fromkeys(("helpful", "considerate", "stays_in_control"), other_anchor))
    assert state(practice, practice.version(own)) is State.IMPOSSIBLE
    strange = start_kit(load_item_bank(), {"organised": 1.0})
    assert state(practice, practice.version(strange, title="Small")) is State.IMPOSSIBLE


def submitted(practice: Practice, count: int) -> None:
    campaign = Campaign.objects.create(team=practice.team, kit=practice.kit, title="Autumn")
    stage = Stage.objects.create(campaign=campaign, number=1, title="Interview")
    for number in range(count):
        candidate = Candidate.objects.create(campaign=campaign, code=f"C{number}", name="X")
        interview = Interview.objects.create(candidate=candidate, stage=stage, mode="video")
        Seat.objects.create(interview=interview, rater=practice.rater, submitted_at=timezone.now())
        Seat.objects.create(interview=interview, rater=practice.other, submitted_at=timezone.now())


@pytest.mark.parametrize(
    ("interviews", "days", "due"),
    [
        (drifting.INTERVIEWS - 1, drifting.DAYS - 1, False),
        (drifting.INTERVIEWS, 1, True),
        (0, drifting.DAYS, True),
    ],
)
def test_when_a_refresher_is_due(practice: Practice, interviews: int, days: int, due: bool) -> None:
    now = timezone.now()
    submitted(practice, 2)
    Seat.objects.update(submitted_at=now - timedelta(days=days, seconds=2))
    finish(practice.rater, practice.kit, at=now - timedelta(days=days, seconds=1))
    Campaign.objects.update(title="Before")
    submitted(practice, interviews)
    found = standings([practice.rater.pk], [practice.kit])
    (one,) = refreshers(found, now).values()
    assert (one.interviews, one.due) == (interviews, due)
    assert calibrated(practice.rater, practice.kit), "a refresher that is due holds up nobody"


def test_only_a_pass_is_refreshed(practice: Practice) -> None:
    finish(practice.rater, practice.kit, by=(2,))
    assert refreshers(standings([practice.rater.pk], [practice.kit]), timezone.now()) == {}


def test_standings_ask_as_often_for_many_as_for_few(practice: Practice) -> None:
    versions = [practice.kit, practice.version(content()), practice.version(content(("helpful", "organised")))]
    for _ in range(3):
        finish(practice.rater, versions[0])
        finish(practice.other, versions[2])
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = standings([practice.rater.pk, practice.other.pk], versions)
        refreshers(found, timezone.now())
    assert len(asked) == 2
    assert len(found) == 6
    with CaptureQueriesContext(connection) as asked:
        standings([practice.rater.pk, practice.other.pk], versions[1:2])
    assert len(asked) == 2, "the rounds, and the other versions that they were on"
