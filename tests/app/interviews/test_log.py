"""What auditors read of the log: nothing that tells them of candidates whom they have still to rate."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from poise.app.access import Role
from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action, Entry
from poise.app.audit.reading import shown_to
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Seat, Stage
from poise.app.interviews.decisions.deciding import decide
from poise.app.interviews.decisions.hiring import hire
from poise.app.interviews.panel.gathering import digest_of, ratings
from poise.app.interviews.panel.models import Look

from .conftest import Round

Member = Callable[..., User]
REASON = "All answers about help were concrete, and both raters saw it the same way."


@pytest.fixture
def decided(hiring: Round, member: Member, submit: Callable[..., None]) -> Round:
    """Amal, who has an account, starts work and Bo is declined; Bo read the report."""
    amal = hiring.candidates[0]
    amal.user = member(Role.CANDIDATE, hiring.team, email="amal@example.net", name="Amal Haddad")
    amal.save()
    for candidate in range(3):
        for rater in range(2):
            submit(hiring.seat(candidate, rater), 5 - 2 * candidate)
    digest = digest_of(ratings(hiring.campaign))
    for number, outcome in ((0, "hire"), (1, "decline")):
        one = hiring.candidates[number]
        Look.objects.create(
            user=hiring.manager, campaign=hiring.campaign, candidate=one, page="panel_candidate", digest=digest
        )
        decide(one, outcome, REASON, True, hiring.manager)
    hire(Candidate.objects.get(pk=amal.pk), hiring.manager)
    record(Action.SIGNED_IN, actor=amal.user.pk)
    record(Action.VIEWED, hiring.candidates[1], purpose="selection", page="candidacy_report")
    return hiring


@pytest.fixture
def rating(decided: Round, member: Member) -> Seat:
    """An auditor's seat with somebody else of that campaign, not submitted."""
    more = Candidate.objects.create(campaign=decided.campaign, code="C9", name="Dov Levi", stage=decided.stage)
    interview = Interview.objects.create(candidate=more, stage=decided.stage, mode="video")
    return Seat.objects.create(interview=interview, rater=member(Role.AUDITOR))


def _page(client: Client, **asked: Any) -> str:
    return client.get(reverse("audit"), asked).content.decode()


def _file(client: Client, **asked: Any) -> list[dict[str, str]]:
    answer = client.get(reverse("audit_csv"), asked)
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(StringIO(text, newline="")))


def test_who_has_still_to_rate_reads_no_decision_in_the_log(decided: Round, rating: Seat, client: Client) -> None:
    client.force_login(rating.rater)
    bo = decided.candidates[1].pk
    # to filter would tell it, too
    for asked in ({}, {"action": "decided"}, {"candidate": bo}, {"actor": decided.manager.pk}):
        page, rows = _page(client, **asked), _file(client, **asked)
        assert "are left out" in page, asked
        said = [row["detail"] for row in rows if row["action"] != "exported"]
        assert not any(row["candidate"] == str(bo) for row in rows), asked
        for word in ("outcome", "decline", "hire", "candidacy_report", "Amal", "agent"):
            assert word not in page.split("<tbody>")[1], (asked, word)
            assert not any(word in one for one in said), (asked, word)
    Seat.objects.filter(pk=rating.pk).update(submitted_at=timezone.now())
    page = _page(client)
    assert "are left out" not in page and "&quot;outcome&quot;:&quot;decline&quot;" in page and "Amal" in page
    assert any('"outcome":"decline"' in row["detail"] for row in _file(client, candidate=bo))


def test_the_log_of_other_campaigns_is_all_there(decided: Round, rating: Seat, member: Member, client: Client) -> None:
    other = Campaign.objects.create(team=decided.team, kit=decided.kit, title="Autumn", state="open")
    stage = Stage.objects.create(campaign=other, number=1, title="Interview")
    someone = Candidate.objects.create(campaign=other, code="X1", name="Eva Dahl", stage=stage)
    record(Action.DECIDED, candidate=someone.pk, purpose="selection", outcome="wait")
    record(Action.CHANGED, someone, purpose="selection", fields=["stage"])
    record(Action.ADDED, kind="settings")
    role = member(Role.COACH, email="cora@example.org").memberships.get()
    record(Action.ADDED, role, user=role.user_id, role=role.role)
    record(Action.REMOVED, role)  # says nothing of whose it was
    closed = set(shown_to(rating.rater).values_list("pk", flat=True))
    assert set(Entry.objects.order_by("-pk").values_list("pk", flat=True)[:5]) <= closed
    assert shown_to(member(Role.AUDITOR)).count() == Entry.objects.count() > len(closed)


def test_the_log_takes_as_many_queries_however_many_candidates_are_left_out(
    decided: Round, rating: Seat, client: Client
) -> None:
    client.force_login(rating.rater)
    _page(client)
    with CaptureQueriesContext(connection) as few:
        _page(client)
    for number in range(30):
        one = Candidate.objects.create(campaign=decided.campaign, code=f"M{number}", name=f"M{number}")
        record(Action.DECIDED, candidate=one.pk, purpose="selection", outcome="wait")
    with CaptureQueriesContext(connection) as many:
        _page(client)
    assert len(many) == len(few)
