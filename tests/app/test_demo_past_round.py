"""The demo's closed round: what fairness pages show of it, what the log tells, what it costs, and that it stays."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from poise.app.accounts.models import Team, User
from poise.app.audit.log import seal
from poise.app.audit.models import Entry as Logged
from poise.app.demonstration import past_round
from poise.app.demonstration.accounts import DOMAIN, TEAM, open_accounts, readers
from poise.app.demonstration.hiring import fill
from poise.app.fairness.answering import answers_of
from poise.app.fairness.impact import Compared, Reading, Table, tables
from poise.app.fairness.models import VoluntaryAnswer
from poise.app.fairness.outcomes import applicants
from poise.app.fairness.small_cells import FEWEST
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Seat
from poise.app.interviews.decisions.models import Decision
from poise.app.interviews.room.journal import fold, lacking
from poise.app.interviews.room.models import Quote, Rating


@pytest.fixture
def past(db: str) -> Campaign:
    """The round, made on a database that holds nothing else."""
    Team.objects.create(name=TEAM)
    open_accounts()
    past_round.fill()
    return Campaign.objects.get(state=Campaign.State.CLOSED)


@pytest.fixture
def auditor(past: Campaign, client: Client) -> Client:
    """Somebody signed in who may see fairness, and both rounds."""
    fill()
    client.force_login(User.objects.get(email=f"auditor@{DOMAIN}"))
    return client


def _tables(campaign: Campaign, step: int) -> dict[str, Table]:
    found = applicants([campaign])
    answers = answers_of(one.key for one in found.all)
    return {one.question: one for one in tables(found.at(step), step, answers)}


def test_one_group_is_far_below_with_few_people_others_are_near_and_small_ones_are_together(past: Campaign) -> None:
    first = _tables(past, 1)
    rows: dict[tuple[str, ...], Compared] = {one.row.codes: one for one in first["ethnicity"].rows}
    assert rows["white",].reference and (rows["white",].row.people, rows["white",].row.counted) == (20, 12)
    far = rows["hispanic",]
    assert far.impact is not None and far.impact.ratio is not None
    assert far.impact.ratio < 0.6 and far.impact.low < 0.8 < far.impact.high and far.reading is Reading.FEW
    near = [rows["black",].impact, rows["asian",].impact]
    assert all(one is not None and one.ratio is not None and one.ratio > 0.9 for one in near)
    together = rows["pacific", "several"]
    assert together.row.people == 5 and together.impact is None
    (sex,) = [one.impact for one in first["sex"].rows if one.impact is not None]
    assert sex.ratio is not None and sex.ratio > 0.8
    assert first["both"].hidden == "crossed"


def test_no_row_of_either_stage_or_the_job_is_of_fewer_than_five(past: Campaign) -> None:
    for step in (1, 2, 0):
        for question, table in _tables(past, step).items():
            assert question == "both" or not table.hidden, (step, question)
            assert all(one.row.people >= FEWEST for one in table.rows), (step, question)


def test_auditors_see_tables_of_the_round_of_the_period_and_of_local_law_144(auditor: Client, past: Campaign) -> None:
    front = auditor.get(reverse("fairness")).content.decode()
    assert front.index("spring season") < front.index("winter season"), "the round in mid-flight is the newest"
    own = auditor.get(reverse("fairness_campaign", args=[past.pk]))
    assert own.content.decode().count("<tbody>") >= 6 and "together: fewer than five each" in own.content.decode()
    period = auditor.get(reverse("fairness_period"))
    assert "Mantel" in period.content.decode() and period.context["campaigns"] == 2
    page = auditor.get(reverse("fairness_tables"))
    assert page.context["selected"] and page.context["scored"]
    for part in ("selected", "scored"):
        shown = [seen for *_, all_seen in page.context[part] for seen in all_seen if not seen.hidden]
        assert shown and all(row.people >= FEWEST for seen in shown for _, row in seen.rows), part
    for said in (own, period, page):
        assert not re.search("|".join(Candidate.objects.values_list("name", flat=True)), said.content.decode())


def test_the_round_in_mid_flight_is_the_newest_and_nobody_of_the_demo_has_seats_in_the_past_one(past: Campaign) -> None:
    fill()
    assert Campaign.objects.filter(state=Campaign.State.OPEN, pk__gt=past.pk).count() == 1
    cast = [one.pk for users in readers().values() for one in users]
    assert not Seat.objects.filter(interview__candidate__campaign=past, rater__in=cast).exists()
    assert not past.candidates.exclude(user=None, person=None).exists()


def test_it_is_made_once_and_no_clock_takes_it_away(past: Campaign) -> None:
    held = {model: model.objects.count() for model in (Candidate, Seat, Rating, Quote, Decision, VoluntaryAnswer)}
    assert held[Candidate] == 60 and held[VoluntaryAnswer] == 51
    past_round.fill()
    assert held == {model: model.objects.count() for model in held}
    kept = past.candidates.values_list("keep_until", flat=True)
    assert all(day is not None and day > timezone.localdate() + timedelta(days=90) for day in kept)


def test_everything_has_its_day_and_nobody_is_at_two_places_at_once(past: Campaign) -> None:
    assert past.opened_at is not None and past.closed_at is not None and past.kit.published_at is not None
    assert past.kit.published_at < past.created_at < past.opened_at < past.closed_at < timezone.now()
    held = Interview.objects.prefetch_related("seats", "candidate__notices", "candidate__decisions")
    places = set()
    for one in held:
        assert one.starts_at is not None and one.candidate.notices.get().interviews_from <= one.starts_at.date()
        assert timezone.localdate(one.starts_at).weekday() < 5
        decision = one.candidate.decisions.get(stage=one.stage)
        seats = list(one.seats.all())
        assert len(seats) == 2 and past.opened_at < one.starts_at < decision.decided_at < past.closed_at
        for seat in seats:
            assert seat.submitted_at is not None and one.starts_at < seat.submitted_at < decision.decided_at
            places.add((seat.rater_id, one.starts_at))
    assert len(places) == Seat.objects.count()
    assert Interview.objects.count() == Decision.objects.count() == 59 + 31


def test_ratings_are_what_the_journals_come_to_and_no_decision_goes_against_them(past: Campaign) -> None:
    kit = past.kit.read()
    for seat in Seat.objects.select_related("interview__stage").prefetch_related("entries", "ratings", "quotes"):
        state = fold(seat.entries.all())
        asked = [kit.question(one) for one in seat.interview.stage.questions]
        assert asked and not lacking(state, asked)
        assert {one.question: one.level for one in seat.ratings.all()} == {
            key: level.level for key, level in state.levels.items()
        }
        assert {one.trait for one in seat.ratings.all()} == {one.trait for one in asked}
        assert {(one.question, one.text) for one in seat.quotes.all()} == {
            (key, said.text) for key, quotes in state.quotes.items() for said in quotes
        }
    assert not Decision.objects.filter(override=True).exists()
    assert all(len(one.reason) >= 40 and one.seen[-1]["levels"] for one in Decision.objects.all())


def test_the_log_names_every_step_and_what_people_answered_is_not_in_it(past: Campaign) -> None:
    def logged(action: str, kind: str) -> int:
        return Logged.objects.filter(action=action, kind=kind).count()

    assert logged("added", "candidate") == logged("notified", "notice") == 60
    assert logged("added", "interview") == logged("decided", "decision") == 90
    assert logged("added", "seat") == 2 * Seat.objects.count(), "planned, and handed in"
    assert logged("changed", "campaign") == 2
    decided = Logged.objects.filter(kind="decision")
    assert set(decided.values_list("candidate", flat=True)) == set(Decision.objects.values_list("candidate", flat=True))
    assert {one.purpose for one in decided} == {"selection"}
    assert not Logged.objects.filter(kind="voluntaryanswer").exists()


def test_it_costs_little(db: str) -> None:
    Team.objects.create(name=TEAM)
    open_accounts()
    began = time.process_time()
    with CaptureQueriesContext(connection) as asked:
        past_round.fill()
        seal()
    assert time.process_time() - began < 4
    assert len(asked) < 250, "rows are written many at once"
