"""A round by hand, without scripts: nothing of the experts before the rating, nothing changed after it."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from poise.app.accounts.models import Team, User
from poise.app.audit.models import Entry
from poise.app.interviews.calibration import rounds
from poise.app.interviews.calibration.models import PracticeRating, Round
from poise.app.interviews.calibration.passing import calibrated
from poise.app.interviews.kits.models import KitVersion
from poise.knowledge.interviews import PracticeAnswer

from .conftest import Practice, answers_of, assemble, content, finish, load_item_bank, off, other_anchor

SignedIn = Callable[..., Client]


def at(one: Round, number: int) -> str:
    return f"/hiring/calibration/rounds/{one.pk}/{number}/"


def reason(answer: PracticeAnswer, language: str = "en") -> str:
    return f"Because of “{' '.join(answer.answer[language].split()[2:7])}”."


def begin(browser: Client, kit: KitVersion) -> Round:
    told = browser.post(f"/hiring/calibration/kits/{kit.pk}/start/")
    assert told.status_code == 302
    return Round.objects.get(pk=told.url.split("/")[-2])


def text(browser: Client, url: str) -> str:
    told = browser.get(url, follow=True)
    assert told.status_code == 200
    return unescape(told.content.decode())


@pytest.mark.parametrize("language", ["en", "he", "nb"])
def test_a_whole_round_is_passed(practice: Practice, signed_in: SignedIn, language: str) -> None:
    browser = signed_in(practice.rater, language)
    one = begin(browser, practice.kit)
    for number, answer in enumerate(answers_of(one), 1):
        page = text(browser, f"/hiring/calibration/rounds/{one.pk}/")
        question = load_item_bank().questions[answer.question]
        assert answer.answer[language] in page
        assert question.text[language] in page
        assert all(texts[language] in page for texts in question.anchors.values())
        told = browser.post(
            at(one, number), {"level": off(answer.level, number % 2), "reason": reason(answer, language)}
        )
        assert told.status_code == 302
        page = text(browser, told.url)
        assert answer.why[language] in page
        assert f"<mark>{answer.quote[language]}</mark>" in page
    one.refresh_from_db()
    assert one.passed is True
    assert calibrated(practice.rater, practice.kit)
    entry = Entry.objects.get(kind="round")
    assert (entry.key, entry.detail) == (str(one.pk), {"kit": practice.kit.pk, "passed": True})
    page = text(browser, f"/hiring/calibration/rounds/{one.pk}/")
    assert page.count("<tr>") == 13
    if language == "en":
        assert "90% interval" in page
        assert "Calibrated since" in text(browser, "/hiring/calibration/")


def test_nothing_of_the_experts_is_in_the_page_before_the_rating(practice: Practice, signed_in: SignedIn) -> None:
    browser = signed_in(practice.rater)
    one = begin(browser, practice.kit)
    pages = set()
    for number, answer in enumerate(answers_of(one), 1):
        page = text(browser, at(one, number))
        assert not any(words in page for words in answer.why.values())
        assert "<mark>" not in page
        assert answer.id not in page
        for secret in (r'name="csrfmiddlewaretoken" value="\w+"', r'X-CSRFToken": "\w+"'):
            page = re.sub(secret, "", page)
        for shown in (answer.answer["en"], *load_item_bank().questions[answer.question].text.values()):
            page = page.replace(shown, "")
        for texts in load_item_bank().questions[answer.question].anchors.values():
            page = page.replace(texts["en"], "")
        for trait in ("Helpful", "Considerate", "Stays in control"):
            page = page.replace(trait, "")
        pages.add(page.replace(f"{number} of 12", "").replace(at(one, number), ""))
        rounds.rate(one, number, level=3, reason="Said so.")
    assert len(pages) == 1, "but for question, anchors and answer all pages are alike, whatever the level"


def test_an_answer_is_there_only_when_it_is_its_turn(practice: Practice, signed_in: SignedIn) -> None:
    browser = signed_in(practice.rater)
    one = begin(browser, practice.kit)
    assert browser.get(at(one, 1)).status_code == 200
    for number in (0, 2, 3, 12, 13):
        assert browser.get(at(one, number)).status_code == 404
        assert browser.post(at(one, number), {"level": 3, "reason": "x y z"}).status_code == 404
    assert not PracticeRating.objects.exists()


def test_a_rating_stays_as_it_was_given_first(practice: Practice, signed_in: SignedIn) -> None:
    browser = signed_in(practice.rater)
    one = begin(browser, practice.kit)
    answer = answers_of(one)[0]
    browser.post(at(one, 1), {"level": off(answer.level, 2), "reason": reason(answer)})
    told = browser.post(at(one, 1), {"level": answer.level, "reason": reason(answer)}, follow=True)
    assert "Your first rating stays." in told.content.decode()
    assert PracticeRating.objects.get().level == off(answer.level, 2)
    assert rounds.rate(one, 1, level=answer.level, reason="Again.") is False
    assert PracticeRating.objects.get().level == off(answer.level, 2)
    with pytest.raises(LookupError):
        rounds.rate(one, 3, level=1, reason="Too soon.")


@pytest.mark.parametrize(
    "given", [{"level": 3, "reason": "Pleasant."}, {"level": 3}, {"level": 6}, {"level": "x"}, {"reason": "fits"}]
)
def test_a_level_needs_a_reason_with_words_of_the_answer(
    practice: Practice, signed_in: SignedIn, given: dict[str, object]
) -> None:
    browser = signed_in(practice.rater)
    one = begin(browser, practice.kit)
    if given.get("reason") == "fits" or given.get("level") in {6, "x"}:
        given = {**given, "reason": reason(answers_of(one)[0])}
    told = browser.post(at(one, 1), given)
    assert told.status_code == 422
    assert "errorlist" in told.content.decode()
    assert not PracticeRating.objects.exists()


def test_words_are_the_answers_in_any_case_and_punctuation(practice: Practice, signed_in: SignedIn) -> None:
    browser = signed_in(practice.rater)
    one = begin(browser, practice.kit)
    words = re.findall(r"\w+", answers_of(one)[0].answer["en"])[4:7]
    assert browser.post(at(one, 1), {"level": 2, "reason": "… ".join(words).upper()}).status_code == 302


def test_hostile_words_are_shown_as_words(practice: Practice, signed_in: SignedIn) -> None:
    browser = signed_in(practice.rater)
    one = begin(browser, practice.kit)
    answer = answers_of(one)[0]
    browser.post(at(one, 1), {"level": 2, "reason": f"<script>x</script> {reason(answer)}"})
    assert "<script>x" not in browser.get(at(one, 1)).content.decode()


def test_a_round_is_resumed_where_it_stopped(practice: Practice, signed_in: SignedIn) -> None:
    one = begin(signed_in(practice.rater), practice.kit)
    for number in (1, 2, 3):
        rounds.rate(one, number, level=3, reason="Said so.")
    browser = signed_in(practice.rater)
    assert "3 of 12 rated" in text(browser, "/hiring/calibration/")
    assert begin(browser, practice.kit).pk == one.pk
    assert "Answer 4 of 12" in text(browser, f"/hiring/calibration/rounds/{one.pk}/")
    assert Round.objects.count() == 1


def test_pressed_twice_at_once_it_is_one_round_and_one_rating(committed_db: str, member: Callable[..., User]) -> None:
    practice = assemble(member)

    def at_once(act: Callable[[int], object]) -> list[object]:
        def and_close(number: int) -> object:
            try:
                return act(number)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(and_close, range(2)))

    begun = at_once(lambda _: rounds.start(practice.rater, practice.kit).pk)
    assert begun[0] == begun[1]
    one = Round.objects.get()
    taken = at_once(lambda number: rounds.rate(one, 1, level=number + 1, reason="Said so."))
    assert sorted(map(bool, taken)) == [False, True]
    assert PracticeRating.objects.count() == 1


def test_a_round_whose_answers_no_longer_ship_is_begun_anew(practice: Practice, signed_in: SignedIn) -> None:
    browser = signed_in(practice.rater)
    one = begin(browser, practice.kit)
    Round.objects.update(answers=[["helpful.gone", "helpful.past_1"], *one.answers[1:]])
    told = browser.get(at(one, 1), follow=True)
    assert "what is practised has changed" in told.content.decode()
    assert begin(browser, practice.kit).pk != one.pk
    assert Round.objects.count() == 1


def test_the_next_round_prefers_answers_not_seen(practice: Practice) -> None:
    first = set(map(tuple, finish(practice.rater, practice.kit, by=(2,)).answers))
    second = set(map(tuple, finish(practice.rater, practice.kit).answers))
    assert len(second - first) == 6, "all that were left of 18"


def test_rounds_of_others_are_not_there(practice: Practice, signed_in: SignedIn) -> None:
    one = finish(practice.rater, practice.kit)
    begun = rounds.start(practice.rater, practice.kit)
    for user in (practice.other, practice.manager):
        browser = signed_in(user)
        for url in (f"/hiring/calibration/rounds/{one.pk}/", at(one, 1), at(begun, 1)):
            assert browser.get(url).status_code == 404
        assert browser.post(at(begun, 1), {"level": 3, "reason": "x"}).status_code == 404


def test_kits_of_other_teams_and_drafts_are_not_there(practice: Practice, signed_in: SignedIn) -> None:
    browser = signed_in(practice.rater)
    draft = KitVersion.objects.create(kit=practice.kit.kit, number=2, content=practice.kit.content)
    other = practice.version(content(), title="Other")
    other.kit.team = Team.objects.create(name="Elsewhere")
    other.kit.save()
    for version in (draft, other):
        assert browser.get(f"/hiring/calibration/kits/{version.pk}/").status_code == 404
        assert browser.post(f"/hiring/calibration/kits/{version.pk}/start/").status_code == 404
    assert "Other" not in text(browser, "/hiring/calibration/")


def test_a_kit_without_practice_says_so(practice: Practice, signed_in: SignedIn) -> None:
    own = practice.version(
        content(**dict.fromkeys(("helpful", "considerate", "stays_in_control"), other_anchor)), title="Own questions"
    )
    browser = signed_in(practice.rater)
    assert "Cannot be practised" in text(browser, "/hiring/calibration/")
    page = text(browser, f"/hiring/calibration/kits/{own.pk}/")
    assert "Nobody can be calibrated on this kit." in page
    assert "switch off that raters must be calibrated" in page
    told = browser.post(f"/hiring/calibration/kits/{own.pk}/start/", follow=True)
    assert "too few practice answers" in told.content.decode()
    assert not Round.objects.exists()
    manager = signed_in(practice.manager)
    assert "cannot be practised" in text(manager, "/hiring/calibration/raters/")
    assert "switch off" in text(manager, f"/hiring/calibration/raters/{own.pk}/")


def test_the_rule_is_said_before_the_round(practice: Practice, signed_in: SignedIn) -> None:
    page = text(signed_in(practice.rater), f"/hiring/calibration/kits/{practice.kit.pk}/")
    assert "at least 10 of 12 ratings within one level" in page
    assert "no more than 8 levels (0.67 a rating on average)" in page


def test_the_manager_sees_who_is_calibrated_and_no_answer(practice: Practice, signed_in: SignedIn) -> None:
    finish(practice.rater, practice.kit)
    finish(practice.other, practice.kit, by=(2,))
    manager = signed_in(practice.manager)
    assert "1 of 3" in text(manager, "/hiring/calibration/raters/")
    page = text(manager, f"/hiring/calibration/raters/{practice.kit.pk}/")
    rows = dict(re.findall(r'<th scope="row"><bdi>(.*?)</bdi></th>\s*<td.*?<strong>(.*?)</strong>', page, re.S))
    assert rows["Ivan Petrov"].startswith("Calibrated since")
    assert rows["Ida Moe"].startswith("Not passed on")
    assert rows["Helen Brook"] == "Not calibrated yet"
    assert "rounds/" not in page
    assert "Said so." not in page
    assert signed_in(practice.rater).get("/hiring/calibration/raters/").status_code == 403


@pytest.mark.parametrize("page", ["/hiring/calibration/", "/hiring/calibration/raters/"])
def test_pages_ask_as_often_for_many_as_for_few(
    practice: Practice, signed_in: SignedIn, member: Callable[..., object], page: str
) -> None:
    browser = signed_in(practice.manager)
    counts = []
    for wanted in (1, 10):
        for number in range(KitVersion.objects.count(), wanted):
            version = practice.version(content(), title=f"Kit {number}")
            member("interviewer", practice.team)
            finish(practice.manager, version)
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(page).status_code == 200
        counts.append(len(asked))
    assert counts[1] <= counts[0] + 1, counts
