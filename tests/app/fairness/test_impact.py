"""Adverse impact and the tables of Local Law 144: the counts of decisions, and what a page may show of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from addresses import ADDRESSES
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from poise.app.access import Role
from poise.app.accounts.models import Team, User
from poise.app.audit.models import Entry
from poise.app.fairness.answering import answers_of
from poise.app.fairness.impact import Reading, tables
from poise.app.fairness.law144 import scoring_tables, selection_tables
from poise.app.fairness.models import Policy
from poise.app.fairness.outcomes import JOB, applicants
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Seat, Stage
from poise.app.interviews.decisions.models import Decision
from poise.app.interviews.room.models import Quote, Rating

Member = Callable[..., User]
Decided = Callable[..., Campaign]


def _of(campaigns: list[Campaign], step: int) -> dict[str, object]:
    found = applicants(campaigns)
    answers = answers_of(one.key for one in found.all)
    return {table.question: table for table in tables(found.at(step), step, answers)}


def test_the_figures_are_those_of_the_library_on_the_decisions(decided: Decided) -> None:
    one = decided([("female", "white", 20, 4), ("male", "white", 25, 10)])
    for step in (1, JOB):
        table = _of([one], step)["sex"]
        male, female = table.rows  # type: ignore[attr-defined]
        assert male.reference and (male.row.people, male.row.counted) == (25, 10)
        assert round(female.impact.ratio, 2) == 0.50 and round(female.impact.p_fisher, 3) == 0.202
        assert female.impact.below and female.reading is Reading.BELOW
        assert female.strata is None  # one campaign is no strata
    assert _of([one], 2) == {
        "sex": _of([one], 2)["sex"],
        "ethnicity": _of([one], 2)["ethnicity"],
        "both": _of([one], 2)["both"],
    }
    assert _of([one], 2)["sex"].hidden == "outcome"  # type: ignore[attr-defined]


def test_too_few_people_are_not_enough_evidence(decided: Decided) -> None:
    one = decided([("female", "white", 8, 1), ("male", "white", 9, 6)])
    row = _of([one], 1)["sex"].rows[1]  # type: ignore[attr-defined]
    assert row.reading is Reading.FEW and row.impact.below


def test_beyond_chance_is_what_test_and_interval_both_say(decided: Decided) -> None:
    close = decided([("female", "white", 73, 21), ("male", "white", 70, 31)], "Close")
    row = _of([close], 1)["sex"].rows[0]  # type: ignore[attr-defined]
    assert row.impact.p_mid < 0.06 and row.impact.low < 1 < row.impact.high and row.reading is Reading.BELOW
    clear = decided([("female", "white", 80, 15), ("male", "white", 80, 40)], "Clear")
    row = _of([clear], 1)["sex"].rows[1]  # type: ignore[attr-defined]
    assert row.impact.high < 1 and row.reading is Reading.BELOW_BEYOND_CHANCE


def test_a_small_group_is_not_what_others_are_compared_with(decided: Decided) -> None:
    one = decided([("female", "white", 40, 12), ("female", "black", 35, 14), ("male", "asian", 10, 6)])
    white, black, asian = _of([one], 1)["ethnicity"].rows  # type: ignore[attr-defined]
    assert black.reference and white.impact.ratio == pytest.approx(0.75)
    assert asian.impact.ratio == pytest.approx(1.5) and asian.reading is Reading.FEW


def test_campaigns_are_strata(decided: Decided) -> None:
    first = decided([("female", "white", 20, 4), ("male", "white", 25, 10)], "Spring")
    second = decided([("female", "white", 20, 5), ("male", "white", 25, 9)], "Autumn")
    row = _of([first, second], 1)["sex"].rows[1]  # type: ignore[attr-defined]
    assert (row.row.people, row.row.counted) == (40, 9)
    assert row.strata.strata == 2 and 0 < row.strata.low < row.strata.odds_ratio < 1 and row.strata.homogeneity_p > 0.5


def test_the_last_decision_holds_and_the_undecided_are_not_counted(decided: Decided) -> None:
    one = decided([("female", "white", 6, 2), ("male", "white", 6, 3)])
    stage = Stage.objects.get(campaign=one, number=1)
    manager = User.objects.get(email="helen@example.org")
    declined = Candidate.objects.filter(decisions__outcome="decline").first()
    Decision.objects.create(candidate=declined, stage=stage, outcome="wait", reason="r", decided_by=manager)
    found = applicants([one])
    assert len(found.at(1)) == len(found.at(JOB)) == 11
    Decision.objects.create(candidate=declined, stage=stage, outcome="hire", reason="r", decided_by=manager)
    found = applicants([one])
    assert sum(person.forward[1] for person in found.at(1)) == sum(person.forward[JOB] for person in found.at(JOB)) == 6
    Candidate.objects.create(campaign=one, code="W", name="Gone", state="withdrawn")
    Candidate.objects.create(campaign=one, code="A", name="Nobody", anchor=True)
    assert applicants([one]).withdrew == 1 and len(applicants([one]).all) == 13


def test_a_page_shows_no_small_group(decided: Decided, member: Member, client: Client) -> None:
    one = decided([("female", "white", 20, 8), ("male", "white", 25, 10), ("male", "pacific", 2, 1)])
    client.force_login(member(Role.AUDITOR))
    page = client.get(reverse("fairness_campaign", args=[one.pk])).content.decode()
    assert "beside one category there are fewer than five" in page
    assert "give it away by subtraction" in page
    assert "Pacific" not in page
    assert "29 CFR 1607.4 D" in page and "neither proof nor acquittal" in page
    assert Entry.objects.filter(action="viewed", key=str(one.pk), kind="campaign").count() == 1
    law = client.get(reverse("fairness_tables")).content.decode()
    assert "Pacific" not in law and "Nothing was decided" not in law
    assert not [word for word in ("passed", "failed", "Somebody Spring") if word in page + law]


def test_an_auditor_who_has_still_to_rate_sees_no_outcome_of_the_campaign(
    decided: Decided, member: Member, client: Client
) -> None:
    one, other = (
        decided([("female", "white", 20, 8), ("male", "white", 25, 10)], title) for title in ("Spring", "Autumn")
    )
    both = member(Role.AUDITOR)
    both.memberships.create(role=Role.INTERVIEWER, team=one.team)
    stage = one.stages.get(number=1)
    interview = Interview.objects.create(candidate=one.candidates.first(), stage=stage, mode="video")
    seat = Seat.objects.create(interview=interview, rater=both)
    client.force_login(both)
    place, period, law = (
        reverse("fairness_campaign", args=[one.pk]),
        reverse("fairness_period"),
        reverse("fairness_tables"),
    )
    file = {
        "kind": "selection",
        "audit_date": "2026-03-01",
        "distribution_date": "2026-02-01",
        "source": "All campaigns",
        "form": "csv",
        "confirmed": "on",
    }
    closed = client.get(place)
    assert "Your own ratings come first" in closed.content.decode() and "steps" not in (closed.context or {})
    assert [client.get(address).context["people"] for address in (period, law)] == [45, 45]
    client.post(law, file)
    assert Entry.objects.get(action="exported").detail["campaigns"] == [other.pk]
    assert client.get(reverse("fairness_campaign", args=[other.pk])).context["people"] == 45
    Seat.objects.filter(pk=seat.pk).update(submitted_at=seat.interview.stage.campaign.opened_at)
    assert client.get(place).context["people"] == 45
    assert [client.get(address).context["people"] for address in (period, law)] == [90, 90]


def test_the_tables_are_exactly_those_of_the_rule(decided: Decided) -> None:
    # 6 RCNY 5-301, the example of selection rates by sex, a tenth of its size
    one = decided([("male", "white", 139, 67), ("female", "black", 118, 56)])
    found = applicants([one])
    answers = answers_of(person.key for person in found.all)
    part = next(part for part in selection_tables(found, answers) if part.code == "1")
    female, male = part.tables.sex.categories
    assert (male.people, male.counted, round(male.rate, 3), male.ratio) == (139, 67, 0.482, 1.0)
    assert round(female.ratio, 3) == round((56 / 118) / (67 / 139), 3)
    assert [row.name for row in part.tables.intersectional.categories] == ["black female", "white male"]
    assert (part.people, part.without) == (257, 0)


def test_the_file_has_every_count_and_is_logged(decided: Decided, member: Member, client: Client) -> None:
    one = decided([("female", "white", 20, 8), ("male", "white", 25, 10), ("male", "pacific", 1, 1)], "=SUM(1)")
    client.force_login(member(Role.AUDITOR))
    wanted = {
        "kind": "selection",
        "audit_date": "2026-03-01",
        "distribution_date": "2026-02-01",
        "source": "=All campaigns <b>of spring</b>",
        "form": "page",
    }
    address = reverse("fairness_tables")
    refused = client.post(address, wanted)
    assert refused.status_code == 422 and not Entry.objects.filter(action="exported").exists()
    assert client.post(address, {**wanted, "confirmed": "on", "leave_out_small": "on"}).status_code == 422
    assert client.post(address, {**wanted, "confirmed": "on", "audit_date": "2999-01-01"}).status_code == 422
    page = client.post(address, {**wanted, "confirmed": "on"}).content.decode()
    assert "Native Hawaiian or Pacific Islander, male" in page and "&lt;b&gt;of spring" in page
    told = Entry.objects.get(action="exported")
    assert told.detail["campaigns"] == [one.pk] and told.purpose == "selection"
    small = {**wanted, "confirmed": "on", "form": "csv", "leave_out_small": "on", "justification": "Too few."}
    text = client.post(address, small).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    pacific = next(row for row in rows if row["category"] == "Native Hawaiian or Pacific Islander")
    assert (pacific["people"], pacific["counted"], pacific["left_out_of_ratios"]) == (
        "1",
        "1",
        "false",
    )  # 1 of 46: 2.2 %
    assert {row["table"]: row["note"] for row in rows}["source"].startswith("'=All")
    assert "Too few." in text
    assert Entry.objects.filter(action="exported").count() == 2


def test_scoring_rates_are_made_of_the_levels_that_are_shown(decided: Decided, member: Member, client: Client) -> None:
    one = decided([("female", "white", 12, 6), ("male", "black", 12, 6)])
    raters = [member(Role.INTERVIEWER, Team.objects.get()) for _ in range(2)]
    stage = Stage.objects.get(campaign=one, number=1)
    now = one.opened_at
    for number, candidate in enumerate(Candidate.objects.filter(campaign=one).order_by("pk")):
        interview = Interview.objects.create(candidate=candidate, stage=stage, mode="video", starts_at=now)
        for rater in raters:
            seat = Seat.objects.create(interview=interview, rater=rater, submitted_at=now)
            level = 1 + (number % 2) * 2 + (2 if number >= 12 else 0)
            Rating.objects.create(
                seat=seat, question="helpful.past_1", trait="helpful", level=min(level, 5), rated_at=now
            )
            Quote.objects.create(seat=seat, question="helpful.past_1", text="I helped.", at=now)
    found = applicants([one])
    parts = scoring_tables([one], answers_of(person.key for person in found.all))
    assert {part.kind for part in parts} == {"scoring"} and parts
    for part in parts:
        female, male = part.tables.sex.categories
        assert male.rate > female.rate and male.ratio == 1.0
        assert female.people == male.people == 12
    client.force_login(member(Role.AUDITOR))
    page = client.get(reverse("fairness_tables")).content.decode()
    assert "Poise makes no single score" in page and "Above the median" in page


def test_the_number_of_queries_does_not_grow(decided: Decided, member: Member, client: Client) -> None:
    client.force_login(member(Role.AUDITOR))
    counted = []
    for size in (3, 30):
        one = decided([("female", "white", size, size // 2), ("male", "black", size, size // 2)], f"{size}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("fairness_campaign", args=[one.pk])).status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 16
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("fairness_period"))
    assert len(queries) <= counted[0] + 1


def test_answers_are_on_no_page_of_anybody(decided: Decided, member: Member, client: Client) -> None:
    """Every address, for every role and every record there is: no answer is on it, save on the candidate's own page."""
    one = decided([("female", "pacific", 1, 1)])
    candidate = Candidate.objects.get()
    owner = member(Role.CANDIDATE, one.team, email="owner@example.net")
    Candidate.objects.update(user=owner)
    Policy.objects.update(asked=Policy.Asked.NOTHING)  # no page lists categories as choices
    told = ("pacific", "Pacific", "female", "Hawaiian")
    client.raise_request_exception = False  # a page that breaks tells nothing either
    keys = {"campaign": one.pk, "candidate": candidate.pk, "kit": one.kit.kit_id, "version": one.kit_id}
    for role in Role:
        user = owner if role is Role.CANDIDATE else member(role, one.team, email=f"{role}@example.org")
        client.force_login(user)
        for name, path, _ in ADDRESSES:
            for address in sorted({path.replace("/1/", f"/{key}/") for key in keys.values()}):
                answer = client.get(address)
                if answer.status_code in {302, 403}:
                    break  # whatever the record
                body = b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]
                leaked = [word for word in told if word.encode() in body]
                assert not leaked or (role is Role.CANDIDATE and name == "export_candidate"), (role, name, leaked)


