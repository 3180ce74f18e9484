"""The test sentences: their form, that they are what they say they are, and that they are measured without data."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from poise.cli.validating import validate
from poise.knowledge import Knowledge, load
from poise.knowledge.phrases import expand
from poise.languages import LANGUAGES
from poise.validation.sets.labelled import NO, UNJUDGED, YES, said_in_turns
from poise.validation.sets.sentences import (
    SENTENCE_SETS,
    labelled_sentences,
    read_sentences,
    sentence_file,
    sentence_tables,
)

SETS = sorted(SENTENCE_SETS)
OTHERS = sorted((Path(sentence_file("sentences/en")).parents[1]).glob("*.jsonl"))


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


@pytest.mark.parametrize("name", SETS)
def test_labels_are_of_entries_that_a_turn_can_show_and_of_its_side(name: str, knowledge: Knowledge) -> None:
    about, sentences = read_sentences(name)
    known = said_in_turns(knowledge)
    assert set(about.targets) <= set(known) and len(set(about.targets)) == len(about.targets)
    for one in sentences:
        acts = [*one.acts, *one.near]
        assert set(acts) <= set(about.targets) and len(set(acts)) == len(acts), one.text
        assert {act.startswith("customer.") for act in acts} <= {one.role == "customer"}, one.text
        assert (one.anger > 0) == ("customer.anger" in one.acts) and 0 <= one.anger <= 4, one.text
        assert one.language == name.rpartition("/")[2]


@pytest.mark.parametrize("name", SETS)
def test_there_are_enough_of_all_kinds(name: str) -> None:
    about, sentences = read_sentences(name)
    assert "authors" in about.author and "not by service staff" in about.author
    assert name.endswith("en") or "not reviewed by native speakers" in about.author
    assert len(sentences) >= 330 and len({one.text for one in sentences}) == len(sentences)
    assert sum(bool(one.near) for one in sentences) >= len(sentences) / 3
    channels = Counter(one.channel for one in sentences)
    assert min(channels[channel] for channel in ("call", "chat", "email")) >= 50
    for target in about.targets:
        families = {one.family for one in sentences if target in one.acts}
        assert sum(target in one.acts for one in sentences) >= 4 and len(families) >= 2, target
        assert any(target in one.near for one in sentences), target
    assert {level for one in sentences if (level := one.anger)} == {1, 2, 3, 4}
    spoken = [one.text for one in sentences if one.channel == "call"]
    assert sum(text == text.lower() and not set(text) & set(".,!") for text in spoken) >= 0.9 * len(spoken)


def test_none_but_short_formulas_are_among_the_sentences_that_train() -> None:
    tested = {one.text.casefold().strip(" .!?") for name in SETS for one in read_sentences(name)[1]}
    for path in OTHERS:
        for line in path.read_bytes().splitlines()[1:]:
            text = msgspec.json.decode(line)["text"].casefold().strip(" .!?")
            assert text not in tested or len(text.split()) < 5, (path.name, text)


@pytest.mark.parametrize("name", ["sentences/he", "sentences/nb"])
def test_they_are_no_copies_of_the_phrases(name: str, knowledge: Knowledge) -> None:
    """Written from definitions: few sentences of some length are a phrase and nothing else."""
    language = LANGUAGES[name.rpartition("/")[2]]
    said = Counter()
    phrases = set()
    for entry in knowledge.entries().values():
        if language.code in entry.phrases:
            for text in entry.phrases[language.code].match:
                phrases |= {" ".join(str(part) for part in form.parts) for form in expand(text, language)}
    for one in read_sentences(name)[1]:
        said[len(one.text.split()) > 3 and one.text.casefold().strip(" .!?") in phrases] += 1
    assert said[True] <= 0.02 * said.total()


def test_the_last_turn_of_each_conversation_is_the_sentence() -> None:
    _, sentences = read_sentences("sentences/he")
    labelled = labelled_sentences("sentences/he")
    turns = labelled.tables.turns[labelled.rows]
    assert turns["text"].to_list() == [one.text for one in sentences]
    assert turns["role"].to_list() == [one.role for one in sentences]
    assert turns["private"].to_list() == [one.private for one in sentences]
    assert len(sentence_tables(sentences).conversations) == len(sentences)
    thanks = labelled.labels["courtesy.thanks"]
    expected = [
        UNJUDGED if one.role == "customer" else YES if "courtesy.thanks" in one.acts else NO for one in sentences
    ]
    assert thanks.tolist() == expected


def test_they_are_measured_with_no_data_at_hand(tmp_path: Path) -> None:
    run = CliRunner().invoke(validate, ["--out", str(tmp_path), "--tier", "fast"])
    assert run.exit_code == 0, run.output
    figures = {
        (r["dataset"], r["target"], r["metric"]): r for r in json.loads((tmp_path / "accuracy.json").read_bytes())
    }
    for name in SETS:
        overall = figures[name, "all", "macro_f1"]
        assert overall["low"] < overall["value"] < 1 and overall["n"] == len(read_sentences(name)[1])
        each = [r["value"] for (dataset, target, m), r in figures.items() if (dataset, m) == (name, "f1")]
        assert overall["value"] == pytest.approx(np.mean(each))
        assert figures[name, "customer.anger level", "spearman"]["value"] > 0
    assert not (tmp_path / "errors").exists()  # whoever reads their mistakes cannot measure on them any more
    markdown, page = (tmp_path / "accuracy.md").read_text(), (tmp_path / "accuracy.html").read_text()
    assert "| target | English | Hebrew | Norwegian Bokmål |" in markdown and "<td>courtesy.thanks, F1</td>" in page
    assert not [one.text for name in SETS for one in read_sentences(name)[1] if len(one.text) > 25 and one.text in page]
