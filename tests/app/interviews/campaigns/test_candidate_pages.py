"""A manager's way with candidates: added, taken in from a file, told, kept; what they ask for, and withdrawing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from poise.app.audit.models import Action, Entry
from poise.app.interviews.campaigns import notices, scheduling
from poise.app.interviews.campaigns.models import Accommodation, Candidate, Interview, Letter, Seat, Stage
from poise.app.interviews.decisions.models import Decision

from ..conftest import Round
from .conftest import told_long_ago


def test_a_candidate_is_added_once(helen: Client, hiring: Round) -> None:
    path = reverse("candidate_new", args=[hiring.campaign.pk])
    body = {"name": "Dana", "email": "Dana@example.net", "phone": "", "language": "he", "external_id": ""}
    helen.post(path, body)
    dana = Candidate.objects.get(name="Dana")
    assert dana.stage == hiring.stage and dana.code not in {"", "C3"}
    helen.post(path, body | {"email": "dana@EXAMPLE.net"})
    assert Candidate.objects.filter(campaign=hiring.campaign).count() == 4
    assert helen.post(path, body | {"name": "a\x07b", "email": ""}).status_code == 422
    assert helen.post(path, body | {"name": "Dana", "email": "nonsense"}).status_code == 422


def test_codes_tell_nothing_of_the_order(hiring: Round) -> None:
    from poise.app.interviews.campaigns.adding import Given, Register

    register = Register(hiring.campaign)
    taken = [register.take(Given(name=f"N{number}", external_id=str(number))).candidate for number in range(30)]
    codes = [one.code for one in taken if one is not None]
    assert len(set(codes)) == 30 and codes != sorted(codes)


def test_a_changed_address_gets_an_account_of_its_own(helen: Client, hiring: Round) -> None:
    amal = hiring.candidates[0]
    helen.post(reverse("candidate_notify", args=[amal.pk]))
    amal.refresh_from_db()
    first = amal.user
    assert first is not None and first.email == "0@example.net"
    body = {"name": "Amal Haddad", "email": "amal@example.net", "phone": "", "language": "en", "external_id": ""}
    helen.post(reverse("candidate_change", args=[amal.pk]), body)
    helen.post(reverse("candidate_notify", args=[amal.pk]))
    amal.refresh_from_db()
    assert amal.user is not None and amal.user.email == "amal@example.net" and amal.user != first
    taken = helen.post(reverse("candidate_change", args=[amal.pk]), body | {"email": hiring.candidates[1].email})
    assert taken.status_code == 422 and "Another candidate" in taken.content.decode()


def test_candidates_are_found_and_saved_without_ratings(helen: Client, hiring: Round) -> None:
    hiring.candidates[0].name = "=cmd|'/c calc'!A0"
    hiring.candidates[0].save()
    Decision.objects.create(
        candidate=hiring.candidates[1], stage=hiring.stage, outcome="decline", reason="r", decided_by=hiring.manager
    )
    path = reverse("campaign_candidates", args=[hiring.campaign.pk])
    page = helen.get(path, {"words": "bo lind", "stage": "", "state": ""}).content.decode()
    assert "Bo Lind" in page and "Chaya" not in page and "is not considered further" in page
    assert "Nobody fits" in helen.get(path, {"words": "nobody of that name"}).content.decode()
    assert "Null characters are not allowed" in helen.get(path, {"words": "x\x00y"}).content.decode()
    saved = helen.get(reverse("candidates_csv", args=[hiring.campaign.pk])).content.decode("utf-8-sig")
    assert "'=cmd" in saved and "decline" in saved and saved.count("\n") == 4
    assert Entry.objects.filter(action=Action.EXPORTED, kind="campaign").exists()


def test_who_has_ratings_to_submit_sees_no_decision(helen: Client, hiring: Round) -> None:
    Decision.objects.create(
        candidate=hiring.candidates[1], stage=hiring.stage, outcome="decline", reason="r", decided_by=hiring.manager
    )
    Candidate.objects.filter(pk=hiring.candidates[1].pk).update(state=Candidate.State.DECLINED)
    listed = reverse("campaign_candidates", args=[hiring.campaign.pk])
    doors = [
        listed,
        reverse("campaign", args=[hiring.campaign.pk]),
        reverse("candidate", args=[hiring.candidates[1].pk]),
        reverse("candidates_csv", args=[hiring.campaign.pk]),
    ]
    assert all("decline" in helen.get(path).content.decode() for path in doors), "whoever has nothing to submit is told"
    Seat.objects.create(interview=hiring.seat(2, 0).interview, rater=hiring.manager)
    page = helen.get(listed).content.decode()
    assert "is not considered further" not in page and "once your own ratings are submitted" in page
    for path in doors:
        page = helen.get(path).content.decode()
        assert "decided" in page and "decline" not in page, path
    # to filter by what was decided would tell it, too
    asked = helen.get(listed, {"words": "", "stage": "", "state": "declined"}).content.decode()
    assert "Bo Lind" in asked and "Amal Haddad" in asked


def test_somebody_who_withdraws_leaves_the_schedule(helen: Client, hiring: Round) -> None:
    amal = hiring.candidates[0]
    told_long_ago(hiring)
    later = scheduling.plan(Candidate.objects.get(pk=amal.pk), Stage.objects.get(title="Second"), raters=hiring.raters)
    Seat.objects.filter(interview__candidate=amal, interview__stage=hiring.stage).update(submitted_at=timezone.now())
    helen.post(reverse("candidate_withdraw", args=[amal.pk]))
    amal.refresh_from_db()
    later.refresh_from_db()
    assert (amal.state, later.state) == (Candidate.State.WITHDRAWN, Interview.State.CANCELLED)
    assert Interview.objects.get(candidate=amal, stage=hiring.stage).state == Interview.State.PLANNED
    helen.post(reverse("candidate_withdraw", args=[amal.pk]))
    assert Entry.objects.filter(kind="candidate", detail__state="withdrawn").count() == 1


def test_accommodations_are_asked_and_answered(helen: Client, hiring: Round) -> None:
    amal = hiring.candidates[0]
    answer = helen.post(reverse("accommodation_new", args=[amal.pk]), {"asked": "<b>More time</b>, please."})
    asked = Accommodation.objects.get()
    assert answer["Location"] == reverse("accommodation", args=[asked.pk])
    page = helen.get(reverse("candidate", args=[amal.pk])).content.decode()
    assert "Not answered yet" in page and "<b>More" not in page
    path = reverse("accommodation", args=[asked.pk])
    assert helen.post(path, {"arranged": "", "extra_minutes": 15}).status_code == 422
    helen.post(path, {"arranged": "A break.", "extra_minutes": 15, "no_marks": "on"})
    asked.refresh_from_db()
    assert (asked.extra_minutes, asked.no_marks, asked.answered_by) == (15, True, hiring.manager)
    page = helen.get(reverse("schedule_interview", args=[hiring.seat(0, 0).interview_id])).content.decode()
    assert "A break." in page and "More time" not in page and "<dd>75</dd>" in page
    assert "Nothing that has to be seen is noted" in page
    helen.post(reverse("candidate_alternative", args=[amal.pk]), {"on": "1"})
    amal.refresh_from_db()
    assert amal.alternative


def test_told_in_another_way_starts_the_clock_on_that_day(helen: Client, hiring: Round) -> None:
    amal = hiring.candidates[0]
    path = reverse("candidate_told", args=[amal.pk])
    assert "structured interviews" in helen.get(path).content.decode()
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert helen.post(path, {"day": tomorrow.isoformat()}).status_code == 422
    helen.post(path, {"day": "2026-03-02"})
    assert notices.earliest_interview(amal).isoformat() == "2026-03-16"  # type: ignore[union-attr]


def csv(text: str | bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("c.csv", text.encode() if isinstance(text, str) else text, "text/csv")


def test_a_file_is_looked_at_then_taken_in_and_again_changes_nothing(helen: Client, hiring: Round) -> None:
    path = reverse("candidates_bring", args=[hiring.campaign.pk])
    text = (
        "Name;E-mail;external id;email;shoe size\r\n"
        '"Dana ""D"" Levi";;a-1;dana@example.net;41\r\n'
        "Amal Haddad;;a-2;0@example.net;\r\n"
        "Nobody;;;;\r\n"
        "Twice;;a-1;;\r\n"
    )
    looked = helen.post(path, {"file": csv(text)})
    page = looked.content.decode()
    assert Candidate.objects.filter(campaign=hiring.campaign).count() == 3
    assert "stands in line 2 already" in page and "neither an address nor an id" in page
    assert "shoe_size" in page and "is brought up to date" in page
    helen.post(path, {"content": text})
    dana = Candidate.objects.get(external_id="a-1")
    assert (dana.name, dana.email) == ('Dana "D" Levi', "dana@example.net")
    hiring.candidates[0].refresh_from_db()
    assert hiring.candidates[0].external_id == "a-2"
    helen.post(path, {"content": text})
    assert Candidate.objects.filter(campaign=hiring.campaign).count() == 4
    assert Entry.objects.filter(action=Action.IMPORTED, kind="campaign").count() == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00name", "not UTF-8"),
        ("", "empty"),
        (" \n", "must name the columns"),
        ("e-mail\nx@example.net", "must name the columns"),
        ("name,name\nA,B", "stands twice"),
        ('name,email\n"open', "not closed"),
        ("name\n" + "A\n" * 2001, "more than 2000 lines"),
        (b"name\n" + b"x" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(helen: Client, hiring: Round, content: str | bytes, said: str) -> None:
    answer = helen.post(reverse("candidates_bring", args=[hiring.campaign.pk]), {"file": csv(content)})
    assert answer.status_code == 422 and said in answer.content.decode()


def test_hostile_cells_stay_words(helen: Client, hiring: Round) -> None:
    path = reverse("candidates_bring", args=[hiring.campaign.pk])
    text = (
        "name,email,phone,external_id\n"
        "<script>alert(1)</script>,a@example.net,'+47 22 22 22 22,1\n"
        "=1+1,b@example.net,,2\n"
        "\u202eevil,c@example.net,,3\n"
        "bell\x07,d@example.net,,4\n"
        f"{'x' * 201},e@example.net,,5\n"
        "</textarea><script>x</script>,f@example.net,,6\n"
    )
    page = helen.post(path, {"file": csv(text)}).content.decode()
    assert "<script>alert" not in page and page.count("</textarea>") == 1
    helen.post(path, {"content": text})
    assert Candidate.objects.get(external_id="1").phone == "+47 22 22 22 22"
    assert Candidate.objects.get(external_id="2").name == "=1+1"
    assert set(Candidate.objects.exclude(external_id="").values_list("external_id", flat=True)) == {"1", "2", "3", "6"}


def test_data_are_kept_longer_but_never_shorter(helen: Client, hiring: Round) -> None:
    amal = hiring.candidates[0]
    path = reverse("candidate_keep", args=[amal.pk])
    assert helen.post(path, {"keep_until": "2031-01-01"}).status_code == 404
    Candidate.objects.filter(pk=amal.pk).update(keep_until="2030-06-01")
    helen.post(path, {"keep_until": "2030-05-01"})
    helen.post(path, {"keep_until": "2031-01-01"})
    amal.refresh_from_db()
    assert amal.keep_until.isoformat() == "2031-01-01"  # type: ignore[union-attr]


def test_everybody_untold_gets_the_notice_once(helen: Client, hiring: Round) -> None:
    Candidate.objects.create(campaign=hiring.campaign, code="Z", name="Without address", stage=hiring.stage)
    path = reverse("campaign_notify", args=[hiring.campaign.pk])
    page = helen.post(path, follow=True).content.decode()
    assert "3 notices are on their way." in page and "1 candidate has no e-mail address" in page
    helen.post(path)
    assert Letter.objects.filter(kind=Letter.Kind.NOTICE).count() == 3
