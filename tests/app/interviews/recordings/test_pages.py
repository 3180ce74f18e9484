"""Handing a transcript in and reading it: who may, when, and what a file that means harm comes to."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from recorded_interview import canonical, webvtt, whisperx

from poise.app.accounts.models import Team, User
from poise.app.audit.models import Entry
from poise.app.interviews.campaigns.models import Candidate, Consent, Interview
from poise.app.interviews.campaigns.raters import barred
from poise.app.interviews.recordings import forms
from poise.app.interviews.recordings.models import Recording


def at(name: str, interview: Interview) -> str:
    return reverse(name, args=[interview.pk])


def hand_in(client: Client, interview: Interview, data: bytes, name: str = "a.json", **fields: str) -> HttpResponse:
    sent = {"file": SimpleUploadedFile(name, data), "selection": "on"} | fields
    return client.post(at("recording_add", interview), sent)  # type: ignore[return-value]


def test_a_manager_hands_one_in_says_who_is_who_and_reads_it(interview: Interview, agreed, client: Client) -> None:  # type: ignore[no-untyped-def]
    client.force_login(agreed.manager)
    assert hand_in(client, interview, whisperx()).headers["Location"] == at("recording_speakers", interview)
    assert "nothing is looked for" in client.get(at("recording", interview)).text
    asked = client.get(at("recording_speakers", interview)).text
    assert "SPEAKER_01" in asked and "speaks first" in asked and "parcel" not in asked, "who, not what"
    assert client.post(at("recording_speakers", interview), {"candidate": "7"}).status_code == 422
    assert client.post(at("recording_speakers", interview), {"candidate": "1"}).status_code == 302
    page = unescape(client.get(at("recording", interview)).text)
    assert "it does not change any rating" in page and '<mark class="minus' in page and "Interrupts" in page
    assert "not enough evidence" in page and "Amal Haddad" in page
    assert "once two speak at the same time" in page and 'class="theirs"' in page and 'class="both"' in page
    assert Entry.objects.filter(action="viewed", kind="recording", purpose="selection").count() == 2
    assert client.post(at("recording_remove", interview)).status_code == 302 and not Recording.objects.exists()
    assert client.get(at("recording", interview)).status_code == 404


def test_a_name_that_is_the_candidates_is_proposed(interview: Interview, agreed, client: Client) -> None:  # type: ignore[no-untyped-def]
    client.force_login(agreed.manager)
    hand_in(client, interview, webvtt(), "a.vtt")
    page = client.get(at("recording_speakers", interview)).text
    assert 'value="1" ' in page and 'id="id_candidate_1" checked' in page
    done = hand_in(client, interview, canonical(), "a.jsonl")
    assert done.headers["Location"] == at("recording", interview), "the file itself says who is who"
    assert Recording.objects.count() == 1, "the new one takes the old one's place"


def test_whoever_has_still_to_rate_may_hand_in_and_not_read(
    interview: Interview, agreed, submit, client: Client
) -> None:  # type: ignore[no-untyped-def]
    leads, listens = agreed.raters
    client.force_login(leads)
    assert hand_in(client, interview, canonical(), "a.jsonl").status_code == 302
    closed = client.get(at("recording", interview))
    assert closed.status_code == 403 and "parcel" not in closed.text and "Interrupts" not in closed.text
    assert not Entry.objects.filter(action="viewed").exists()
    submit(agreed.seat(0, 0), 4)
    assert "parcel" in client.get(at("recording", interview)).text, "one's own ratings are in"
    client.force_login(listens)
    assert client.get(at("recording", interview)).status_code == 403
    for name in ("recording_add", "recording_speakers", "recording_remove"):
        assert client.get(at(name, interview)).status_code == 404, "only who led the interview hands it in"
    assert hand_in(client, interview, whisperx()).status_code == 404


@pytest.mark.parametrize("role", ["hiring_manager", "interviewer", "coach", "agent", "candidate", "administrator"])
def test_nobody_else_reaches_it(
    interview: Interview, agreed, client: Client, member: Callable[..., User], role: str
) -> None:  # type: ignore[no-untyped-def]
    client.force_login(agreed.manager)
    hand_in(client, interview, canonical(), "a.jsonl")
    elsewhere = None if role in {"agent", "candidate", "administrator"} else Team.objects.create(name="Elsewhere")
    client.force_login(member(role, elsewhere))
    for name in ("recording", "recording_add", "recording_speakers", "recording_remove"):
        assert client.get(at(name, interview)).status_code in {403, 404}, name
    assert Recording.objects.count() == 1


def test_whoever_reads_without_having_sat_in_it_does_not_rate_that_person_any_more(
    interview: Interview, agreed, submit, client: Client, member: Callable[..., User]
) -> None:  # type: ignore[no-untyped-def]
    other = member("interviewer", agreed.team, email="otto@example.org")
    client.force_login(agreed.manager)
    hand_in(client, interview, canonical(), "a.jsonl")
    candidate = agreed.candidates[0]
    assert not barred([agreed.manager, other, *agreed.raters], [candidate])
    client.get(at("recording", interview))
    submit(agreed.seat(0, 0), 4)
    client.force_login(agreed.raters[0])
    client.get(at("recording", interview))
    assert barred([agreed.manager, other, *agreed.raters], [candidate]) == {(candidate.pk, agreed.manager.pk)}


def test_without_consent_nothing_is_taken_and_without_the_search_nothing_is_found(agreed, client: Client) -> None:  # type: ignore[no-untyped-def]
    client.force_login(agreed.manager)
    interview = agreed.candidates[1].interviews.get()
    assert "has not agreed" in client.get(at("recording_add", interview)).text
    assert hand_in(client, interview, canonical(), "a.jsonl").status_code == 422 and not Recording.objects.exists()
    Consent.objects.create(candidate=agreed.candidates[1], kind=Consent.Kind.RECORDING)
    assert "kept for reading only" in client.get(at("recording_add", interview)).text
    assert hand_in(client, interview, canonical(), "a.jsonl", selection="").status_code == 422, (
        "what it is for is asked"
    )
    assert hand_in(client, interview, canonical(), "a.jsonl").status_code == 302
    page = client.get(at("recording", interview)).text
    assert "did not agree that a program looks" in page and "parcel" in page and "<mark" not in page
    Consent.objects.filter(candidate=agreed.candidates[1]).update(withdrawn_at="2026-01-01T00:00Z")
    assert client.get(at("recording", interview)).status_code == 404, "even before it is gone"


def test_files_that_mean_harm_or_nothing(
    interview: Interview, agreed, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    client.force_login(agreed.manager)
    for name, data in (
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(50)),
        ("<script>.vtt", b"WEBVTT\n\n"),
        ("a.jsonl", canonical(purpose="coaching")),
        ("a.json", b'{"segments": ' + b"[" * 100_000),
    ):
        refused = hand_in(client, interview, data, name)
        assert refused.status_code == 422 and "errorlist" in refused.text and "<script>.vtt" not in refused.text, name
    monkeypatch.setattr(forms, "MOST_BYTES", 100)
    assert "larger than" in hand_in(client, interview, canonical(), "a.jsonl").text
    monkeypatch.undo()
    assert not Recording.objects.exists()
    hostile = webvtt().replace(b"Good morning and", "‮<script>alert(1)</script>".encode())
    hand_in(client, interview, hostile.replace(b"<v Ivan Petrov>", b"<v Ivan ${7*7}>"), "a.vtt")
    client.post(at("recording_speakers", interview), {"candidate": "1"})
    page = client.get(at("recording", interview)).text
    assert "<script>alert" not in page and "‮" not in page


def test_the_list_asks_alike_however_many_there_are(interview: Interview, agreed, client: Client) -> None:  # type: ignore[no-untyped-def]
    client.force_login(agreed.manager)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse("recordings")).status_code == 200
        return len(asked)

    few = queries()
    for number in range(30):
        one = Candidate.objects.create(
            campaign=agreed.campaign, code=f"X{number}", name=f"Name {number}", stage=agreed.stage
        )
        Interview.objects.create(candidate=one, stage=agreed.stage, mode="video", starts_at=interview.starts_at)
    assert queries() == few
    client.force_login(agreed.raters[0])
    mine = client.get(reverse("recordings")).text
    assert "Amal Haddad" in mine and "Name 3" not in mine
