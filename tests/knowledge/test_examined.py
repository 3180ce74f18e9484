"""The list of where each trait is examined is true: it has the whole requirement, and every place it names exists."""

import hashlib
import re
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from poise.knowledge import SHIPPED, load
from poise.knowledge.examined import FRAME, Examined, Part, Sentence, check, load_examined
from poise.knowledge.interviews import LANGUAGES, load_item_bank
from poise.knowledge.rules import Phrases

REQUIREMENT = "977208a1358a962a11673adba927f30c54a65c92484174a3d652999360bbd729"
"""SHA-256 of the requirement's cells, one a line: they are not ours to change."""
NOT_BUILT = {"shift": ("poise.simulation", "poise.app.shifts"), "coaching": ("poise.app.coaching",)}
"""Where each of them will be: once it is there, the list must say what examines the sentence now."""
ASKS_FOR_AN_INTERVIEW = re.compile(r"\b(ask|interview|dilemma)\b")
ASKS_FOR_A_SHIFT = re.compile(r"\bin a shift\b")
ASKS_FOR_CONVERSATIONS = re.compile(r"\b(in conversations|real|concessions|plain words|goal question)\b")


def sentences() -> list[tuple[Part, Sentence]]:
    return [(part, one) for part in load_examined().part for one in part.sentence]


def rows(design: str) -> dict[str, tuple[str, str]]:
    """Cells of the requirement's table by trait, without its emphasis."""
    found = {}
    for line in design.splitlines():
        if match := re.fullmatch(r"\| \*\*([\w -]+)\*\*(?: \(weakness\))? \| (.+) \| (.+) \|", line):
            found[re.sub(r"[ -]", "_", match[1])] = (match[2].replace("*", ""), match[3].replace("*", ""))
    return found


# --- it is the requirement ---


def test_the_words_are_those_of_the_requirement(shared: Path) -> None:
    design = (shared / "design" / "DESIGN.md").read_text(encoding="utf-8")
    wanted = rows(design)
    assert list(wanted) == list(load().traits)
    frame = design.split("And the frame around them: ")[1].split("\n\n")[0]
    wanted[FRAME] = (" ".join(frame.replace("*", "").split()), "")
    assert {part.id: (part.looked_for, part.examined) for part in load_examined().part} == wanted


def test_the_requirement_has_not_been_changed_here() -> None:
    said = "\n".join(part.cell(of) for part in load_examined().part for of in ("looked_for", "examined"))
    assert hashlib.sha256(said.encode()).hexdigest() == REQUIREMENT


def test_each_sentence_is_there_in_each_language() -> None:
    for language in LANGUAGES:
        said = [one.text(language) for _, one in sentences()]
        assert all(said)
        assert len(set(said)) >= len(said) - 2
    assert all(one.he != one.words != one.nb != one.he for _, one in sentences())


# --- what it asks for is what is named ---


@pytest.mark.parametrize(("part", "one"), [pytest.param(*pair, id=pair[1].words[:40]) for pair in sentences()])
def test_a_sentence_is_examined_in_the_way_it_asks_for(part: Part, one: Sentence) -> None:
    if one.of == "looked_for":
        assert one.built, "what is looked for can be examined today, if only by a question"
        return
    asked = False
    if ASKS_FOR_AN_INTERVIEW.search(one.words):
        assert (one.questions or one.marks) and "interviews" in one.pages
        asked = True
    if ASKS_FOR_A_SHIFT.search(one.words):
        assert one.not_built == ("shift",)
        asked = True
    if ASKS_FOR_CONVERSATIONS.search(one.words):
        assert one.behaviours and "conversations" in one.pages
        asked = True
    assert asked, "this sentence asks for something that no test knows of"


@pytest.mark.parametrize(
    ("language", "customer", "colleague"),
    [
        ("en", "customer", "co-worker"),
        ("he", "לקוח", "עמית"),
        ("nb", "kunde", "kollega"),
    ],
)
def test_colleagues_are_asked_about_where_the_sentence_speaks_of_them(
    language: str, customer: str, colleague: str
) -> None:
    bank = load_item_bank().questions
    speaking = [one for _, one in sentences() if re.search(r"\b(co-worker|colleague)", one.words)]
    assert len(speaking) == 3
    for one in speaking:
        asked = " ".join(bank[key].text[language] for key in one.questions)
        assert customer in asked and colleague in asked, one.words


def test_each_trait_is_examined_in_the_interview_and_in_conversations() -> None:
    for part in load_examined().part:
        assert any(one.questions for one in part.sentence), part.id
        assert any(one.behaviours for one in part.sentence), part.id


