"""One person's several names, team and account, as administrators set them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from made_up_people import HOSTILE, talk

from poise.app.accounts.models import Team, User
from poise.app.audit.models import Entry
from poise.app.conversations.models import Participant
from poise.app.people.models import Alias, Person
from poise.app.work.models import Job

Make = Callable[..., list[Person]]


@pytest.fixture
def administrator(db: str, client: Client, member: Callable[..., User]) -> Client:
    client.force_login(member("administrator"))
    return client


def test_names_are_found_by_any_of_them(administrator: Client, team: Make) -> None:
    first, second = team("Harbour", 2)
    Alias.objects.create(person=first, name="Nana B", folded="nana b")
    page = administrator.get("/people/names/?q=nana").content.decode()
    assert first.name in page and second.name not in page


def test_joining_is_shown_first_done_and_undone(administrator: Client, team: Make) -> None:
    double, real = team("Harbour", 2)
    talk(double, "courtesy.apology", [(1, 1)] * 3)
    page = administrator.get(f"/people/names/{double.pk}/join/{real.pk}/").content.decode()
    assert f"All conversations of <bdi>{double.name}</bdi> will count" in page and "may well be" not in page
    assert not Alias.objects.exists() and Person.objects.get(pk=double.pk).active
    assert administrator.post(f"/people/names/{double.pk}/join/{real.pk}/").status_code == 302
    assert not Person.objects.get(pk=double.pk).active
    assert Job.objects.filter(kind="redetect", payload={"person": double.pk}).exists()
    assert Entry.objects.filter(action="merged", person=real.pk, detail__joined=double.pk).exists()
    alias = Alias.objects.get(person=real)
    assert f"/people/names/part/{alias.pk}/" in administrator.get(f"/people/names/{real.pk}/").content.decode()
    page = administrator.get(f"/people/names/part/{alias.pk}/").content.decode()
    assert f"<bdi>{double.name}</bdi> becomes a person of their own again." in page
    administrator.post(f"/people/names/part/{alias.pk}/")
    assert Person.objects.get(pk=double.pk).active and not Alias.objects.exists()
    assert Entry.objects.filter(action="separated", person=real.pk).exists()


def test_two_who_talk_together_may_well_be_two(administrator: Client, team: Make) -> None:
    one, other = team("Harbour", 2)
    talk(one, "courtesy.apology", [(1, 1)])
    conversation = one.participations.get().conversation
    Participant.objects.create(conversation=conversation, key="o", role="agent", named=True, person=other)
    page = administrator.get(f"/people/names/{one.pk}/join/{other.pk}/").content.decode()
    assert "Both take part in 1 conversation" in page


def test_nobody_is_joined_with_themselves_or_with_who_is_gone(administrator: Client, team: Make) -> None:
    one, gone = team("Harbour", 2)
    Person.objects.filter(pk=gone.pk).update(active=False)
    assert administrator.post(f"/people/names/{one.pk}/join/{one.pk}/").status_code == 404
    assert administrator.post(f"/people/names/{one.pk}/join/{gone.pk}/").status_code == 404
    assert not Alias.objects.exists()


def test_team_and_account_are_given(administrator: Client, team: Make, member: Callable[..., User]) -> None:
    one, other = team("Harbour", 2)
    compass, user = Team.objects.create(name="Compass"), member("agent")
    sent = {"name": "Ada", "team": compass.pk, "user": user.pk}
    assert administrator.post(f"/people/names/{one.pk}/", sent).status_code == 302
    one.refresh_from_db()
    assert (one.name, one.team, one.user) == ("Ada", compass, user)
    assert Entry.objects.filter(action="changed", person=one.pk, detail__team=compass.pk).exists()
    # an account is one person's
    assert administrator.post(f"/people/names/{other.pk}/", sent).status_code == 422
    other.refresh_from_db()
    assert other.user is None


def test_hostile_names_are_only_names(administrator: Client, team: Make) -> None:
    one, other = team("Harbour", 2)
    Person.objects.all().update(name=HOSTILE)
    Alias.objects.create(person=one, name=HOSTILE, folded=HOSTILE)
    alias = Alias.objects.get()
    for path in ("", f"{one.pk}/", f"{other.pk}/join/{one.pk}/", f"part/{alias.pk}/"):
        page = administrator.get(f"/people/names/{path}").content.decode()
        assert "<img" not in page, path
        # only the field that changes the name holds it as it is stored
        assert page.count("\u202e") == (path == f"{one.pk}/"), path


@pytest.mark.parametrize("role", ["coach", "agent", "auditor", "hiring_manager", "candidate"])
def test_names_are_the_administrators(client: Client, member: Callable[..., User], team: Make, role: str) -> None:
    one, other = team("Harbour", 2)
    client.force_login(member(role))
    for path in ("", f"{one.pk}/", f"{one.pk}/join/{other.pk}/"):
        assert client.get(f"/people/names/{path}").status_code == 403
        assert client.post(f"/people/names/{path}").status_code == 403
    assert Person.objects.filter(active=True).count() == 2
