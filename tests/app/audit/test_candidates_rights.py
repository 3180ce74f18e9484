"""Candidates' rights: everything that is held on them in one file, and nothing of them left where they are erased."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import ProtectedError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from poise.app.access import Role
from poise.app.accounts.models import Membership, Team, User
from poise.app.audit.candidates.erasing import HeldError, erase_candidate, hold, release
from poise.app.audit.models import Entry, LegalHold, Tombstone
from poise.app.audit.verifying import verify
from poise.app.fairness.answering import answer
from poise.app.fairness.models import Policy, VoluntaryAnswer
from poise.app.interviews.campaigns.expiring import expire_when_due
from poise.app.interviews.campaigns.models import (
    Accommodation,
    Campaign,
    Candidate,
    Consent,
    Interview,
    Letter,
    Notice,
    Seat,
    Stage,
)
from poise.app.interviews.candidacy.models import SelfStatement
from poise.app.interviews.decisions.models import Decision, Objection
from poise.app.interviews.kits.models import Kit, KitVersion
from poise.app.interviews.panel.gathering import digest_of, ratings
from poise.app.interviews.panel.levels import levels
from poise.app.interviews.panel.models import Look
from poise.app.interviews.room.models import Entry as Noted
from poise.app.interviews.room.models import Mark, Quote, Rating
from poise.app.work.jobs import enqueue
from poise.app.work.worker import work_off
from poise.knowledge.interviews import STRENGTHS, Question, kit_to_json
from poise.knowledge.interviews import Kit as Content

Member = Callable[..., User]

#: tables that refer to a candidate, at one remove or more, and of which something is in the candidate's file
IN_THE_FILE = {
    "audit.legalhold",
    "campaigns.accommodation",
    "campaigns.consent",
    "campaigns.interview",
    "campaigns.letter",
    "campaigns.notice",
    "campaigns.seat",
    "candidacy.selfstatement",
    "decisions.decision",
    "decisions.objection",
    "panel.look",
    "recordings.recording",
    "room.entry",
    "room.mark",
    "room.quote",
    "room.rating",
}


@pytest.fixture
def amal(committed_db: str, member: Member) -> Candidate:
    """A candidate of whom there is something in every table, and another one."""
    levels_of = {"1": {"en": "Poor."}, "3": {"en": "Fair."}, "5": {"en": "Good."}}
    made = Content(
        traits={"helpful": 1.0},
        questions=[
            Question(id="helpful.past_1", form="past", trait="helpful", text={"en": "When?"}, anchors=levels_of),  # type: ignore[arg-type]
            Question(id=STRENGTHS, form="strengths", text={"en": "Strengths?"}),
        ],
        probes=[],
    )
    now = timezone.now()
    team = Team.objects.create(name="Hiring harbour")
    manager = member(Role.HIRING_MANAGER, team, email="helen@example.org", name="Helen Brook")
    raters = [
        member(Role.INTERVIEWER, team, email=f"{name}@example.org", name=name) for name in ("Ivan Petrov", "Ida Moe")
    ]
    version = KitVersion.objects.create(
        kit=Kit.objects.create(team=team, title="Service"),
        number=1,
        content=kit_to_json(made),
        published_at=now,
        digest=made.digest(),
    )
    campaign = Campaign.objects.create(team=team, kit=version, title="Spring", state="open", opened_at=now)
    stage = Stage.objects.create(campaign=campaign, number=1, title="First talk")
    user = member(Role.CANDIDATE, team, email="amal@example.net", name="Amal Haddad")
    for number, name in enumerate(("Amal Haddad", "Bo Lind")):
        one = Candidate.objects.create(
            campaign=campaign,
            code=f"CODE{number}",
            name=name,
            email=f"{number}@example.net",
            stage=stage,
            user=user if number == 0 else None,
        )
        interview = Interview.objects.create(candidate=one, stage=stage, mode="video", starts_at=now)
        for at, rater in enumerate(raters):
            seat = Seat.objects.create(interview=interview, rater=rater, submitted_at=now)
            Rating.objects.create(
                seat=seat, question="helpful.past_1", trait="helpful", level=2 + at + number, rated_at=now
            )
            text = f"The cake story of {name}, better than Bo Lind, says Ida."
            Quote.objects.create(seat=seat, question="helpful.past_1", text=text, at=now)
            Mark.objects.create(seat=seat, kind="greeted", at=now)
            Noted.objects.create(
                seat=seat, uuid=f"00000000-0000-0000-0000-00000000000{at}", kind="quoted", detail={"text": text}, at=now
            )
    amal = Candidate.objects.get(name="Amal Haddad")
    Policy.objects.create(asked=Policy.Asked.BOTH)
    answer(amal, sex="female", ethnicity="pacific")
    Notice.objects.create(candidate=amal, text="You are told.", interviews_from=now.date())
    Consent.objects.create(candidate=amal, kind="recording")
    Accommodation.objects.create(candidate=amal, asked="A ramp")
    Letter.objects.create(candidate=amal, kind="notice")
    Decision.objects.create(
        candidate=amal, stage=stage, outcome="decline", reason="Helen Brook preferred Bo Lind.", decided_by=manager
    )
    Objection.objects.create(candidate=amal, text="I greeted the guest.")
    SelfStatement.objects.create(candidate=amal, strengths="I bake.")
    Look.objects.create(user=manager, campaign=campaign, candidate=amal, page="panel_candidate", digest="0" * 64)
    return amal


def _archive(client: Client, candidate: Candidate) -> tuple[dict[str, list[dict[str, object]]], str]:
    answer = client.get(reverse("export_candidate", args=[candidate.pk]))
    assert answer.status_code == 200
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    return json.loads(archive.read("candidate.json")), archive.read("read-me.html").decode()


def _everything() -> str:
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if not table.startswith(("sqlite_", "django_migrations", "cache")):
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                found += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(found)


def test_every_table_that_knows_a_candidate_is_in_the_file() -> None:
    """A room that refers to candidates says here whether its rows are in their file."""
    known, waiting = set(), [Candidate]
    while waiting:
        model = waiting.pop()
        for relation in model._meta.related_objects:
            label = relation.related_model._meta.label_lower
            if label not in known:
                known.add(label)
                waiting.append(relation.related_model)
    assert known == IN_THE_FILE
    assert all(apps.get_model(label) for label in known)


def test_the_candidate_takes_everything_that_is_held(amal: Candidate, client: Client) -> None:
    client.force_login(amal.user)  # type: ignore[arg-type]
    about, page = _archive(client, amal)
    empty = [name for name, rows in about.items() if not rows]
    assert empty == ["transcript", "legal_hold", "audit"]
    assert about["candidacy"][0]["email"] == "0@example.net"
    assert [row["level"] for row in about["ratings"]] == [2, 3]
    assert about["quotes"][0]["text"] == "The cake story of Amal Haddad, better than …, says …."
    assert about["decisions"][0]["reason"] == "… preferred …."
    assert about["voluntary_answer"][0]["ethnicity"] == "pacific"
    whole = json.dumps(about) + page
    for name in ("Ivan", "Ida", "Helen", "Bo Lind", "ida@", "helen@"):
        assert name not in whole, name
    assert "You are told." in page and "I bake." in page
    told = Entry.objects.get(action="exported")
    assert (told.candidate, told.purpose) == (amal.pk, "selection")


def test_the_auditors_file_has_no_voluntary_answer(amal: Candidate, member: Member, client: Client) -> None:
    client.force_login(member(Role.AUDITOR))
    about, page = _archive(client, amal)
    assert "voluntary_answer" not in about and "pacific" not in json.dumps(about) + page
    assert "the file that they take themselves" in page


def test_ratings_are_in_the_file_once_all_are_done(amal: Candidate, client: Client) -> None:
    Seat.objects.filter(interview__candidate=amal, rater__name="Ida Moe").update(submitted_at=None)
    client.force_login(amal.user)  # type: ignore[arg-type]
    about, _page = _archive(client, amal)
    assert about["ratings"] == about["quotes"] == about["journal"] == about["levels"] == []
    assert about["interviews"][0]["rated"] is False and about["interviews"][0]["raters"] == 2


@pytest.mark.parametrize("of", ["the same", "another"])
def test_an_auditor_who_has_still_to_rate_in_the_campaign_waits(
    amal: Candidate, member: Member, client: Client, of: str
) -> None:
    auditor = member(Role.AUDITOR)
    stage = Stage.objects.create(campaign=amal.campaign, number=2, title="Second talk")
    other = Candidate.objects.create(campaign=amal.campaign, code="C77", name="Dov Levi")
    seat = Seat.objects.create(
        interview=Interview.objects.create(candidate=amal if of == "the same" else other, stage=stage, mode="video"),
        rater=auditor,
    )
    client.force_login(auditor)
    assert client.get(reverse("export_candidate", args=[amal.pk])).status_code == 403
    Seat.objects.filter(pk=seat.pk).update(submitted_at=timezone.now())
    assert _archive(client, amal)[0]["ratings"]


def test_nobody_elses_file(amal: Candidate, member: Member, client: Client) -> None:
    team = Team.objects.get()
    address = reverse("export_candidate", args=[amal.pk])
    for role, status in ((Role.CANDIDATE, 404), (Role.AGENT, 404), (Role.HIRING_MANAGER, 403), (Role.INTERVIEWER, 403)):
        client.force_login(member(role, team))
        assert client.get(address).status_code == status, role
    client.force_login(member(Role.ADMINISTRATOR))
    assert client.get(address).status_code == 403


def test_an_erased_candidate_is_nowhere(amal: Candidate, member: Member, client: Client) -> None:
    campaign = amal.campaign
    before = {one.candidate: one.mean for one in levels(campaign)}
    digest = digest_of(ratings(campaign))
    client.force_login(member(Role.ADMINISTRATOR))
    address = reverse("erase_candidate", args=[amal.pk])
    assert "1 interview goes" in client.get(address).content.decode()
    assert client.post(address, {"name": "Amal", "reason": "asked"}).status_code == 422
    assert client.post(address, {"name": "Amal Haddad", "reason": "asked"}).status_code == 302
    left = _everything()
    for word in ("Amal", "amal@", "cake story of Amal", "A ramp", "I bake", "pacific", "CODE0"):
        assert word not in left, word
    assert "Bo Lind" in left and not VoluntaryAnswer.objects.exists()
    assert not User.objects.filter(email="amal@example.net").exists()
    stone = Tombstone.objects.get()
    assert (stone.candidate, stone.person, stone.marks, stone.counts["ratings"]) == (amal.pk, None, [], 2)
    assert Entry.objects.get(action="erased").candidate == amal.pk and verify().holds
    assert digest_of(ratings(campaign)) != digest
    after = {one.candidate for one in levels(campaign)}
    assert amal.pk in before and amal.pk not in after and after
    assert f"candidate {amal.pk}" in client.get(reverse("erased")).content.decode()


def test_who_has_another_role_keeps_the_account(amal: Candidate) -> None:
    assert amal.user is not None
    Membership.objects.create(user=amal.user, role=Role.AGENT)
    erase_candidate(amal, by=None, reason="asked")
    assert list(Membership.objects.filter(user=amal.user).values_list("role", flat=True)) == [Role.AGENT]


def test_a_legal_hold_keeps_everything(amal: Candidate, member: Member, client: Client) -> None:
    administrator = member(Role.ADMINISTRATOR)
    client.force_login(administrator)
    address = reverse("hold_candidate", args=[amal.pk])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "A suit is <b>pending</b>."}).status_code == 302
    assert hold(amal, by=administrator, reason="another").reason == "A suit is <b>pending</b>."  # the first stays
    erasing = reverse("erase_candidate", args=[amal.pk])
    refused = client.post(erasing, {"name": "Amal Haddad", "reason": "asked"})
    assert refused.status_code == 409 and "A suit is &lt;b&gt;pending" in refused.content.decode()
    with pytest.raises(HeldError, match="pending"):
        erase_candidate(amal, by=None, reason="asked")
    with pytest.raises(ProtectedError):
        amal.delete()
    # the clock waits too
    long_ago = timezone.localdate() - timedelta(days=3)
    Campaign.objects.update(state="closed")
    Candidate.objects.update(keep_until=long_ago)
    enqueue("expire_candidates", {}, key="now")
    work_off()
    assert list(Candidate.objects.values_list("pk", flat=True)) == [amal.pk]
    assert client.post(address, {"release": "1"}).status_code == 302
    assert not LegalHold.objects.exists()
    release(amal)  # twice is once
    assert [row.detail for row in Entry.objects.filter(kind="legalhold").order_by("id")] == [
        {"field": "legal_hold", "to": True},
        {"field": "legal_hold", "to": False},
    ]
    enqueue("expire_candidates", {}, key="again")
    work_off()
    assert not Candidate.objects.exists() and not VoluntaryAnswer.objects.exists()
    expire_when_due()


def test_administrators_see_names_and_no_evidence(amal: Candidate, member: Member, client: Client) -> None:
    client.force_login(member(Role.ADMINISTRATOR))
    address = reverse("candidate_rights")
    with CaptureQueriesContext(connection) as few:
        page = client.get(address).content.decode()
    assert "Amal Haddad" in page and "Spring" in page
    for word in ("declined", "cake", "I bake", "ramp", "not considered", "Helen", "First talk"):
        assert word not in page, word
    assert "Bo Lind" not in client.get(address, {"q": "amal"}).content.decode()
    campaign = amal.campaign
    Candidate.objects.bulk_create(Candidate(campaign=campaign, code=f"N{n}", name=f"N{n}") for n in range(30))
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)


def test_the_log_names_candidates_by_code(amal: Candidate, member: Member, client: Client) -> None:
    client.force_login(amal.user)  # type: ignore[arg-type]
    client.get(reverse("export_candidate", args=[amal.pk]))
    client.force_login(member(Role.AUDITOR))
    page = client.get(reverse("audit"), {"candidate": amal.pk}).content.decode()
    assert "CODE0" in page and "the candidate" in page
    assert "Amal" not in page
    assert "There are none." in client.get(reverse("audit"), {"candidate": 10**9}).content.decode()