def test_every_question_and_every_act_that_is_found_examines_something() -> None:
    asked = {key for _, one in sentences() for key in one.questions}
    assert asked == {*load_item_bank().questions, "strengths"}
    found = {key for _, one in sentences() for key in one.behaviours}
    for name, behaviour in load().behaviours.items():
        program = behaviour.rule.__struct_config__.tag not in ("human", "shift")
        assert (name in found) == program, name


def test_acts_that_are_found_by_words_have_some_in_english() -> None:
    for _, one in sentences():
        for key in one.behaviours:
            behaviour = load().behaviours[key]
            if isinstance(behaviour.rule, Phrases):
                assert behaviour.phrases["en"].match, key


@pytest.mark.parametrize("what", NOT_BUILT)
def test_what_is_not_built_is_not_there_and_said_where_it_will_be(what: str) -> None:
    waiting = [one.words for _, one in sentences() if what in one.not_built]
    exists = [name for name in NOT_BUILT[what] if find_spec(name) is not None]
    assert waiting, "nothing waits for it any more: take it out of the form of the list"
    assert not exists, f"{exists} is there: say in examined.toml what it examines"


# --- the loader is strict ---

SHIPPED_TEXT = (SHIPPED / "examined.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "entry", "complaint"),
    [
        ('words = "takes the time"', 'words = "takes time"', "helpful", "no sentence has 'takes time'"),
        ("lightens their load; not one", "lightens their load, sings; not one", "helpful", "no sentence has 'sings'"),
        ('of = "examined"\nwords = "twin', 'words = "twin', "avoids_favours", "no sentence has 'twin"),
        ('questions = ["helpful.dilemma"]', 'questions = ["helpful.riddle"]', "helpful, 'takes", "no question"),
        ('questions = ["helpful.dilemma"]', 'questions = ["organised.dilemma"]', "helpful, 'takes", "is of organised"),
        ('questions = ["helpful.dilemma"]', 'questions = ["strengths"]', "helpful, 'takes", "no question"),
        ('marks = ["greeted"]', 'marks = ["smiled"]', "considerate, 'good", "no mark smiled"),
        ('["help.patience"]', '["help.hurry"]', "helpful, 'takes", "no behaviour help.hurry"),
        ('["help.patience"]', '["calm.hostile"]', "helpful, 'takes", "is of stays_in_control"),
        ('["help.patience"]', '["help.unasked"]', "helpful, 'takes", "no program finds help.unasked"),
        ('["idle.offer"]', '["idle.useful"]', "hard_working, 'looks", "no program finds idle.useful"),
        ('also = ["solving.resolved"]', 'also = ["together.goal"]', "collaborative, 'works", "is of collaborative"),
        ('signals = ["customer.claim"]', 'signals = ["customer.joy"]', "avoids_debating, 'does", "no signal"),
        ('signals = ["customer.claim"]', 'signals = ["customer.thanks"]', "avoids_debating, 'does", "calls for none"),
        ('pages = ["person"]', 'pages = ["diary"]', "frame, 'so that", "diary is not listed"),
        ('\nnot_built = ["shift"]', "", "helpful, 'hidden", "examined nowhere"),
        ('nb = "Grupper på fem eller flere"', 'nb = ""', "", "length >= 1"),
        (', nb = "Grupper på fem eller flere"', "", "people_groups", "nb is missing"),
        ('not_built = ["shift"]', 'not_built = ["moon"]', "", "moon"),
        ('id = "helpful"', 'id = "kind"', "", "the parts must be helpful"),
    ],
)
def test_what_is_not_true_is_named(old: str, new: str, entry: str, complaint: str) -> None:
    assert old in SHIPPED_TEXT
    changed = SHIPPED_TEXT.replace(old, new, 1)
    try:
        read = msgspec.toml.decode(changed, type=Examined)
    except msgspec.ValidationError as error:
        assert not entry
        assert complaint in str(error)
        return
    found = [(problem.entry, problem.problem) for problem in check(read, load())]
    assert any(e.startswith(entry) and complaint in p for e, p in found), found


def test_a_sentence_that_is_left_out_is_named() -> None:
    blocks = SHIPPED_TEXT.split("[[part.sentence]]")
    for number, block in enumerate(blocks[1:], 1):
        # of the block only the sentence goes: what follows it may begin the next part
        rest = block.split("[[part]]")[1:]
        text = "[[part.sentence]]".join(blocks[:number]) + "".join(f"[[part]]{part}" for part in rest)
        text += "".join(f"[[part.sentence]]{other}" for other in blocks[number + 1 :])
        words = re.search(r'words = "(.+)"', block)
        assert words is not None
        found = [problem.problem for problem in check(msgspec.toml.decode(text, type=Examined), load())]
        assert any(": no sentence has " in problem for problem in found), words[1]
