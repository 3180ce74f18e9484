"""Trained heads: what they see, what they add and veto, and hostile input."""

from __future__ import annotations

import pickle
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from poise.detection.detector import Detector
from poise.detection.features import Features, ngram_buckets
from poise.detection.heads import Blocks, Head, HeadInfo, Judgement, Trained, scores
from poise.detection.units import Units, texts_of, units_of, whole_turns
from poise.knowledge import Knowledge, load
from poise.knowledge.schema import Trained as Named
from poise.pipeline.weights import armed, encoder_of, sentence_encoder, static_student
from poise.validation.heard import Heard, tables_of

KNOWLEDGE = load()
STUDENT = static_student()
HOSTILE = [
    "",
    " \n\t",
    "a" * 100_000,
    "word " * 20_000,
    "\x00\x01",
    "🙂🙂",
    "…?!",
    "谢谢你的帮助",
]


def head(blocks: Blocks, weights: dict[str, np.ndarray], *, name: str = "h", unit: str = "sentence") -> Head:
    info = HeadInfo(name=name, tier="fast", unit=unit, task="label", blocks=blocks, recipe="", rows=0, knowledge="")
    return Head(info, weights, intercept=-2.0)


def with_head(entry: str, named: Named, made: Head) -> Detector:
    """Return the shipped detector with one entry that names one head."""
    known = KNOWLEDGE
    signals = dict(known.signals)
    signals[entry] = msgspec.structs.replace(signals[entry], trained=named)
    plain = {name: msgspec.structs.replace(s, trained=None) for name, s in signals.items() if name != entry}
    behaviours = {name: msgspec.structs.replace(b, trained=None) for name, b in known.behaviours.items()}
    changed = Knowledge(
        known.clusters,
        known.traits,
        {**plain, entry: signals[entry]},
        behaviours,
        known.version,
        known.files,
        known.folder,
    )
    return Detector(changed).with_heads("full", Trained("full", STUDENT, {made.info.name: made}))


def asks_head(name: str = "h") -> Head:
    """A head that is sure of every sentence that asks, and of no other."""
    return head(Blocks(shape=["asks"]), {"named": np.array([4.0], np.float32)}, name=name)


def test_a_head_adds_units_with_its_name_probability_and_tier() -> None:
    detector = with_head("customer.thanks", Named(head="h", adds=0.5), asks_head())
    talk = [("customer", "It broke. Can you help me?"), ("agent", "Yes.")]
    heard = Heard(detector, tables_of([("c", talk)]))
    marks = heard.marks("customer.thanks")
    stream = heard.scene.stream
    assert texts_of(stream, marks.first, marks.last) == ["Can you help me?"]
    assert marks.level[0] == pytest.approx(1 / (1 + np.exp(-2.0)))
    entry = detector.knowledge.signals["customer.thanks"]
    assert detector.rule_label(entry, int(marks.source[0])) == "head:h"


def test_a_phrase_in_the_unit_leaves_nothing_to_add() -> None:
    detector = with_head("customer.thanks", Named(head="h", adds=0.5), asks_head())
    heard = Heard(detector, tables_of([("c", [("customer", "Thank you so much, can you send it?")])]))
    assert [int(s) >= 0 for s in heard.marks("customer.thanks").source] == [True]


def test_a_head_vetoes_phrases_in_unlikely_units_only() -> None:
    detector = with_head("customer.thanks", Named(head="h", vetoes=0.3), asks_head())
    heard = Heard(detector, tables_of([("c", [("customer", "Thank you. It works, thanks a lot?")])]))
    marks = heard.marks("customer.thanks")
    stream = heard.scene.stream
    assert texts_of(stream, marks.first, marks.last) == ["thanks"]


def test_what_a_head_found_says_so_in_the_hits() -> None:
    known = KNOWLEDGE
    entry = msgspec.structs.replace(known.behaviours["courtesy.greeting"], trained=Named(head="h", adds=0.5))
    behaviours = {**known.behaviours, "courtesy.greeting": entry}
    changed = replace(known, behaviours=behaviours)
    detector = Detector(changed).with_heads("full", Trained("full", STUDENT, {"h": asks_head()}))
    talk = [("customer", "hello"), ("agent", "Good morning! Where do you live?")]
    hits = detector.detect(tables_of([("c", talk)])).hits.filter(behaviour="courtesy.greeting").sort("begin")
    assert hits["rule"][0].startswith("“") and hits["rule"][1] == "head:h"
    assert hits["tier"].to_list() == ["fast", "full"]
    assert hits["score"][1] == pytest.approx(1 / (1 + np.exp(-2.0)), abs=1e-6)


def test_without_heads_nothing_changes() -> None:
    talk = tables_of([("c", [("customer", "Thanks for nothing?"), ("agent", "I am sorry to hear that.")])])
    plain, empty = Detector(KNOWLEDGE), Detector(KNOWLEDGE).with_heads("fast", None)
    assert plain.detect(talk).hits.equals(empty.detect(talk).hits)


def test_units_are_sentences_turns_and_words_of_one_side() -> None:
    talk = [("customer", "Hi there. My kettle leaks!"), ("agent", "Oh no. Since when?"), ("customer", "...")]
    scene = Detector(KNOWLEDGE).marked(tables_of([("c", talk)]))
    sentences, turns = units_of(scene, "sentence", "customer"), units_of(scene, "turn", "agent")
    assert texts_of(scene.stream, sentences.first, sentences.last) == ["Hi there.", "My kettle leaks!"]
    assert texts_of(scene.stream, turns.first, turns.last) == ["Oh no. Since when?"]


