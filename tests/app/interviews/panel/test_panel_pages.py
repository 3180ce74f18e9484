"""The pages of the panel: what they show, to whom, and what they leave behind."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from poise.app.access import Role
from poise.app.accounts.models import Membership, User
from poise.app.api import api
from poise.app.audit.models import Entry
from poise.app.interviews.campaigns.models import Candidate, Interview, Seat
from poise.app.interviews.panel.gathering import digest_of, ratings
from poise.app.interviews.panel.models import Look
from poise.app.interviews.room.models import Mark, Quote, Rating
from poise.reading.ratings import read_ratings

Enter = Callable[[User], Client]


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def compare(hiring: Any, *which: int, order: str = "name") -> str:
    query = "&".join(f"candidate={hiring.candidates[n].pk}" for n in which)
    return reverse("panel_compare", args=[hiring.campaign.pk]) + f"?{query}&order={order}"


def addresses(hiring: Any) -> dict[str, str]:
    key, candidate = hiring.campaign.pk, hiring.candidates[0].pk
    return {
        "panel_campaign": reverse("panel_campaign", args=[key]),
        "panel_candidate": reverse("panel_candidate", args=[candidate]),
        "panel_compare": compare(hiring, 0, 1),
        "panel_ratings": reverse("panel_ratings", args=[key]),
    }


def test_raters_stand_side_by_side_with_their_words_the_largest_difference_first(rated: Any, signed_in: Enter) -> None:
    seat = rated.seat(0, 1)
    Rating.objects.filter(seat=seat, question="considerate.past").update(level=1)
    Quote.objects.create(seat=seat, question="considerate.past", text="<b>I let them wait</b>", at=timezone.now())
    Mark.objects.create(seat=seat, kind="greeted", at=timezone.now())
    page = signed_in(rated.manager).get(addresses(rated)["panel_candidate"])
    body = page.content.decode()
    assert page.status_code == 200
    first = body.index("Tell me: considerate?")
    assert first < body.index("Tell me: helpful?"), "the question that is three levels apart comes first"
    assert "&lt;b&gt;I let them wait&lt;/b&gt;" in body and "<b>I let them wait" not in body
    assert "Ivan Petrov" in body and "Ida Moe" in body and "3 levels apart" in text(page)
    assert "Greeted: 1" in text(page) and "never scored" in text(page)


def test_a_rating_that_was_set_aside_stays_readable_and_is_no_difference(rated: Any, signed_in: Enter) -> None:
    client = signed_in(rated.manager)
    address = addresses(rated)["panel_candidate"]
    Rating.objects.filter(seat__interview__candidate=rated.candidates[0]).update(level=4)
    Rating.objects.filter(seat=rated.seat(0, 1), question="helpful.past").update(level=1)
    assert "3 levels apart" in text(client.get(address))
    Rating.objects.filter(seat=rated.seat(0, 1), question="helpful.past").update(set_aside_at=timezone.now())
    page = text(client.get(address))
    assert "levels apart" not in page and "level 1" in page and page.count("set aside") == 1
    assert ratings(rated.campaign).height == 35


def test_levels_are_shown_by_cluster_and_hidden_traits_have_no_number(rated: Any, signed_in: Enter) -> None:
    for name in ("panel_candidate", "panel_compare", "panel_campaign"):
        body = text(signed_in(rated.manager).get(addresses(rated)[name]))
        assert "Care" in body
        levels = re.findall(r"Helpful\s+(\d\.\d)\b", body)
        assert not levels, f"{name} says {levels} of a trait that cannot be told apart"
    assert "cannot be told apart from the other traits" in text(
        signed_in(rated.manager).get(addresses(rated)["panel_candidate"])
    )


def test_what_is_seen_leaves_a_look_with_the_digest_and_a_line_in_the_log(rated: Any, signed_in: Enter) -> None:
    client = signed_in(rated.manager)
    digest = digest_of(ratings(rated.campaign))
    for name, address in addresses(rated).items():
        assert client.get(address).status_code == 200
        looks = Look.objects.filter(page=name)
        about = {"panel_candidate": [0], "panel_compare": [0, 1]}.get(name)
        wanted = {rated.candidates[n].pk for n in about} if about else {None}
        assert set(looks.values_list("candidate", flat=True)) == wanted
        assert set(looks.values_list("digest", "user")) == {(digest, rated.manager.pk)}
        entries = Entry.objects.filter(purpose="selection", detail__page=name)
        assert entries.count() == len(wanted) and {entry.detail["digest"] for entry in entries} == {digest}
    assert not Entry.objects.filter(detail__icontains="Amal").exists()


def test_nothing_is_seen_before_ones_own_ratings_are_in(rated: Any, signed_in: Enter) -> None:
    Membership.objects.create(user=rated.raters[0], role=Role.HIRING_MANAGER, team=rated.team)
    Seat.objects.filter(pk=rated.seat(0, 0).pk).update(submitted_at=None)
    client = signed_in(rated.raters[0])
    for name, address in addresses(rated).items():
        page = client.get(address)
        if name == "panel_ratings":
            assert page.status_code == 404
            continue
        assert page.status_code == 200 and "Not yet" in text(page)
        for word in ("I did helpful.past", "level 4", "levels apart", "Ida Moe", "Bo Lind"):
            assert word not in text(page).replace("Recorded interviews", ""), (name, word)
    other = reverse("panel_candidate", args=[rated.candidates[1].pk])
    page = text(client.get(other))
    assert "Not yet" in page and "Ida Moe" not in page and "level 3" not in page, (
        "from one candidate's page to the next is a comparison, whomever they have rated already"
    )
    assert "Amal Haddad" in page, "whom they have still to rate"
    assert not Look.objects.filter(user=rated.raters[0]).exists()
    Seat.objects.filter(pk=rated.seat(0, 0).pk).update(submitted_at=timezone.now())
    assert "Ida Moe" in text(client.get(other))


def test_one_rater_alone_shows_no_differences(rated: Any, signed_in: Enter) -> None:
    client = signed_in(rated.manager)
    address = addresses(rated)["panel_candidate"]
    assert "of 6 questions" in text(client.get(address))
    rated.seat(0, 1).delete()
    page = text(client.get(address))
    assert "Each answer was rated by one rater alone" in page and "differ on" not in page and "agreed" not in page


def test_an_open_page_shows_nothing_of_an_interview_that_others_have_not_rated(rated: Any, signed_in: Enter) -> None:
    Seat.objects.filter(pk=rated.seat(0, 0).pk).update(submitted_at=None)
    client = signed_in(rated.manager)
    page = text(client.get(addresses(rated)["panel_candidate"]))
    assert "Still awaited" in page and "Ivan Petrov" in page
    assert "I did helpful" not in page and "Ida Moe" not in page
    assert not Look.objects.filter(page="panel_candidate").exists(), "who saw nothing may still be a rater"
    saved = client.get(addresses(rated)["panel_ratings"]).content.decode()
    assert "C0" not in saved and "C1" in saved


def test_an_auditor_with_a_seat_waits_too_and_sees_codes_alone(rated: Any, auditor: User, signed_in: Enter) -> None:
    client = signed_in(auditor)
    address = reverse("panel_audit", args=[rated.campaign.pk])
    saved = reverse("panel_audit_ratings", args=[rated.campaign.pk])
    body = client.get(address).content.decode()
    for name in ("Amal", "Bo Lind", "Chaya", "Ivan", "Ida Moe", "I did"):
        assert name not in body and name not in client.get(saved).content.decode()
    assert "C0" in body and "R1" in body and "Structure" in body
    interview = Interview.objects.get(candidate=rated.candidates[1])
    Seat.objects.create(interview=interview, rater=auditor)
    waiting = client.get(address)
    assert "Not yet" in text(waiting) and "R1" not in text(waiting) and client.get(saved).status_code == 404


@pytest.mark.parametrize("role", [Role.INTERVIEWER, Role.COACH, Role.ADMINISTRATOR, Role.CANDIDATE])
def test_others_do_not_come_in(rated: Any, role: Role, member: Callable[..., User], signed_in: Enter) -> None:
    client = signed_in(member(role, rated.team if role in (Role.INTERVIEWER, Role.COACH) else None))
    for address in (*addresses(rated).values(), reverse("panel_audit", args=[rated.campaign.pk])):
        assert client.get(address).status_code == 403
    stranger = member(Role.HIRING_MANAGER, type(rated.team).objects.create(name="Elsewhere"))
    for address in addresses(rated).values():
        assert signed_in(stranger).get(address).status_code == 404


def test_the_file_is_read_by_the_command_line(rated: Any, signed_in: Enter, tmp_path: Any) -> None:
    path = tmp_path / "ratings.csv"
    path.write_bytes(signed_in(rated.manager).get(addresses(rated)["panel_ratings"]).content)
    read = read_ratings(path)
    own = ratings(rated.campaign)
    assert read.rejects.is_empty() and read.table.height == own.height == 36
    assert set(read.table["person"]) == {"C0", "C1", "C2"} and set(read.table["rater"]) == {"R1", "R2"}
    assert read.table["at"].sort().to_list() == own["at"].sort().to_list()


def test_the_comparison_is_by_name_or_chance_and_has_no_total(rated: Any, signed_in: Enter) -> None:
    client = signed_in(rated.manager)
    page = client.get(compare(rated, 2, 0, 1))
    body = page.content.decode()
    care = body[body.index('id="part-care"') :]
    assert care.index("Amal Haddad") < care.index("Bo Lind") < care.index("Chaya Mizrahi")
    assert "no total and no ranking" in text(page) and "Not built yet" in text(page)
    assert re.search(r"above|cannot be told apart", text(page))
    said = re.findall(r"<li>([^<]*(?:above|told apart)[^<]*)</li>", body)
    assert said and all(one.count("\u2068") == one.count("\u2069") >= 2 for one in said), "a name of any direction"
    orders = {
        tuple(
            re.findall(
                r"(Amal|Bo|Chaya) \w+</bdi></a></th>",
                client.get(compare(rated, 0, 1, 2, order="random")).content.decode(),
            )[:3]
        )
        for _ in range(12)
    }
    assert len(orders) > 1
    for which in ((0,), (0, 0)):
        few = client.get(compare(rated, *which))
        assert few.status_code == 422 and 'id="part-care"' not in few.content.decode()
    assert client.get(compare(rated) + "&candidate=abc&candidate=9999999&candidate=٣").status_code == 422


def test_the_alternative_process_stands_apart(rated: Any, signed_in: Enter) -> None:
    Candidate.objects.filter(pk=rated.candidates[0].pk).update(alternative=True)
    client = signed_in(rated.manager)
    page = client.get(compare(rated, 0, 1))
    assert page.status_code == 422 and "1 candidate goes through the alternative process" in text(page)
    own = text(client.get(addresses(rated)["panel_candidate"]))
    assert "nothing is computed" in own and "Levels From 1 to 5" not in own
    assert "Amal" not in text(client.get(addresses(rated)["panel_campaign"]))


def test_a_panel_in_two_parts_is_told_who_rates_whom(rated: Any, signed_in: Enter) -> None:
    Seat.objects.filter(interview__candidate=rated.candidates[0], rater=rated.raters[1]).delete()
    Seat.objects.exclude(interview__candidate=rated.candidates[0]).filter(rater=rated.raters[0]).delete()
    page = text(signed_in(rated.manager).get(addresses(rated)["panel_campaign"]))
    assert "no rater in common" in page
    assert re.search(r"(Ivan Petrov|Ida Moe) rates (Amal Haddad|Bo Lind|Chaya Mizrahi) on", page)


@pytest.mark.parametrize("level", [1, 3, 5])
def test_all_equal_ratings_are_said_to_tell_nobody_apart(
    hiring: Any, submit: Any, signed_in: Enter, level: int
) -> None:
    for candidate in range(2):
        for rater in range(2):
            submit(hiring.seat(candidate, rater), level)
    client = signed_in(hiring.manager)
    assert "All ratings are equal" in text(client.get(addresses(hiring)["panel_campaign"]))
    assert "cannot be told apart" in text(client.get(compare(hiring, 0, 1)))


def test_an_empty_campaign_has_pages(hiring: Any, auditor: User, signed_in: Enter) -> None:
    client = signed_in(hiring.manager)
    assert "No interview has been rated by all" in text(client.get(addresses(hiring)["panel_campaign"]))
    assert "0 of 3" in text(client.get(reverse("panels")))
    assert client.get(reverse("panel_compare", args=[hiring.campaign.pk])).status_code == 200
    assert "there is nothing to see" in text(client.get(addresses(hiring)["panel_candidate"]))
    assert "0 of 3" in text(signed_in(auditor).get(reverse("panel_audits")))


@pytest.mark.parametrize("language", ["he", "nb"])
def test_pages_in_hebrew_are_mirrored(rated: Any, signed_in: Enter, language: str) -> None:
    client = signed_in(rated.manager)
    english = client.get(compare(rated, 0, 1)).content.decode()
    other = client.get(compare(rated, 0, 1), headers={"Accept-Language": language}).content.decode()

    def strokes(body: str) -> list[float]:
        return [float(x) for x in re.findall(r'class="at" d="M([\d.]+) ', body)]

    assert strokes(english)
    mirrored = [round(240 - x, 1) for x in strokes(english)]
    assert strokes(other) == (mirrored if language == "he" else strokes(english))
    for address in addresses(rated).values():
        assert client.get(address, headers={"Accept-Language": language}).status_code == 200


def test_the_number_of_queries_does_not_grow(
    rated: Any, submit: Any, signed_in: Enter, django_queries: Callable[..., int]
) -> None:
    client = signed_in(rated.manager)
    pages = {name: address for name, address in addresses(rated).items() if name != "panel_compare"}

    def counted(up_to: int) -> dict[str, int]:
        for number in range(rated.campaign.candidates.count(), up_to):
            candidate = Candidate.objects.create(
                campaign=rated.campaign, code=f"D{number}", name=f"Person {number}", stage=rated.stage
            )
            interview = Interview.objects.create(candidate=candidate, stage=rated.stage, mode="video")
            for rater in rated.raters:
                submit(Seat.objects.create(interview=interview, rater=rater), 1 + number % 5)
        return {name: django_queries(client, address) for name, address in pages.items()}

    few = counted(12)  # from ten on there are shares of variance too, which the cache keeps
    assert counted(30) == few and max(few.values()) <= 50, few


def test_the_rest_api_hands_out_no_ratings() -> None:
    described = api.get_openapi_schema()
    schemas = described["components"]["schemas"]

    def fields(part: Any) -> set[str]:
        if isinstance(part, list):
            return set().union(*map(fields, part))
        if not isinstance(part, dict):
            return set()
        name = str(part.get("$ref", "")).rpartition("/")[2]
        own = fields(schemas[name]) if name else set()
        return own | set(part.get("properties", ())) | fields(list(part.values()))

    hiring = {path: call for path, call in described["paths"].items() if "candidate" in path or "campaign" in path}
    answers = fields([way["responses"] for call in hiring.values() for way in call.values()])
    assert "state" in answers, "candidates can be asked for, with where they stand"
    assert not answers & {"rating", "ratings", "level", "levels", "mean", "quote", "quotes", "severity", "rater"}
    assert not [path for path in described["paths"] if "panel" in path or "rating" in path]
