"""Training: the same files from the same data, clear complaints, and nothing trained on what is kept for tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from poise.detection.detector import Detector
from poise.detection.heads import Trained
from poise.knowledge import Knowledge, load
from poise.model import Tier
from poise.pipeline.weights import WeightsError, encoder_of, read_head
from poise.validation.folds import FOLDS, fold_of
from poise.validation.heard import tables_of
from poise.validation.training.labelled import read_sentences
from poise.validation.training.recipes import RecipeError, read_recipes
from poise.validation.training.train import train

RECIPE = """
name = "moved"
about = "Says that a date was moved."
unit = "sentence"
penalty = [0.3, 3.0]
folds = true

[blocks.fast]
vector = true
ngrams = 10
shape = ["words", "asks"]
pair = ["shared_of_reply"]

[[data]]
set = "uptake"
positive = ["yes"]
"""
VALUED = RECIPE.replace('unit = "sentence"', 'unit = "turn"\ntask = "value"')


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return load()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "data" / "open").mkdir(parents=True)
    rows = [
        {
            "text": f"So the date was moved to {i}." if i % 3 else f"I have noted {i} of them, thank you.",
            "previous": [f"They moved the date to {i}."],
            "group": str(i // 2),
            "uptake": float(i % 3),
        }
        for i in range(60)
    ]
    (tmp_path / "data/open/uptake.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path


def test_the_same_data_gives_the_same_bytes(place: Path, known: Knowledge) -> None:
    (place / "recipes/moved.toml").write_text(VALUED, encoding="utf-8")
    first = train(known, data=place / "data", out=place / "one", recipes=place / "recipes")
    second = train(known, data=place / "data", out=place / "two", recipes=place / "recipes")
    assert [path.name for path in first] == [
        "moved.fast.safetensors",
        *(f"moved.{k}.fast.safetensors" for k in range(FOLDS)),
        "moved.md",
    ]
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    head = read_head(first[0])
    assert head.info.rows == 60 and head.info.task == "value" and head.weights["ngrams"].shape == (1024,)
    assert read_head(first[1]).info.rows < 60  # one fold less
    assert "spearman" in first[-1].read_text(encoding="utf-8")


def test_rows_that_are_all_alike_are_refused(place: Path, known: Knowledge) -> None:
    (place / "recipes/moved.toml").write_text(RECIPE, encoding="utf-8")
    with pytest.raises(ValueError, match="labelled alike"):
        train(known, data=place / "data", out=place / "out", recipes=place / "recipes")


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (('name = "moved"', 'name = "other"'), "the file is moved.toml"),
        (('shape = ["words", "asks"]', 'shape = ["wards"]'), "there is no shape:wards"),
        (("ngrams = 10", "ngrams = 40"), "power of two from 10 to 18"),
        (("ngrams = 10", "ngramms = 10"), "ngramms"),
        (('set = "uptake"', 'set = "uptake"\nsentences = "x.jsonl"'), "either set or sentences"),
        (('set = "uptake"', 'sentences = "test/en.jsonl"'), "kept for tests"),
    ],
)
def test_a_recipe_that_cannot_be_used_is_named(place: Path, edit: tuple[str, str], complaint: str) -> None:
    (place / "recipes/moved.toml").write_text(RECIPE.replace(*edit), encoding="utf-8")
    with pytest.raises(RecipeError, match=complaint) as error:
        read_recipes(place / "recipes")
    assert "moved.toml" in str(error.value)


def test_a_set_that_is_measured_trains_nothing(place: Path, known: Knowledge) -> None:
    (place / "recipes/moved.toml").write_text(RECIPE.replace('"uptake"', '"goemotions_dev"'), encoding="utf-8")
    with pytest.raises(RecipeError, match="no set 'goemotions_dev' to train on"):
        train(known, data=place / "data", out=place / "out", recipes=place / "recipes")


def test_there_is_no_such_recipe(place: Path) -> None:
    with pytest.raises(RecipeError, match="no recipe 'thanks'"):
        read_recipes(place / "recipes", only="thanks")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('{"text": "hi"}', "line 2.*acts"),
        ('{"text": "hi", "acts": [], "role": "boss"}', "line 2.*boss"),
        ('{"text": "hi", "acts": [], "previous": ["hello"]}', "line 2, previous"),
        ("{", "line 2"),
    ],
)
def test_sentences_that_cannot_be_read(tmp_path: Path, line: str, complaint: str) -> None:
    file = tmp_path / "s.jsonl"
    file.write_text(f'{{"about": "a", "author": "b", "date": "c"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        read_sentences(file)


def test_sentences_of_one_thought_stay_together(tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    said = [{"text": t, "acts": ["x"], "family": f, "previous": ["customer: a: b"]} for t, f in (("p", 1), ("q", 1))]
    heading = {"about": "a", "author": "b", "date": "c"}
    file.write_text("\n".join(json.dumps(row) for row in [heading, *said]), encoding="utf-8")
    first, second = read_sentences(file)
    assert first.group == second.group and first.previous == (("customer", "a: b"),)


def test_folds_are_for_ever() -> None:
    assert {fold_of(str(i)) for i in range(50)} == set(range(FOLDS))
    assert [fold_of(name) for name in ("7", "12", "casino")] == [3, 4, 0]


def test_weights_that_are_no_head(tmp_path: Path) -> None:
    path = tmp_path / "x.fast.safetensors"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(WeightsError, match=r"x\.fast\.safetensors"):
        read_head(path)
    with pytest.raises(FileNotFoundError):
        read_head(tmp_path / "y.fast.safetensors")


THANKS = [
    "thanks",
    "thank you so much",
    "many thanks",
    "cheers mate",
    "i am grateful",
    "much appreciated",
    "ta very much",
]
OTHERS = ["my kettle leaks", "where is it", "i want my money back", "it is still broken", "nobody came", "what now"]
DECIDED = [("thank you very much", True), ("so grateful to you", True), ("the kettle is broken", False), ("no", False)]


@pytest.mark.parametrize("tier", ["fast", "full"])
def test_a_small_head_decides_as_it_always_did(place: Path, known: Knowledge, tier: Tier) -> None:
    rows = [
        {"id": f"{text} {tail}", "text": f"{text} {tail}", "emotions": ["gratitude"] if text in THANKS else []}
        for text in (*THANKS, *OTHERS)
        for tail in ("", "really", "today", "again")
    ]
    (place / "data/open/goemotions_train.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    recipe = RECIPE.replace('"uptake"', '"goemotions_train"').replace('["yes"]', '["gratitude"]')
    recipe = recipe.replace("folds = true", "").replace("blocks.fast", f"blocks.{tier}")
    (place / "recipes/moved.toml").write_text(recipe, encoding="utf-8")
    path = train(known, data=place / "data", out=place / "out", recipes=place / "recipes")[0]
    head = read_head(path)
    scene = Detector(known).marked(tables_of((str(i), [("customer", text)]) for i, (text, _) in enumerate(DECIDED)))
    judged = Trained(tier, encoder_of(tier), {"moved": head}).judge(scene, [("moved", "customer")])
    likely = judged["moved", "customer"].by_turn(len(DECIDED))
    assert [bool(p >= 0.5) for p in likely] == [wanted for _, wanted in DECIDED], likely
