"""What is found of the candidate in a recorded interview, how sure it is, and that no rating moves for it."""

from __future__ import annotations

import pytest
from recorded_interview import canonical, webvtt, whisperx

from poise.app.audit.models import Entry
from poise.app.conversations.models import Conversation
from poise.app.interviews.campaigns.models import Candidate, Consent, Interview
from poise.app.interviews.recordings import keeping
from poise.app.interviews.recordings.evidence import EXAMINED, Act, evidence_of, summary_of, tally
from poise.app.interviews.recordings.models import Recording
from poise.app.interviews.recordings.reading import read
from poise.app.interviews.room.models import Rating
from poise.app.knowledge.models import Choice
from poise.knowledge import load

FILES = {"a.vtt": webvtt(), "a.json": whisperx(), "a.jsonl": canonical()}
CANDIDATE = {"a.vtt": "Amal Haddad", "a.json": "SPEAKER_01", "a.jsonl": "candidate"}


def keep(interview: Interview, name: str = "a.json") -> Recording:
    made = keeping.attach(interview, read(name, FILES[name], "en"), name, None)
    keeping.name_candidate(made, CANDIDATE[name])
    return Recording.objects.get(pk=made.pk)


def acts(interview: Interview) -> dict[str, Act]:
    found = evidence_of(interview)
    assert found is not None
    return {act.behaviour: act for act in found.acts}


def test_the_candidate_is_the_one_who_is_assessed(interview: Interview) -> None:
    keep(interview)
    found = evidence_of(interview)
    assert found is not None and set(found.hits["person"]) == {"SPEAKER_01"}
    by = {act.behaviour: act for act in found.acts}
    assert list(by) == list(EXAMINED)
    assert by["courtesy.greeting"].hits == 1 and by["courtesy.greeting"].occasions == 1
    assert (
        by["listening.paraphrase"].hits >= 1 and by["listening.paraphrase"].occasions >= by["listening.paraphrase"].hits
    )
    assert by["listening.interruption"].hits == 1, "the interviewer stops where the candidate cuts in"
    assert by["listening.interruption"].minutes is not None and by["listening.interruption"].minutes > 0.5
    texts = dict(keeping.tables_of(Recording.objects.get()).turns.select("turn", "text").iter_rows())
    for row in found.hits.iter_rows(named=True):
        if row["begin"] is not None:
            assert 0 <= row["begin"] < row["end"] <= len(texts[row["turn"]])
    assert found.hits.filter(found.hits["behaviour"] == "listening.interruption")["turn"].to_list() == [6]


@pytest.mark.parametrize("name", FILES)
def test_what_a_format_does_not_say_is_not_claimed(interview: Interview, name: str) -> None:
    keep(interview, name)
    by = acts(interview)
    assert by["courtesy.greeting"].hits == 1 and not by["courtesy.greeting"].lacks
    told = by["listening.interruption"]
    if name == "a.vtt":  # one audio track, no times of words: who cut in cannot be told
        assert told.lacks == "channels" and told.rate is None
    else:
        assert told.hits == 1 and not told.lacks


def test_roles_the_other_way_round_assess_the_other(interview: Interview) -> None:
    made = keep(interview)
    assert set(evidence_of(interview).hits["person"]) == {"SPEAKER_01"}  # type: ignore[union-attr]
    keeping.name_candidate(made, "SPEAKER_00")
    found = evidence_of(interview)
    assert found is not None and set(found.hits["person"]) <= {"SPEAKER_00"}, "what was found before is of another text"


def test_what_was_found_is_kept_until_what_is_looked_for_changes(interview: Interview) -> None:
    keep(interview)
    first = evidence_of(interview)
    assert evidence_of(interview) is first, "the next page need not look again"
    Choice.objects.create(kind=Choice.Kind.OFF, value="courtesy.greeting")
    now = evidence_of(interview)
    assert now is not None and first is not None and now.knowledge != first.knowledge
    assert [act.behaviour for act in now.acts] == [one for one in EXAMINED if one != "courtesy.greeting"]


