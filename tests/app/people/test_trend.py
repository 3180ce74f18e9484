"""How levels moved: by week while little time is known, by month from then on; and two periods to begin with."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from itertools import pairwise

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from made_up_people import level, talk

from poise.app.accounts.models import User
from poise.app.conversations.models import Conversation
from poise.app.people import drawing, trend
from poise.app.people.estimating import ask_for_estimates
from poise.app.people.models import Estimate, Person
from poise.app.people.periods import recent_spans
from poise.app.people.reading import periods_known
from poise.app.people.trend import Unit
from poise.app.work.models import Job
from poise.app.work.worker import work_off
from poise.reports.language import locale
from poise.reports.profile import Level

Make = Callable[..., list[Person]]
Member = Callable[..., User]
MONDAY = date(2026, 9, 7)
WEEKS = ("2026-W37", "2026-W38", "2026-W39", "2026-W40")


def days(number: int, first: date = MONDAY) -> list[date]:
    return [first + timedelta(days=place) for place in range(number)]


@pytest.fixture
def weekly(client: Client, member: Member, team: Make) -> tuple[Client, list[Person]]:
    """A coach, and six people whose levels are stored by week; of the third week nobody's may be shown."""
    people = team("Harbour", 6)
    Estimate.objects.exclude(period="").delete()
    for place, week in enumerate(WEEKS):
        mean = None if place == 2 else 3.0 + 0.2 * place
        Estimate.objects.bulk_create([level(one, "care", mean, 0.1, period=week, conversations=9) for one in people])
    client.force_login(member("coach", people[0].team))
    return client, people


# ---------------------------------------------------------------- the calendar


@pytest.mark.parametrize("unit", list(Unit))
def test_every_day_lies_in_its_period_and_no_day_between_two(unit: Unit) -> None:
    every = days(800, date(2025, 12, 1))  # 2026 has fifty-three weeks
    codes = list(dict.fromkeys(map(unit.code, every)))
    assert codes == sorted(codes) == trend.complete([codes[0], codes[-1]])[: len(codes)] or len(codes) > 2 * trend.MOST
    for day in every:
        code = unit.code(day)
        assert trend.begin(code) <= day < trend.end(code) and trend.unit_of(code) is unit and len(code) <= 12
    assert all(trend.end(one) == trend.begin(other) for one, other in pairwise(codes))


def test_little_time_goes_by_weeks_and_much_by_months() -> None:
    assert trend.periods(days(26), 9) == list(WEEKS)
    assert trend.periods(days(26), 3) == ["2026-W36/P2W", "2026-W38/P2W", "2026-W40/P2W"], "too few for one week each"
    assert trend.periods(days(243), 9)[:2] == ["2026-09", "2026-10"] and len(trend.periods(days(243), 9)) == 9
    assert trend.periods([], 0.0) == []


def test_there_are_never_more_periods_than_a_year_has_months() -> None:
    for number in range(1, 800):
        assert 1 <= len(trend.periods(days(number), 20)) <= 12, number
    assert {trend.unit_of(one) for one in trend.periods(days(120), 20)} == {Unit.FORTNIGHT}
    assert {trend.unit_of(one) for one in trend.periods(days(121), 20)} == {Unit.MONTH}


def test_what_lies_between_is_there_too_but_one_wrong_date_fills_no_page() -> None:
    assert trend.complete(["2026-W37", "2026-W40"]) == list(WEEKS)
    assert trend.complete(["2027-01", "2026-11"]) == ["2026-11", "2026-12", "2027-01"]
    assert trend.complete(["1970-01", "2026-09"]) == ["1970-01", "2026-09"]
    assert trend.complete([]) == []


# ---------------------------------------------------------------- what is stored


def stored() -> set[str]:
    ask_for_estimates(["coaching"])
    work_off()
    assert not Job.objects.exclude(state="done").exists()
    return set(Estimate.objects.exclude(period="").values_list("period", flat=True))


@pytest.fixture
def somebody(committed_db: str) -> Person:
    """One person; what is asked for is worked off."""
    return Person.objects.create(person_id="agent-1", name="Agent 1")