def test_judgement_over_ranges_of_words() -> None:
    units = Units(np.array([0, 3]), np.array([2, 5]), np.zeros(2, np.int32))
    judged = Judgement(units, np.array([0.2, 0.7]))
    found = judged.over(np.array([0, 1, 4, 6]), np.array([1, 4, 5, 7]))
    assert found[:3].tolist() == [0.2, 0.7, 0.7] and np.isnan(found[3])
    assert Judgement(units.__class__(*(np.zeros(0, np.int64),) * 3), np.zeros(0)).over(
        np.array([0]), np.array([1])
    ).shape == (1,)


def test_ngrams_of_one_text_do_not_depend_on_its_neighbours() -> None:
    words = np.arange(1, 6, dtype=np.uint64) * np.uint64(7919)
    both, begin = ngram_buckets(words, np.array([3, 2]), 12)
    alone, _ = ngram_buckets(words[3:], np.array([2]), 12)
    assert both[begin[1] :].tolist() == alone.tolist() and len(both) == 7 + 5


def test_scores_of_several_heads_at_once_are_those_of_each() -> None:
    scene = Detector(KNOWLEDGE).marked(
        tables_of([("c", [("customer", "It never came. Why?"), ("agent", "It never came? I will look.")])])
    )
    rng = np.random.default_rng(3)
    blocks = [
        Blocks(vector=True, ngrams=10),
        Blocks(ngrams=10, pair=["shared_of_reply", "cosine", "last_cosine"], products=8),
        Blocks(shape=["words"], signals=["previous:customer.problem"], last_differences=4),
    ]
    heads = [
        head(
            b,
            {
                **({"vector": rng.normal(size=128).astype(np.float32)} if b.vector else {}),
                **({"ngrams": rng.normal(size=1024).astype(np.float16)} if b.ngrams else {}),
                **({"named": rng.normal(size=len(b.names())).astype(np.float32)} if b.names() else {}),
                **{name: rng.normal(size=size).astype(np.float32) for name, size in b.wide()},
            },
        )
        for b in blocks
    ]
    units = units_of(scene, "sentence", "agent")
    together = scores(Features(scene, units, "sentence", STUDENT), heads)
    for made, said in zip(heads, together, strict=True):
        alone = scores(Features(scene, units, "sentence", STUDENT), [made])[0]
        assert np.allclose(alone, said, atol=1e-5)
    assert not np.allclose(together[0], together[1])


@pytest.mark.parametrize("tier", ["fast", "full"])
def test_hostile_texts_have_finite_vectors_or_none(tier: str) -> None:
    encoder = encoder_of(tier)  # type: ignore[arg-type]
    scene = Detector(KNOWLEDGE).marked(tables_of((str(i), [("customer", t)]) for i, t in enumerate(HOSTILE)))
    stream = scene.stream
    units = whole_turns(stream, np.arange(len(HOSTILE)))
    vectors = encoder.vectors(stream, units.first, units.last)
    assert len(vectors) == 3  # those that have words
    assert vectors.shape == (len(units), encoder.width) and np.isfinite(vectors).all()
    assert np.all(np.linalg.norm(vectors, axis=1) < 1.01)


def test_lone_surrogates_are_encoded_as_something_else() -> None:
    found = sentence_encoder().encode(["\ud800 hello \udfff", ""])
    assert found.shape == (2, 384) and np.isfinite(found).all()
    assert len(STUDENT.pieces_of(["\ud800", ""])) == 2


def test_a_language_without_rules_is_not_judged() -> None:
    detector = with_head("customer.thanks", Named(head="h", adds=0.5), asks_head())
    talk = [("customer", "¿Puede ayudarme?")]
    assert not len(Heard(detector, tables_of([("c", talk)], language="es")).marks("customer.thanks"))
    assert len(Heard(detector, tables_of([("c", talk)], language="en")).marks("customer.thanks"))


def test_a_text_has_the_same_vector_in_any_company() -> None:
    encoder = sentence_encoder()
    alone = encoder.encode(["my parcel never arrived"])
    among = encoder.encode(["hi", "my parcel never arrived", "a much longer text about something else entirely"])
    assert np.array_equal(alone[0], among[1])
    scene = Detector(KNOWLEDGE).marked(tables_of([("a", [("customer", "my parcel")]), ("b", [("agent", "my parcel")])]))
    ours = STUDENT.vectors(scene.stream, np.array([0, 2]), np.array([1, 3]))
    assert np.array_equal(ours[0], ours[1])


def test_the_same_thing_in_three_languages_is_nearest() -> None:
    said = {
        "en": ["Thank you so much for your help", "My parcel has not arrived", "I want to speak to your manager"],
        "he": ["תודה רבה על העזרה", "החבילה שלי לא הגיעה", "אני רוצה לדבר עם המנהל שלך"],
        "nb": ["Tusen takk for hjelpen", "Pakken min har ikke kommet", "Jeg vil snakke med sjefen din"],
    }
    vectors = {code: sentence_encoder().encode(texts) for code, texts in said.items()}
    for code in ("he", "nb"):
        assert (vectors[code] @ vectors["en"].T).argmax(axis=1).tolist() == [0, 1, 2]


def test_encoders_travel_to_other_processes_without_their_session() -> None:
    encoder = sentence_encoder()
    encoder.encode(["hello"])
    assert len(pickle.dumps(encoder)) < 1_000
    again = pickle.loads(pickle.dumps(STUDENT))
    scene = Detector(KNOWLEDGE).marked(tables_of([("c", [("customer", "hello there")])]))
    first, last = np.array([0]), np.array([1])
    assert np.array_equal(again.vectors(scene.stream, first, last), STUDENT.vectors(scene.stream, first, last))


def test_an_unknown_tier_is_refused() -> None:
    with pytest.raises(ValueError, match="no tier 'slow'"):
        armed(Detector(KNOWLEDGE), "slow")  # type: ignore[arg-type]