def test_too_little_is_not_enough_evidence_and_more_narrows_the_range(interview: Interview) -> None:
    behaviours = load().behaviours
    known = {name: behaviours[name] for name in EXAMINED}
    few = tally({"listening.backchannel": (1, 4, None), "listening.interruption": (1, 0, 2.9)}, {}, ["en"], known)
    assert not any(act.enough for act in few)
    some, many = (
        {act.behaviour: act for act in tally(counts, {}, ["en"], known)}
        for counts in (
            {"listening.backchannel": (3, 6, None), "listening.interruption": (0, 0, 4.0)},
            {"listening.backchannel": (30, 60, None), "listening.interruption": (0, 0, 400.0)},
        )
    )
    for behaviour in ("listening.backchannel", "listening.interruption"):
        low, high = some[behaviour].low, some[behaviour].high
        assert low is not None and high is not None and low < (some[behaviour].rate or 0) < high
        assert high - low > (many[behaviour].high or 0) - (many[behaviour].low or 0) > 0
    share = some["listening.backchannel"]
    assert share.rate == pytest.approx(0.5) and 0 < (share.low or 0) < 0.25 and 0.75 < (share.high or 0) < 1
    assert some["listening.interruption"].rate == pytest.approx(0.5 / 4), "none in four minutes is not never"


def test_consent_alternative_and_unnamed_speakers_leave_nothing_to_be_found(interview: Interview) -> None:
    made = keeping.attach(interview, read("a.json", whisperx(), "en"), "a.json", None)
    assert evidence_of(interview) is None and summary_of(interview.candidate) is None, "nobody said who is who"
    keeping.name_candidate(made, "SPEAKER_01")
    assert evidence_of(interview) is not None and summary_of(interview.candidate) is not None
    Consent.objects.filter(kind="detection").update(withdrawn_at="2026-01-01T00:00Z")
    assert evidence_of(interview) is None and summary_of(interview.candidate) is None
    Consent.objects.filter(kind="detection").update(withdrawn_at=None)
    Candidate.objects.filter(pk=interview.candidate_id).update(alternative=True)
    interview = Interview.objects.get(pk=interview.pk)
    assert evidence_of(interview) is None and summary_of(interview.candidate) is None


def test_without_consent_nothing_is_kept_and_when_it_is_withdrawn_all_goes(interview: Interview, agreed) -> None:  # type: ignore[no-untyped-def]
    other = agreed.candidates[1].interviews.get()
    with pytest.raises(keeping.NoConsentError):
        keeping.attach(other, read("a.json", whisperx(), "en"), "a.json", None)
    keep(interview)
    candidate = interview.candidate
    assert keeping.forget(candidate, Consent.Kind.DETECTION) == 0 and Recording.objects.count() == 1
    assert keeping.forget(candidate, Consent.Kind.RECORDING) == 1 and not Recording.objects.exists()
    assert keeping.forget(candidate, Consent.Kind.RECORDING) == 0, "asked again, nothing is left to do"
    last = Entry.objects.filter(action="removed", kind="recording").get()
    assert last.purpose == "selection" and last.detail == {"interview": interview.pk}
    assert Entry.objects.filter(action="withdrew", kind="candidate").count() == 3


def test_a_recording_never_moves_a_rating_nor_enters_the_conversations(interview: Interview, agreed, submit) -> None:  # type: ignore[no-untyped-def]
    submit(agreed.seat(0, 0), 4)
    before = list(Rating.objects.order_by("pk").values())
    keep(interview)
    summary = summary_of(interview.candidate)
    assert summary is not None and summary.interviews == 1
    assert list(Rating.objects.order_by("pk").values()) == before
    assert not Conversation.objects.exists()


def test_the_summary_of_one_interview_says_what_the_interview_says(interview: Interview) -> None:
    keep(interview)
    found, summary = evidence_of(interview), summary_of(interview.candidate)
    assert found is not None and summary is not None and summary.acts == found.acts