def test_no_assessor_and_no_administrator_comes_in(decided: Decided, member: Member, client: Client) -> None:
    one = decided([("female", "white", 6, 3)])
    for role in Role:
        client.force_login(member(role, one.team))
        for name, places in (("fairness", []), ("fairness_campaign", [one.pk]), ("fairness_period", [])):
            expected = 200 if role is Role.AUDITOR else 403
            assert client.get(reverse(name, args=places)).status_code == expected, (role, name)
        if role is not Role.AUDITOR:
            assert client.post(reverse("fairness_tables"), {"confirmed": "on"}).status_code == 403


def test_a_period_that_ends_before_it_begins_is_refused(db: str, member: Member, client: Client) -> None:
    client.force_login(member(Role.AUDITOR))
    assert client.get("/fairness/?since=2026-03-02&until=2026-03-01").status_code == 422
    assert client.get("/fairness/?since=x").status_code == 422
    assert client.get("/fairness/period/?since=x").status_code == 302
    assert client.get("/fairness/tables/?since=2026-03-02").status_code == 200


@pytest.mark.parametrize("name", ["fairness", "fairness_period", "fairness_tables"])
def test_nothing_yet_is_said_so(db: str, member: Member, client: Client, name: str) -> None:
    client.force_login(member(Role.AUDITOR))
    assert client.get(reverse(name)).status_code == 200
