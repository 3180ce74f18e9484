"""The team's page, a person's pages and groups: what they show, to whom, and in how many queries."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import polars as pl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from made_up_people import HOSTILE, level, talk

from poise.app.accounts.models import Membership, User
from poise.app.audit.models import Entry
from poise.app.people import drawing
from poise.app.people.models import Contribution, Estimate, Person
from poise.reports import charts
from poise.reports.language import locale

Make = Callable[..., list[Person]]
Member = Callable[..., User]
OF_A_PERSON = ("", "traits/considerate/", "traits/care/", "acts/courtesy.apology/", "compare/", "print/")


@pytest.fixture
def coach(client: Client, member: Member, person: Person) -> Client:
    """A coach of the team of ``person``."""
    client.force_login(member("coach", person.team))
    return client


def read(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


# ---------------------------------------------------------------- the team


def test_those_who_need_help_stand_first(coach: Client, person: Person) -> None:
    page = read(coach, "/people/")
    table = page[page.index("<tbody") : page.index("<tfoot")]
    assert table.index("Harbour A0") < table.index("Harbour B1") < table.index("Harbour F5")
    assert "▼" in table and "too few occasions" in table


def test_what_may_not_be_shown_is_in_no_page(coach: Client, person: Person) -> None:
    for path in ("/people/", "/people/?show=traits", *(f"/people/{person.pk}/{one}" for one in OF_A_PERSON)):
        page = read(coach, path)
        assert "1.2345" not in page and "97%" not in page, path
    assert "1.2345" not in coach.get("/people/save/csv/").content.decode()


def test_help_is_told_with_its_sources(coach: Client, person: Person) -> None:
    assert "one source only" in read(coach, "/people/")
    Estimate.objects.bulk_create([level(person, "care", 2.1, 0.9, source="shift")])
    page = read(coach, "/people/")
    assert "two sources agree" in page and "simulated shift" in page


def test_averages_of_fewer_than_five_are_kept_back(coach: Client, person: Person) -> None:
    def foot() -> str:
        page = read(coach, "/people/")
        return page[page.index("<tfoot") : page.index("</tfoot")]

    assert "2.6" in foot() and "6 people" in foot()
    Estimate.objects.filter(person__name__in=["Harbour B1", "Harbour C2"]).delete()
    assert "kept back" in foot() and "people" not in foot()


def test_how_very_many_moved_is_shown_by_team(
    client: Client, member: Member, team: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poise.app.people.views.people._FEW", 3)
    harbour = team("Harbour", 6)[0].team
    client.force_login(member("coach"))
    assert 'id="trend"' in read(client, "/people/"), "a single team leaves nothing to choose"
    team("Compass", 6)
    page = read(client, "/people/")
    assert 'id="trend"' not in page and "Choose a team to see how it moved" in page
    page = read(client, f"/people/?team={harbour.pk}")
    assert 'id="trend"' in page and "Choose a team to see" not in page


def test_filters_narrow_and_nonsense_is_ignored(coach: Client, person: Person) -> None:
    page = read(coach, "/people/?q=b1&show=care&period=2026-09&team=nonsense&page=99")
    assert "Harbour B1" in page and "Harbour A0" not in page
    assert "Considerate" in page
    assert read(coach, "/people/?period=%00'&show=%22&q=%00%25_")


def test_every_person_shown_is_logged(coach: Client, person: Person) -> None:
    read(coach, "/people/")
    seen = Entry.objects.filter(action="viewed", detail__page="team", purpose="coaching")
    assert set(seen.values_list("person", flat=True)) == set(Person.objects.values_list("pk", flat=True))


def test_the_number_of_queries_does_not_grow(coach: Client, team: Make, person: Person) -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            read(coach, path)
        return len(seen)

    read(coach, "/people/")
    few = queries("/people/")
    group = person.team
    more = Person.objects.bulk_create(Person(person_id=f"m{n}", name=f"More {n}", team=group) for n in range(40))
    Estimate.objects.bulk_create(level(one, "care", 2.0, 0.9) for one in more)
    assert queries("/people/") == few <= 30
    before = {one: queries(f"/people/{person.pk}/{one}") for one in OF_A_PERSON}
    talk(person, "courtesy.apology", [(1, 1)] * 30, start=10)
    assert {one: queries(f"/people/{person.pk}/{one}") for one in OF_A_PERSON} == before
    assert max(before.values()) <= 30


# ---------------------------------------------------------------- who sees whom


def test_a_coach_sees_own_teams_only(coach: Client, team: Make, person: Person) -> None:
    other = team("Compass", 6)[0]
    assert "Compass" not in read(coach, "/people/")
    assert "Compass" not in read(coach, f"/people/?team={other.team_id}")
    assert "There is nobody here." in read(coach, f"/people/?team={other.team_id}&q=Compass")
    for one in (*OF_A_PERSON, "save/csv/"):
        read(coach, f"/people/{other.pk}/{one}", 404)
    assert "Compass" not in coach.get("/people/save/csv/").content.decode()
    assert "Compass" not in read(coach, "/people/groups/")
    assert not Entry.objects.filter(person=other.pk).exists()


def test_an_agent_sees_nobody_else(client: Client, agent: User, person: Person) -> None:
    client.force_login(agent)
    assert client.get("/people/").headers["Location"] == f"/people/{person.pk}/"
    for one in OF_A_PERSON:
        read(client, f"/people/{person.pk}/{one}")
    assert "Your own page" in read(client, f"/people/{person.pk}/")
    colleague = Person.objects.exclude(pk=person.pk).first()
    assert colleague is not None
    for one in OF_A_PERSON:
        page = read(client, f"/people/{colleague.pk}/{one}", 404)
        assert colleague.name not in page
    for path in ("/people/groups/", "/people/compare/", "/people/save/csv/", f"/people/{person.pk}/save/csv/"):
        read(client, path, 403)


def test_an_agent_without_conversations_is_told_so(db: str, client: Client, member: Member) -> None:
    client.force_login(member("agent"))
    assert "No conversations are linked" in read(client, "/people/")


@pytest.mark.parametrize("role", ["hiring_manager", "interviewer", "candidate", "administrator"])
def test_other_roles_see_no_levels(client: Client, member: Member, person: Person, role: str) -> None:
    client.force_login(member(role))
    for path in ("/people/", "/people/groups/", "/people/compare/", "/people/save/xlsx/"):
        read(client, path, 403)
    for one in OF_A_PERSON:
        read(client, f"/people/{person.pk}/{one}", 403)


def test_data_of_selection_is_not_shown(coach: Client, person: Person) -> None:
    Estimate.objects.all().update(purpose="selection")
    talk(person, "courtesy.thanks", [(1, 1)], purpose="selection", start=900)
    assert "Nothing has been estimated yet" in read(coach, f"/people/{person.pk}/")
    assert "selection-courtesy" not in read(coach, f"/people/{person.pk}/acts/courtesy.thanks/")


def test_who_was_joined_with_somebody_is_gone(coach: Client, person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(active=False)
    read(coach, f"/people/{person.pk}/", 404)
    assert person.name not in read(coach, "/people/")


# ---------------------------------------------------------------- groups


def test_auditors_see_groups_and_nobody(client: Client, member: Member, team: Make) -> None:
    people = [*team("Harbour", 6), *team("Compass", 4)]
    client.force_login(member("auditor"))
    page = read(client, "/people/groups/")
    assert "6 people" in page and "kept back" in page and "4 people" not in page
    assert not any(person.name in page for person in people)
    # all together would give Compass away as the difference
    assert "10 people" not in page
    read(client, "/people/", 403)
    assert not Entry.objects.filter(action="viewed").exists()


def test_all_teams_together_are_weighted_by_people(client: Client, member: Member, team: Make) -> None:
    for one in team("Harbour", 5):
        Estimate.objects.filter(person=one, trait="care").update(mean=2.0, low=1.6, high=2.4)
    for one in team("Compass", 10):
        Estimate.objects.filter(person=one, trait="care").update(mean=3.5, low=3.1, high=3.9)
    client.force_login(member("auditor"))
    page = read(client, "/people/groups/")
    foot = page[page.index("<tfoot") : page.index("</tfoot")]
    assert "3.0" in foot and "15 people" in foot


# ---------------------------------------------------------------- a person


def test_a_weakness_opens_its_evidence(coach: Client, person: Person) -> None:
    page = read(coach, f"/people/{person.pk}/")
    weak = page[page.index("Weaknesses") :]
    assert f"/people/{person.pk}/traits/considerate/" in weak and "12 conversations, 80 occasions" in weak
    assert "in 6 of the next 10 occasions, not 3 as usual" in page
    assert "worse: 99%" in page
    page = read(coach, f"/people/{person.pk}/traits/considerate/")
    assert 'class="chart"' in page and "style=" not in page
    assert "shown in 2 conversations" in page and "missed in 2" in page
    page = read(coach, f"/people/{person.pk}/acts/courtesy.apology/?kind=missed")
    assert page.count(f"{person.pk}-coaching-courtesy.apology-") == 2
    conversation = person.evidence.get(hits=0).conversation
    link = f"/conversations/{conversation.pk}/?behaviour=courtesy.apology"
    assert f'href="{link}#found"' in page and coach.get(link).status_code == 200


def test_the_very_words_are_one_click_from_a_level(coach: Client, person: Person) -> None:
    # what lowers the level by not being done is read where it was missed last
    talk(person, "courtesy.apology", [(2, 2), (0, 1), (1, 1)], begin=datetime(2026, 10, 1, tzinfo=UTC), start=3)
    missed = person.evidence.filter(hits=0).latest("conversation__started_at").conversation_id
    href = f"/conversations/{missed}/?behaviour=courtesy.apology#found"
    link = f'<a href="{href}">read where it was missed last, 2 Oct 2026</a>'
    page = read(coach, f"/people/{person.pk}/")
    assert link in page[page.index("Weaknesses") : page.index("What would change it")]
    assert link in read(coach, f"/people/{person.pk}/traits/considerate/")
    # what raises it, where it was shown last
    Contribution.objects.filter(person=person).update(contribution=1.0)
    shown = person.evidence.filter(hits__gt=0).latest("conversation__started_at").conversation_id
    page = read(coach, f"/people/{person.pk}/traits/considerate/")
    assert (
        f'/conversations/{shown}/?behaviour=courtesy.apology#found">read the latest, 3 Oct' in page and link not in page
    )


def test_what_is_not_known_is_said_with_its_reason(coach: Client, person: Person) -> None:
    page = read(coach, f"/people/{person.pk}/")
    assert "There were too few occasions that called for it." in page[page.index("What is not known yet") :]


@pytest.mark.parametrize("path", ["traits/nonsense/", "acts/nonsense/", "save/exe/"])
def test_what_does_not_exist_is_not_found(coach: Client, person: Person, path: str) -> None:
    read(coach, f"/people/{person.pk}/{path}", 404)


@pytest.mark.parametrize("language", ["en", "he", "nb"])
def test_hostile_names_are_only_names(coach: Client, person: Person, language: str) -> None:
    Person.objects.filter(pk=person.pk).update(name=HOSTILE)
    coach.cookies["language"] = language
    paths = ["/people/", "/people/compare/", *(f"/people/{person.pk}/{one}" for one in OF_A_PERSON)]
    for path in paths:
        page = read(coach, path)
        assert "<img" not in page and "\u202e" not in page, path


def test_two_periods_say_what_is_sure(coach: Client, person: Person) -> None:
    talk(person, "courtesy.apology", [(0, 3)] * 20, begin=datetime(2026, 5, 1, tzinfo=UTC), start=100)
    talk(person, "courtesy.apology", [(3, 3)] * 20, begin=datetime(2026, 6, 1, tzinfo=UTC), start=200)
    asked = "?from1=2026-05-01&to1=2026-05-31&from2=2026-06-01&to2=2026-06-30"
    page = read(coach, f"/people/{person.pk}/compare/{asked}")
    care = page[page.index("Care") :]
    assert "▲ It rose" in care[: care.index("</tr>")]
    same = "?from1=2026-05-01&to1=2026-05-10&from2=2026-05-11&to2=2026-05-31"
    page = read(coach, f"/people/{person.pk}/compare/{same}")
    care = page[page.index("Care") :]
    assert "It cannot be told." in care and "The ranges overlap." in care
    nothing = "?from1=2020-05-01&to1=2020-05-10&from2=2020-05-11&to2=2020-05-31"
    assert "Not enough evidence in either period" in read(coach, f"/people/{person.pk}/compare/{nothing}")
    assert "kept back" in read(coach, f"/people/compare/{asked}").lower()


@pytest.mark.parametrize(
    "asked",
    [
        "from1=x&to1=2026-05-31&from2=2026-06-01&to2=2026-06-30",
        "from1=2026-05-31&to1=2026-05-01&from2=2026-06-01&to2=2026-06-30",
        "from1=2026-05-01&to1=2026-06-15&from2=2026-06-01&to2=2026-06-30",
        "from1=0001-01-01&to1=9999-12-31&from2=9999-12-31&to2=9999-12-31",
    ],
)
def test_periods_that_cannot_be_are_refused(coach: Client, person: Person, asked: str) -> None:
    assert "errorlist" in read(coach, f"/people/{person.pk}/compare/?{asked}", 422)
    assert "errorlist" in read(coach, f"/people/compare/?{asked}", 422)


# ---------------------------------------------------------------- spreadsheets


def test_spreadsheets_hold_what_is_shown_and_no_formula(coach: Client, person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(name='=HYPERLINK("http://x","y")')
    answer = coach.get("/people/save/csv/?q=HYPERLINK")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="poise-team.csv"'
    table = pl.read_csv(io.BytesIO(answer.content))
    assert set(table["person"]) == {'\'=HYPERLINK("http://x","y")'}
    hidden = table.filter(pl.col("trait") == "task_control")
    assert hidden["level"].to_list() == [None] and hidden["reason"].to_list() == ["few_opportunities"]
    exported = Entry.objects.filter(action="exported")
    assert list(exported.values_list("person", "detail__page")) == [(person.pk, "team")]


def test_a_persons_workbook_has_the_behaviours(coach: Client, person: Person) -> None:
    answer = coach.get(f"/people/{person.pk}/save/xlsx/")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        assert re.findall(r'<sheet name="(\w+)"', book.read("xl/workbook.xml").decode()) == ["levels", "behaviours"]
        assert "courtesy.apology" in book.read("xl/sharedStrings.xml").decode()
    assert Entry.objects.filter(action="exported", person=person.pk, detail__page="person").count() == 1


# ---------------------------------------------------------------- joined roles


def test_a_coach_who_is_an_agent_elsewhere_reaches_both(
    client: Client, agent: User, team: Make, person: Person
) -> None:
    other = team("Compass", 5)[0]
    Membership.objects.create(user=agent, role="coach", team=other.team)
    client.force_login(agent)
    read(client, f"/people/{other.pk}/")
    read(client, f"/people/{person.pk}/")
    page = read(client, "/people/")
    assert "Compass A0" in page and "Harbour B1" not in page


def test_what_draws_is_ready_before_anybody_asks() -> None:
    drawing.warm()
    compiled = charts._compiled.cache_info().misses
    usual = charts.waterfall([charts.Step("a", 0.3)], level=3.2, low=2.8, high=3.6, locale=locale("en"))
    assert charts.draw(usual, name="w").startswith("<svg") and charts._compiled.cache_info().misses == compiled
