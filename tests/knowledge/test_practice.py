"""The practice answers and the recorded interview that ship: levels, lengths, languages, and nothing said twice."""

from __future__ import annotations

import re
import shutil
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from poise.knowledge import SHIPPED, KnowledgeError
from poise.knowledge.interviews import LANGUAGES, LEVELS, load_item_bank

BANK = load_item_bank()
TRAITS = sorted({str(one.trait) for one in BANK.questions.values()})
HEBREW = re.compile("[\u05d0-\u05ea]")


def of(trait: str) -> list[str]:
    return [key for key, one in BANK.practice.items() if BANK.questions[one.question].trait == trait]


def words(text: str) -> int:
    return len(text.split())


def test_there_are_eleven_traits() -> None:
    assert len(TRAITS) == 11


@pytest.mark.parametrize("trait", TRAITS)
def test_a_traits_answers_are_spread_over_levels_and_questions(trait: str) -> None:
    answers = [BANK.practice[key] for key in of(trait)]
    assert len(answers) >= 5
    assert {one.level for one in answers} == set(LEVELS)
    assert {one.question for one in answers} == {one.id for one in BANK.of(trait)}


def test_levels_are_even_over_all_and_no_question_gives_its_level_away() -> None:
    levels = Counter(one.level for one in BANK.practice.values())
    assert max(levels.values()) - min(levels.values()) <= 5, levels
    by_form: dict[str, set[int]] = defaultdict(set)
    by_place: dict[str, set[int]] = defaultdict(set)
    for one in BANK.practice.values():
        by_form[one.question.split(".")[1]].add(one.level)
        by_place[one.id.rsplit(".")[-1]].add(one.level)
    assert all(len(found) >= 4 for found in (*by_form.values(), *by_place.values()))


def test_length_does_not_tell_the_level() -> None:
    """Who goes by how much somebody says would not come near the experts."""
    lengths: dict[int, list[int]] = defaultdict(list)
    for one in BANK.practice.values():
        lengths[one.level].append(words(one.answer["en"]))
    means = [sum(found) / len(found) for _, found in sorted(lengths.items())]
    assert max(means) - min(means) < 8, means


@pytest.mark.parametrize("key", BANK.practice)
def test_a_practice_answer(key: str) -> None:
    one = BANK.practice[key]
    for code in LANGUAGES:
        assert 40 <= words(one.answer[code]) <= 80, code
        assert one.quote[code] in one.answer[code]
        assert 2 <= words(one.quote[code]) <= 30, code
        assert words(one.quote[code]) < words(one.answer[code]) / 2, "the quote decides, it is not the whole answer"
        assert 8 <= words(one.why[code]) <= 60, code
        for text in (one.answer[code], one.quote[code], one.why[code]):
            assert bool(HEBREW.search(text)) is (code == "he")
            assert text == text.strip()


@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_is_said_twice(code: str) -> None:
    practised = [one.answer[code] for one in BANK.practice.values()]
    recorded = [one.answer[code] for interview in BANK.recorded.values() for one in interview.answers]
    runs: Counter[tuple[str, ...]] = Counter()
    for text in (*practised, *recorded):
        said = re.findall(r"\w+", text.casefold())
        runs.update({tuple(said[start : start + 9]) for start in range(len(said) - 8)})
    assert [run for run, count in runs.items() if count > 1] == []


@pytest.mark.parametrize("key", BANK.recorded)
def test_a_recorded_interview(key: str) -> None:
    one = BANK.recorded[key]
    assert {answer.question for answer in one.answers} == set(BANK.questions)
    assert set(one.name) == set(LANGUAGES)
    for answer in one.answers:
        for code in LANGUAGES:
            assert 40 <= words(answer.answer[code]) <= 65, (answer.question, code)
            assert bool(HEBREW.search(answer.answer[code])) is (code == "he")
    levels = Counter(answer.level for answer in one.answers)
    assert set(levels) == {2, 3, 4, 5}
    assert min(levels.values()) >= 3
    for trait in TRAITS:
        mine = [answer.level for answer in one.answers if BANK.questions[answer.question].trait == trait]
        assert 2 <= sum(mine) / len(mine) < 5


def test_a_quote_that_is_not_in_the_answer_is_named(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "interviewing", tmp_path / "interviewing")
    shutil.copy(SHIPPED / "traits.toml", tmp_path)
    file = tmp_path / "interviewing/practice/helpful.toml"
    text = file.read_text("utf-8")
    quote = BANK.practice["helpful.past_1.a"].quote["en"]
    place = text.rindex(quote, 0, text.index("[answer.why]"))
    file.write_text(text[:place] + "I never said that." + text[place + len(quote) :], "utf-8")
    with pytest.raises(KnowledgeError, match=r"helpful\.past_1\.a.*quote\.en: these words are not in the answer"):
        load_item_bank(tmp_path)
