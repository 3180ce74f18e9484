"""Voluntary answers: the candidate's alone, with consent, and gone with them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from poise.app.access import Role
from poise.app.accounts.models import Team, User
from poise.app.audit.models import Entry
from poise.app.fairness.answering import NotAskedError, answer, answer_of, pseudonym_of
from poise.app.fairness.models import Policy, VoluntaryAnswer
from poise.app.interviews.campaigns.models import Candidate

Member = Callable[..., User]


@pytest.fixture
def own(decided: Callable[..., object], member: Member) -> Candidate:
    """A candidate with an account."""
    decided([("", "", 1, 0)])
    one = Candidate.objects.get()
    user = member(Role.CANDIDATE, Team.objects.get(), email="amal@example.net")
    Candidate.objects.filter(pk=one.pk).update(user=user)
    one.refresh_from_db()
    return one


def test_an_answer_is_given_changed_and_withdrawn(own: Candidate, client: Client) -> None:
    client.force_login(own.user)  # type: ignore[arg-type]
    address = reverse("voluntary", args=[own.pk])
    before = Entry.objects.count()
    said = {"sex": "female", "ethnicity": "pacific"}
    assert client.post(address, said).status_code == 422  # no consent, no answer
    assert not VoluntaryAnswer.objects.exists()
    assert client.post(address, {**said, "agreed": "on"}).status_code == 302
    kept = answer_of(own)
    assert kept is not None and (kept.sex, kept.ethnicity, kept.wording) == ("female", "pacific", 1)
    assert len(re.findall(r"<input[^>]* checked", client.get(address).content.decode())) == 3
    client.post(address, {"sex": "", "ethnicity": "asian", "agreed": "on"})
    assert VoluntaryAnswer.objects.get().sex == "" and VoluntaryAnswer.objects.get().ethnicity == "asian"
    client.post(address, {"withdraw": "1"})
    assert not VoluntaryAnswer.objects.exists()
    assert Entry.objects.count() == before, "the log must not tell when somebody answered"


def test_to_say_nothing_needs_no_consent_and_keeps_nothing(own: Candidate, client: Client) -> None:
    client.force_login(own.user)  # type: ignore[arg-type]
    answer(own, sex="male", ethnicity="")
    assert client.post(reverse("voluntary", args=[own.pk]), {"sex": "", "ethnicity": ""}).status_code == 302
    assert not VoluntaryAnswer.objects.exists()


def test_the_row_does_not_say_whose_it_is(own: Candidate, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(own, sex="female", ethnicity="black")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM fairness_voluntaryanswer")
        row = cursor.fetchall()[0]
        columns = [column[0] for column in cursor.description]
    assert set(columns) == {"pseudonym", "sex", "ethnicity", "wording", "given_on"}
    assert str(own.pk) not in row and len(str(row[columns.index("pseudonym")])) == 64
    monkeypatch.setattr(settings, "SECRET_KEY", "another installation's")
    assert pseudonym_of(own.pk) not in row


def test_nobody_elses_page(own: Candidate, member: Member, client: Client) -> None:
    answer(own, sex="female", ethnicity="black")
    address = reverse("voluntary", args=[own.pk])
    client.force_login(member(Role.CANDIDATE, Team.objects.get()))
    assert client.get(address).status_code == client.post(address, {"withdraw": "1"}).status_code == 404
    for role in Role:
        if role is not Role.CANDIDATE:
            client.force_login(member(role, Team.objects.get()))
            assert client.get(address).status_code == 403
    assert VoluntaryAnswer.objects.exists()


def test_what_is_not_asked_is_not_kept(own: Candidate, client: Client) -> None:
    answer(own, sex="female", ethnicity="black")
    client.force_login(own.user)  # type: ignore[arg-type]
    address = reverse("voluntary", args=[own.pk])
    Policy.objects.update(asked=Policy.Asked.SEX)
    assert "Pacific Islander" not in client.get(address).content.decode()
    with pytest.raises(NotAskedError):
        answer(own, sex="female", ethnicity="black")
    Policy.objects.all().delete()  # as a new installation: nothing is asked
    page = client.get(address).content.decode()
    assert "This employer does not ask" in page and "Withdraw my answers" in page
    with pytest.raises(NotAskedError):
        answer(own, sex="female", ethnicity="")
    client.post(address, {"sex": "male", "agreed": "on"})
    assert VoluntaryAnswer.objects.get().sex == "female"
    client.post(address, {"withdraw": "1"})
    assert not VoluntaryAnswer.objects.exists()


def test_an_answer_goes_with_its_candidate_whoever_takes_them_away(decided: Callable[..., object]) -> None:
    decided([("female", "white", 3, 1)])
    one, *others = Candidate.objects.order_by("pk")
    one.delete()
    assert VoluntaryAnswer.objects.count() == 2 and answer_of(others[0]) is not None
    Candidate.objects.all().delete()
    assert not VoluntaryAnswer.objects.exists()


def test_an_administrator_chooses_what_is_asked(db: str, member: Member, client: Client) -> None:
    client.force_login(member(Role.ADMINISTRATOR))
    address = reverse("fairness_policy")
    assert "explicit consent" in client.get(address).content.decode()
    assert client.post(address, {"asked": "everything"}).status_code == 422
    assert client.post(address, {"asked": "sex", "authority": "<b>Lov</b>"}).status_code == 302
    assert Policy.held().asked == "sex"
    assert Entry.objects.get().detail == {"asked": "sex"}
