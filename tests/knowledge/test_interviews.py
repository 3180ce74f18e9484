"""The item bank that ships, its strict loading, and kits as they are kept and exported."""

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poise.knowledge import SHIPPED, KnowledgeError, load
from poise.knowledge.interviews import (
    LANGUAGES,
    MARKS,
    STRENGTHS,
    kit_from_json,
    kit_to_json,
    load_item_bank,
    start_kit,
)

TRAITS = list(load().traits)
WEIGHTS = {"helpful": 3.0, "stays_in_control": 1.0}
PRACTICE = """
[[answer]]
id = "helpful.past_1.a"
question = "helpful.past_1"
level = 3
answer = { en = "I gave them the number and put them through.", he = "נתתי מספר והעברתי.", nb = "Jeg ga nummeret." }
quote = { en = "put them through", he = "והעברתי", nb = "ga nummeret" }
why = { en = "Passed on, not checked.", he = "הועבר ולא נבדק.", nb = "Satt over, ikke sjekket." }
"""


# --- what ships ---


def test_each_trait_is_asked_about_twice_in_the_past_and_by_a_dilemma() -> None:
    bank = load_item_bank()
    assert len(bank.questions) == 3 * len(TRAITS)
    for trait in TRAITS:
        asked = {one.id: one.form for one in bank.of(trait)}
        assert asked == {f"{trait}.past_1": "past", f"{trait}.past_2": "past", f"{trait}.dilemma": "dilemma"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_in_each_language_and_not_a_copy(language: str) -> None:
    bank = load_item_bank()
    texts = [
        *(text for one in bank.questions.values() for text in (one.text, *one.anchors.values())),
        bank.strengths.text,
        *bank.probes,
        *bank.marks.values(),
    ]
    assert len(texts) == 33 * 4 + 1 + 4 + len(MARKS)
    said = [text[language] for text in texts]
    assert len(set(said)) == len(said)
    if language != "en":
        assert all(text[language] != text["en"] for text in texts)
    if language == "he":
        assert all(any("א" <= letter <= "ת" for letter in text) for text in said)


def test_the_higher_levels_tell_of_more() -> None:
    # an anchor at 5 names several acts; one at 1 names what was left undone
    for one in load_item_bank().questions.values():
        for language in LANGUAGES:
            assert len(one.anchors["5"][language]) > len(one.anchors["1"][language]), (one.id, language)


def test_the_bank_stands_without_practice_answers_and_recordings(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    bank = load_item_bank(folder)
    assert bank.practice == {}
    assert bank.recorded == {}
    assert bank.questions == load_item_bank().questions


# --- a folder of one's own ---


def copied(target: Path) -> Path:
    """Traits and item bank, without what raters train on."""
    shutil.copy(SHIPPED / "traits.toml", target)
    shutil.copytree(SHIPPED / "interviewing" / "questions", target / "interviewing" / "questions")
    shutil.copy(SHIPPED / "interviewing" / "frame.toml", target / "interviewing")
    return target


def with_practice(folder: Path) -> None:
    (folder / "interviewing" / "practice").mkdir()
    (folder / "interviewing" / "practice" / "helpful.toml").write_text(PRACTICE, encoding="utf-8")


def with_recording(folder: Path, leave_out: str = "") -> None:
    """A recorded interview that answers all but one question."""
    lines = ['id = "noa"', 'name = { en = "Noa", he = "נעה", nb = "Noa" }']
    for key in load_item_bank().questions:
        if key != leave_out:
            lines += ["[[answers]]", f'question = "{key}"', "level = 2", 'answer = { en = "a", he = "א", nb = "b" }']
    (folder / "interviewing" / "recorded").mkdir()
    (folder / "interviewing" / "recorded" / "noa.toml").write_text("\n".join(lines), encoding="utf-8")


def problems(folder: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(KnowledgeError) as caught:
        load_item_bank(folder)
    return [(problem.file, problem.entry, problem.problem) for problem in caught.value.problems]


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / "interviewing" / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} has no {old}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_practice_answers_and_recordings_are_read(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    with_practice(folder)
    with_recording(folder)
    bank = load_item_bank(folder)
    assert bank.practice["helpful.past_1.a"].level == 3
    assert [answer.question for answer in bank.recorded["noa"].answers] == list(bank.questions)


HELPFUL = "questions/helpful.toml"
ID = 'id = "helpful.past_1"'
TEXT = 'en = "Tell me about a customer who needed something that was not strictly your job. What did you do?"'
LEVEL_1 = 'en = "Told the customer that it was not their job, or gave a number, and went on with something else."'
PROBE = 'en = "What happened next?"'


@pytest.mark.parametrize(
    ("file", "old", "new", "entry", "complaint"),
    [
        (HELPFUL, "[[question]]", "[[question]", "", "is not TOML"),
        (HELPFUL, ID, ID + '\nwieght = "2"', "helpful.past_1", "wieght"),
        (HELPFUL, 'form = "past"', 'form = "future"', "helpful.past_1", "future"),
        (HELPFUL, ID, 'id = "Helpful 1"', "Helpful 1", "regex"),
        (HELPFUL, TEXT, "", "helpful.past_1", "text.en: is missing"),
        (HELPFUL, TEXT, 'en = "  "', "helpful.past_1", "text: en is empty"),
        (HELPFUL, TEXT, TEXT + '\nfr = "Racontez."', "helpful.past_1", "'fr' is unknown"),
        (HELPFUL, LEVEL_1, "", "helpful.past_1", "anchors.1: en is missing"),
        (HELPFUL, "[question.anchors.3]", "[question.anchors.2]", "helpful.past_1", "$"),
        (HELPFUL, 'id = "helpful.past_2"', ID, "helpful.past_1", "stands twice"),
        (HELPFUL, 'trait = "helpful"', 'trait = "helpfull"', "helpful.past_1", "there is no trait 'helpfull'"),
        (HELPFUL, 'form = "past"', 'form = "dilemma"', "", "has dilemma, dilemma, past"),
        (HELPFUL, 'form = "past"', 'form = "strengths"', "helpful.past_1", "no trait and no anchor"),
        (HELPFUL, ID, 'id = "strengths"', "strengths", "the one question that is not rated"),
        ("frame.toml", 'id = "strengths"', 'id = "weaknesses"', "strengths", "its id must be"),
        ("frame.toml", 'form = "strengths"', 'form = "past"', "strengths", "level 1 is missing"),
        ("frame.toml", PROBE, "", "probe 2", "en: is missing"),
        ("frame.toml", "nodded =", "noded =", "marks.nodded", "is missing"),
        ("frame.toml", "nodded =", "noded =", "marks.noded", "no such mark"),
        ("frame.toml", 'nb = "Nikket"', 'nb = ""', "", "marks"),
        ("practice/helpful.toml", "level = 3", "level = 6", "helpful.past_1.a", "<= 5"),
        ("practice/helpful.toml", '"helpful.past_1"', '"helpful.past_9"', "helpful.past_1.a", "no question"),
        ("practice/helpful.toml", 'nb = "ga nummeret"', 'nb = "ga navnet"', "helpful.past_1.a", "not in the answer"),
        ("practice/helpful.toml", ', nb = "Satt over, ikke sjekket."', "", "helpful.past_1.a", "why.nb: is missing"),
        ("recorded/noa.toml", '"helpful.dilemma"', '"helpful.past_1"', "helpful.past_1", "answered twice"),
        ("recorded/noa.toml", '"helpful.dilemma"', '"helpful.idea"', "helpful.idea", "no such question"),
        ("recorded/noa.toml", '"helpful.dilemma"', '"helpful.idea"', "helpful.dilemma", "has no answer"),
        ("recorded/noa.toml", ', nb = "b"', "", "avoids_debating.past_1", "answer.nb: is missing"),
        ("recorded/noa.toml", ', nb = "Noa"', "", "noa", "name.nb: is missing"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, file: str, old: str, new: str, entry: str, complaint: str) -> None:
    folder = copied(tmp_path)
    with_practice(folder)
    with_recording(folder)
    edit(folder, file, old, new)
    found = problems(folder)
    assert any(f == f"interviewing/{file}" and e == entry and complaint in p for f, e, p in found), found


def test_what_stands_in_two_files_is_named(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    with_practice(folder)
    with_recording(folder)
    for room, name in (("practice", "helpful"), ("recorded", "noa")):
        shutil.copy(folder / f"interviewing/{room}/{name}.toml", folder / f"interviewing/{room}/zz.toml")
    assert [found[:2] for found in problems(folder)] == [
        ("interviewing/practice/zz.toml", "helpful.past_1.a"),
        ("interviewing/recorded/zz.toml", "noa"),
    ]


def test_a_trait_without_questions_is_named(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "interviewing/questions/organised.toml").unlink()
    (folder / "interviewing/questions/helpful.toml").unlink()
    assert [found[0] for found in problems(folder)] == [
        "interviewing/questions/helpful.toml",
        "interviewing/questions/organised.toml",
    ]


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    edit(folder, HELPFUL, TEXT, "")
    edit(folder, "questions/organised.toml", 'form = "past"', 'form = "later"')
    edit(folder, "frame.toml", PROBE, "")
    assert {found[0] for found in problems(folder)} == {
        "interviewing/questions/helpful.toml",
        "interviewing/questions/organised.toml",
        "interviewing/frame.toml",
    }


def test_a_folder_without_a_bank_says_so(tmp_path: Path) -> None:
    assert problems(tmp_path) == [("interviewing/frame.toml", "", "is missing: there is no item bank here")]


# --- kits ---


def test_a_kit_has_all_questions_of_its_traits_and_the_unscored_one_last() -> None:
    bank = load_item_bank()
    kit = start_kit(bank, WEIGHTS)
    assert [one.id for one in kit.questions] == [
        *(one.id for trait in WEIGHTS for one in bank.of(trait)),
        STRENGTHS,
    ]
    assert [one.id for one in kit.questions if not one.scored] == [STRENGTHS]
    assert kit.weights() == {"helpful": 0.75, "stays_in_control": 0.25}
    assert kit.languages() == list(LANGUAGES)
    assert len(kit.probes) == 4


def test_a_kit_of_a_trait_that_the_bank_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="no question for punctual"):
        start_kit(load_item_bank(), {"helpful": 1.0, "punctual": 1.0})


def test_a_kit_comes_back_from_json_as_it_was() -> None:
    kit = start_kit(load_item_bank(), dict.fromkeys(TRAITS, 1.0))
    back = kit_from_json(json.loads(json.dumps(kit_to_json(kit))))
    assert back == kit
    assert back.digest() == kit.digest()
    assert back.question("organised.dilemma").trait == "organised"
    with pytest.raises(KeyError):
        back.question("organised.past_9")


def test_the_digest_is_the_content() -> None:
    plain = kit_to_json(start_kit(load_item_bank(), WEIGHTS))
    digest = kit_from_json(plain).digest()
    # keys in another order say the same; questions in another order are asked in another order
    turned = json.loads(json.dumps(plain, sort_keys=True))
    assert kit_from_json(turned).digest() == digest
    swapped = {**plain, "questions": [*plain["questions"][1::-1], *plain["questions"][2:]]}
    assert kit_from_json(swapped).digest() != digest
    heavier = {**plain, "traits": {**plain["traits"], "helpful": 2.0}}
    assert kit_from_json(heavier).digest() != digest


def drop_trait(kit: dict[str, Any]) -> None:
    del kit["traits"]["helpful"]


def drop_strengths(kit: dict[str, Any]) -> None:
    kit["questions"].pop()


def drop_questions(kit: dict[str, Any]) -> None:
    kit["questions"] = kit["questions"][3:]


def repeat(kit: dict[str, Any]) -> None:
    kit["questions"].append(kit["questions"][0])


def no_traits(kit: dict[str, Any]) -> None:
    kit["traits"] = {}
    kit["questions"] = kit["questions"][-1:]


def languages_apart(kit: dict[str, Any]) -> None:
    kit["probes"] = [{"he": "מה קרה אחר כך?"}]
    for one in kit["questions"]:
        one["text"].pop("he")


def put(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    """Set one value deep in a kit."""

    def change(kit: Any) -> None:
        for step in path[:-1]:
            kit = kit[step]
        kit[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (drop_trait, "helpful.past_1: helpful is not a trait of the kit"),
        (drop_strengths, "questions: the question about strengths and weaknesses is missing"),
        (drop_questions, "traits: helpful has no question"),
        (repeat, "questions: the id helpful.past_1 stands twice"),
        (no_traits, "traits: none is chosen"),
        (languages_apart, "there is no language in which every question and probe is written"),
        (put("questions", 0, "anchors", value={}), "helpful.past_1: anchors: level 3 is missing"),
        (put("questions", 0, "anchors", "3", value={}), "helpful.past_1: anchors: level 3 is missing"),
        (put("questions", 0, "anchors", "3", "he", value=" "), "helpful.past_1: anchors.3: he is empty"),
        (put("questions", 0, "anchors", "3", value={"en": "x"}), "helpful.past_1: anchors.3: nb is missing"),
        (put("questions", 0, "text", value={}), "helpful.past_1: text: it says nothing"),
        (put("questions", 0, "text", "fr", value="Oui?"), "helpful.past_1: text: the language 'fr' is unknown"),
        (put("questions", 0, "trait", value=None), "helpful.past_1: None is not a trait of the kit"),
        (put("questions", 6, "trait", value="helpful"), "strengths: nothing is scored here"),
        (put("questions", 0, "form", value="strengths"), "helpful.past_1: form:"),
        (put("questions", 0, "form", value="hunch"), "$.questions[0].form"),
        (put("questions", 0, "score", value=5), "$.questions[0]"),
        (put("questions", 0, "id", value="<b>"), "$.questions[0].id"),
        (put("questions", 0, "text", "en", value="x" * 2_001), "$.questions[0].text"),
        (put("traits", "helpful", value=0), "$.traits"),
        (put("traits", "helpful", value=math.nan), "$.traits"),
        (put("traits", "helpful", value=math.inf), "$.traits"),
        (put("traits", "helpful", value="much"), "$.traits"),
        (put("probes", 1, value={}), "probe 2: it says nothing"),
        (put("probes", 1, value="Why?"), "$.probes[1]"),
        (put("questions", value=None), "$.questions"),
        (put("verdict", value="hire"), "verdict"),
    ],
)
def test_a_kit_of_the_wrong_form_is_refused_with_the_place(
    change: Callable[[dict[str, Any]], None], complaint: str
) -> None:
    plain = json.loads(json.dumps(kit_to_json(start_kit(load_item_bank(), WEIGHTS))))
    change(plain)
    with pytest.raises(ValueError) as caught:
        kit_from_json(plain)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("plain", [None, [], "kit", {}, {"traits": {}, "questions": []}])
def test_what_is_no_kit_at_all_is_refused(plain: object) -> None:
    with pytest.raises(ValueError, match=r"Expected `object`|missing required field"):
        kit_from_json(plain)
