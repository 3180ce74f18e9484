"""Strict loading: whatever is wrong in a file is named with its file and entry."""

import shutil
from pathlib import Path

import pytest

from poise.knowledge import SHIPPED, KnowledgeError, load

TRAITS = """
[[cluster]]
id = "care"
title = { en = "Care", he = "אכפתיות", nb = "Omsorg" }
[[trait]]
id = "considerate"
cluster = "care"
title = { en = "Considerate", he = "מתחשב", nb = "Hensynsfull" }
definition = { en = "d", he = "ה", nb = "d" }
examined = { en = "e", he = "ב", nb = "u" }
"""
SIGNAL = """
[[signal]]
id = "customer.problem"
side = "customer"
title = { en = "Problem", he = "בעיה", nb = "Problem" }
definition = "Something is wrong."
[signal.phrases.en]
match = ["is broken"]
hits = ["it is broken", "the lamp is broken", "my phone is broken", "this is broken"]
misses = ["it works", "I broke it", "not now", "hello"]
"""
BEHAVIOUR = """
[[behaviour]]
id = "courtesy.apology"
trait = "considerate"
sign = "+"
title = { en = "Apologises", he = "מתנצל", nb = "Beklager" }
advice = { en = "a", he = "ע", nb = "r" }
definition = "Says sorry."
source = "Danescu-Niculescu-Mizil et al. 2013"
needs = ["text"]
opportunity = { occasion = "signal", signals = ["customer.problem"] }
rule = { name = "phrases" }
[behaviour.phrases.en]
match = ["sorry"]
hits = ["sorry", "so sorry", "I'm sorry", "Sorry!"]
misses = ["hello", "not sorry", "sore", "thanks"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "signals").mkdir()
    (tmp_path / "behaviours").mkdir()
    write(tmp_path, "traits.toml", TRAITS)
    write(tmp_path, "signals/customer.toml", SIGNAL)
    write(tmp_path, "behaviours/considerate.toml", BEHAVIOUR)
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_a_small_folder_loads(folder: Path) -> None:
    known = load(folder)
    assert list(known.behaviours) == ["courtesy.apology"]
    assert known.files["courtesy.apology"] == "behaviours/considerate.toml"
    assert known.in_order() == ["customer.problem", "courtesy.apology"]


@pytest.mark.parametrize(
    ("file", "old", "new", "entry", "complaint"),
    [
        ("behaviours/considerate.toml", 'sign = "+"', 'sgin = "+"', "courtesy.apology", "sgin"),
        ("behaviours/considerate.toml", 'sign = "+"', 'sign = "plus"', "courtesy.apology", "plus"),
        ("behaviours/considerate.toml", '"considerate"', '"considrate"', "courtesy.apology", "there are considerate"),
        ("behaviours/considerate.toml", '"customer.problem"', '"customer.porblem"', "courtesy.apology", "porblem"),
        ("behaviours/considerate.toml", '"phrases" }', '"phrasse" }', "courtesy.apology", "phrasse"),
        ("behaviours/considerate.toml", '["text"]', '["txet"]', "courtesy.apology", "txet"),
        ("behaviours/considerate.toml", 'match = ["sorry"]', 'match = ["sorry!!"]', "courtesy.apology", "never match"),
        ("behaviours/considerate.toml", 'match = ["sorry"]', 'match = ["(sorry"]', "courtesy.apology", "missing"),
        ("behaviours/considerate.toml", 'match = ["sorry"]', 'match = ["sorry", "Sorry"]', "courtesy.apology", "twice"),
        (
            "behaviours/considerate.toml",
            'match = ["sorry"]',
            'match = ["sorry"]\nexcept = ["sorry"]',
            "courtesy.apology",
            "never match",
        ),
        ("behaviours/considerate.toml", '"so sorry", ', "", "courtesy.apology", "3 hits"),
        ("behaviours/considerate.toml", "phrases.en", "phrases.xx", "courtesy.apology", "language 'xx'"),
        ("behaviours/considerate.toml", ', nb = "Beklager"', "", "courtesy.apology", "nb"),
        ("behaviours/considerate.toml", "courtesy.apology", "customer.problem", "customer.problem", "already"),
        ("signals/customer.toml", "[[signal]]", "[[signal]", "", "is not TOML"),
        ("traits.toml", 'cluster = "care"', 'cluster = "cure"', "considerate", "cure"),
    ],
)
def test_what_is_wrong_is_named(folder: Path, file: str, old: str, new: str, entry: str, complaint: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    write(folder, file, text.replace(old, new, 1))
    with pytest.raises(KnowledgeError) as caught:
        load(folder)
    problems = caught.value.problems
    assert any(p.file == file and p.entry == entry and complaint in p.problem for p in problems), problems


def test_every_problem_is_reported_at_once(folder: Path) -> None:
    write(
        folder, "behaviours/considerate.toml", BEHAVIOUR.replace('"considerate"', '"x"').replace('["sorry"]', '["?"]')
    )
    with pytest.raises(KnowledgeError) as caught:
        load(folder)
    assert len(caught.value.problems) >= 2


def test_entries_may_not_refer_to_themselves_in_a_circle(folder: Path) -> None:
    one = SIGNAL.replace(
        "[signal.phrases.en]", 'rule = { name = "phrases", also = ["customer.other"] }\n[signal.phrases.en]'
    )
    other = one.replace('"customer.problem"', '"customer.x"').replace("customer.other", "customer.problem")
    write(folder, "signals/customer.toml", one + other.replace("customer.x", "customer.other"))
    with pytest.raises(KnowledgeError, match="circle"):
        load(folder)


def test_a_folder_without_files_says_so(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="not a folder of knowledge files"):
        load(tmp_path)


def test_the_version_is_the_content(folder: Path) -> None:
    before = load(folder).version
    write(folder, "behaviours/considerate.toml", "# a comment\r\n" + BEHAVIOUR.replace("\n", "\r\n"))
    assert load(folder).version == before
    write(folder, "behaviours/considerate.toml", BEHAVIOUR.replace('"Says sorry."', '"Says it."'))
    assert load(folder).version != before


def test_switching_off_an_unknown_behaviour_is_an_error(folder: Path) -> None:
    known = load(folder)
    assert known.without({"courtesy.apology"}).behaviours == {}
    with pytest.raises(KnowledgeError, match="no such behaviour"):
        known.without({"courtesy.apologgy"})


def test_what_ships_can_be_copied_and_loaded(tmp_path: Path) -> None:
    for name in ("signals", "behaviours"):
        shutil.copytree(SHIPPED / name, tmp_path / name)
    shutil.copy(SHIPPED / "traits.toml", tmp_path)
    assert load(tmp_path).version == load().version