def test_more_time_turns_weeks_into_months_and_less_turns_them_back(somebody: Person) -> None:
    for place in range(4):  # ten conversations a week
        for start in (10 * place, 100 + 10 * place):
            begin = datetime(2026, 9, 7, tzinfo=UTC) + timedelta(weeks=place)
            talk(somebody, "courtesy.apology", [(1, 2)] * 5, begin=begin, start=start)
    assert stored() == set(WEEKS)
    assert periods_known() == sorted(WEEKS, reverse=True)
    talk(somebody, "courtesy.apology", [(1, 2)], begin=datetime(2027, 4, 30, tzinfo=UTC), start=9_000)
    assert stored() == {"2026-09", "2026-10", "2027-04"} and len(periods_known()) == 8
    Conversation.objects.filter(started_at__year=2027).delete()
    assert stored() == set(WEEKS)


def test_few_conversations_a_week_are_taken_together_by_two(somebody: Person) -> None:
    talk(somebody, "courtesy.apology", [(1, 2)] * 26, begin=datetime(2026, 9, 7, tzinfo=UTC))
    assert stored() == {"2026-W36/P2W", "2026-W38/P2W", "2026-W40/P2W"}


def test_an_upgrade_has_levels_estimated_again(team: Make) -> None:
    again = import_module("poise.app.people.migrations.0003_periods").estimate_again
    again(apps, None)
    assert not Job.objects.exists(), "a new installation has nothing to estimate"
    team("Harbour", 1)
    for _ in range(2):
        again(apps, None)
    waiting = Job.objects.get()
    assert (waiting.kind, waiting.payload) == ("estimates", {"purpose": "coaching"})
    ask_for_estimates(["coaching"])
    assert Job.objects.count() == 1, "whoever asks before it starts gets that one"


# ---------------------------------------------------------------- pages


def section(client: Client, path: str, language: str = "en") -> str:
    client.cookies["language"] = language
    answer = client.get(path)
    assert answer.status_code == 200
    page = answer.content.decode()
    found = page[page.index('id="trend"') :]
    return found[: found.index("</section>")]


def rows(found: str) -> list[list[str]]:
    body = found[found.index("<tbody") : found.index("</tbody")]
    return [re.findall(r"<t[hd][^>]*>([^<]*)<", row) for row in body.split("</tr>")[:-1]]


def test_weeks_have_their_first_day_their_range_and_their_number(weekly: tuple[Client, list[Person]]) -> None:
    client, people = weekly
    for path, number, head in (("/people/", "6", "People"), (f"/people/{people[0].pk}/", "9", "Conversations")):
        found = section(client, path)
        assert "By week" in found and "Week from" in found and f">{head}</th>" in found and "month</h2>" not in found
        first, _, third, _ = rows(found)
        assert (first[0], first[1], first[3]) == ("7 Sep 2026", "3.0", number) and "2.6" in first[2]
        assert third[0] == "21 Sep 2026" and len(third) == 2, "without enough evidence there is no number"
        svg = found[found.index("<svg") : found.index("</svg>")]
        assert svg.count("<circle") == svg.count('class="range"') == 3
        assert re.findall(r">(\d+ Sep)</text>", svg) == ["7 Sep", "14 Sep", "21 Sep", "28 Sep"]
    assert "By week" in section(client, f"/people/{people[0].pk}/traits/care/")
    page = client.get("/people/?period=2026-W38").content.decode()
    assert '<option value="2026-W38" selected>Week from 14 Sep 2026</option>' in page


def test_months_are_called_months(client: Client, member: Member, team: Make) -> None:
    people = team("Harbour", 6)
    client.force_login(member("coach", people[0].team))
    for path in ("/people/", f"/people/{people[0].pk}/"):
        found = section(client, path)
        assert "By month" in found and ">Month</th>" in found and "eek" not in found
        assert [row[0] for row in rows(found)] == ["Aug 2026", "Sep 2026"]


def test_two_weeks_are_called_so(weekly: tuple[Client, list[Person]]) -> None:
    client, people = weekly
    Estimate.objects.filter(period__in=WEEKS[1:]).delete()
    Estimate.objects.filter(period=WEEKS[0]).update(period="2026-W36/P2W")
    found = section(client, f"/people/{people[0].pk}/")
    assert "By two weeks" in found and "Two weeks from" in found and rows(found)[0][0] == "31 Aug 2026"


def test_hebrew_goes_from_right_to_left(weekly: tuple[Client, list[Person]]) -> None:
    client, people = weekly
    places = {}
    for language in ("en", "he"):
        found = section(client, f"/people/{people[0].pk}/", language)
        assert ("לפי שבוע" in found) == (language == "he")
        places[language] = [float(x) for x in re.findall(r'<circle cx="([\d.]+)"', found[: found.index("</svg>")])]
    assert places["en"] == sorted(places["en"]) and len(places["en"]) == 3
    assert places["he"] == pytest.approx([300 - x for x in places["en"]])


@pytest.mark.parametrize("language", ["en", "he", "nb"])
def test_a_whole_year_of_points_fits(language: str) -> None:
    points = [(f"{place}", Level("care", "cluster", 3.0, 2.5, 3.5, 9, 80, None, True, None)) for place in range(12)]
    svg = drawing.over_time(points, locale(language))
    found = [float(x) for x in re.findall(r'<circle cx="([\d.]+)"', svg)]
    assert len(found) == 12 and min(found) > 0 and max(found) < 300
    assert svg.count("<text") < 12 + 3, "names stand apart"


def test_more_periods_need_no_more_queries(weekly: tuple[Client, list[Person]]) -> None:
    client, people = weekly
    for path in ("/people/", f"/people/{people[0].pk}/"):
        client.get(path)
        with CaptureQueriesContext(connection) as many:
            client.get(path)
        Estimate.objects.filter(period__in=WEEKS[2:]).delete()
        with CaptureQueriesContext(connection) as few:
            client.get(path)
        assert len(many) == len(few)


# ---------------------------------------------------------------- two periods to begin with


def spans(person: Person) -> list[str]:
    found = recent_spans(Person.objects.filter(pk=person.pk))
    return [f"{day:%m-%d}" for span in found or () for day in (span.first, span.last)]


def test_a_short_time_is_offered_in_two_halves(client: Client, member: Member, team: Make) -> None:
    person = team("Harbour", 1)[0]
    talk(person, "courtesy.apology", [(1, 2)] * 26, begin=datetime(2026, 9, 7, tzinfo=UTC))
    assert spans(person) == ["09-07", "09-19", "09-20", "10-02"]
    client.force_login(member("coach", person.team))
    for path in ("/people/compare/", f"/people/{person.pk}/compare/"):
        page = client.get(path).content.decode()
        shown = re.findall(r'<input type="date" name="\w+" value="([\d-]+)"', page)
        assert shown == ["2026-09-07", "2026-09-19", "2026-09-20", "2026-10-02"]


def test_the_latest_alone_is_no_period(team: Make) -> None:
    person = team("Harbour", 1)[0]
    talk(person, "courtesy.apology", [(1, 2)] * 30, begin=datetime(2026, 9, 1, tzinfo=UTC))
    talk(person, "courtesy.apology", [(1, 2)], begin=datetime(2026, 10, 20, tzinfo=UTC), start=100)
    assert spans(person) == ["09-01", "09-15", "09-16", "10-20"], "each has half of the conversations"


def test_of_a_long_time_the_last_two_months_are_offered(team: Make) -> None:
    person = team("Harbour", 1)[0]
    talk(person, "courtesy.apology", [(1, 2)] * 200, begin=datetime(2026, 1, 1, tzinfo=UTC))
    assert spans(person) == ["05-21", "06-19", "06-20", "07-19"]


def test_few_lately_reach_further_back(team: Make) -> None:
    person = team("Harbour", 1)[0]
    talk(person, "courtesy.apology", [(1, 2)] * 20, begin=datetime(2026, 1, 1, tzinfo=UTC))
    talk(person, "courtesy.apology", [(1, 2)] * 10, begin=datetime(2026, 8, 1, tzinfo=UTC), start=100)
    assert spans(person) == ["01-15", "08-02", "08-03", "08-10"], "as far as to sixteen conversations"


def test_one_day_has_no_halves(team: Make) -> None:
    person = team("Harbour", 1)[0]
    assert spans(person) == []
    talk(person, "courtesy.apology", [(1, 2)], begin=datetime(2026, 9, 7, tzinfo=UTC))
    assert spans(person) == []
    talk(person, "courtesy.apology", [(1, 2)], begin=datetime(2026, 9, 9, tzinfo=UTC), start=10)
    assert spans(person) == ["09-07", "09-08", "09-09", "09-09"]
