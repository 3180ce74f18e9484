"""Measures that are not counts: a value for one person in one conversation, with the weight it rests on."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poise.detection.acts import own_phrases
from poise.detection.scene import Scene
from poise.detection.stream import AGENT
from poise.detection.vocabulary import LANGUAGE_CODES, NEGATOR
from poise.knowledge.rules import Concreteness, ReadingGrade, Receptiveness, TimeToSolution
from poise.knowledge.schema import Behaviour

__all__ = ["measure"]

Measured: TypeAlias = tuple[NDArray[np.integer], NDArray[np.float64], NDArray[np.float64]]
_MIN_CONTENT_WORDS: Final = 20
_MIN_SENTENCES: Final = 3
_MIN_MARKED: Final = 0.5  # share of turns with a sentence mark, else sentences are not to be counted
_LONG_WORD: Final = 6  # letters; longer words are LIX's long words


def measure(scene: Scene, entry: Behaviour) -> Measured:
    """Return participants, values and weights of a behaviour that is measured."""
    match entry.rule:
        case Receptiveness():
            return _receptiveness(scene, entry.id, entry.rule)
        case Concreteness():
            return _concreteness(scene, entry)
        case ReadingGrade():
            return _reading_grade(scene, entry)
        case TimeToSolution():
            return _time_to_solution(scene, entry.rule)
        case _:
            raise ValueError(f"{entry.id}: the rule {type(entry.rule).__name__} measures nothing")


def _agent_words(scene: Scene) -> NDArray[np.int64]:
    stream = scene.stream
    return np.flatnonzero((stream.side[stream.turn] == AGENT) & ~stream.private[stream.turn])


def _receptiveness(scene: Scene, name: str, rule: Receptiveness) -> Measured:
    """Score turns in disagreement by the entry's head, or by the receptiveness model (Yeomans et al. 2020)."""
    stream = scene.stream
    n = len(stream.conversation)
    judged = scene.judged.get(name)
    score = _modelled(scene, rule) if judged is None else judged.by_turn(n)
    rows = np.flatnonzero((stream.side == AGENT) & ~stream.private)
    before = scene.neighbour(rows, -1)
    tense = np.zeros(len(scene.blocks.first), bool)
    for signal in rule.after:
        tense |= scene.block_has(signal)
    ok = before >= 0
    ok[ok] = tense[before[ok]]
    for signal in rule.within:
        ok |= scene.turns_with(signal)[rows]
    ok &= stream.words_of_turn[rows] > 0
    rows = rows[ok]
    people = len(stream.people)
    count = np.bincount(stream.participant[rows], minlength=people)
    total = np.bincount(stream.participant[rows], weights=score[rows], minlength=people)
    who = np.flatnonzero(count)
    return who, total[who] / count[who], count[who].astype(np.float64)


def _modelled(scene: Scene, rule: Receptiveness) -> NDArray[np.float64]:
    """Return the receptiveness model's score of every turn (science 3.5)."""
    stream = scene.stream
    n = len(stream.conversation)
    score = np.full(n, rule.intercept)
    for name, weight in rule.weights.items():
        score += weight * np.bincount(scene.marks(name).turn, minlength=n)
    negators = (stream.vocabulary.flags[stream.word] & NEGATOR) > 0
    return np.asarray(score + rule.negation * np.bincount(stream.turn[negators], minlength=n), np.float64)


def _concreteness(scene: Scene, entry: Behaviour) -> Measured:
    """Share of content words that are figures or words of the entry's list of definite things."""
    stream = scene.stream
    definite = scene.numbers.copy()
    marks = own_phrases(scene, entry)
    sizes = marks.last - marks.first + 1
    words = np.repeat(marks.first - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
    definite[words] = True
    mine = _agent_words(scene)
    mine = mine[scene.content[mine] & (stream.language[stream.turn[mine]] >= 0)]
    has_list = np.zeros(len(LANGUAGE_CODES) + 1, bool)
    for code in entry.phrases:
        has_list[LANGUAGE_CODES.index(code)] = True
    mine = mine[has_list[stream.language[stream.turn[mine]]]]
    people = len(stream.people)
    participant = stream.participant[stream.turn[mine]]
    total = np.bincount(participant, minlength=people)
    share = np.bincount(participant, weights=definite[mine], minlength=people)
    who = np.flatnonzero(total >= _MIN_CONTENT_WORDS)
    return who, share[who] / total[who], total[who].astype(np.float64)


def _reading_grade(scene: Scene, entry: Behaviour) -> Measured:
    """School grade of the person's sentences: Flesch-Kincaid in English, LIX turned into grades in Norwegian.

    Words of the entry's list (jargon, bare abbreviations) count as long words of four syllables.
    LIX (Björnsson 1968) to grade by the line through Anderson's (1983) table, grade = (LIX - 7) / 4.2.
    Transcripts without sentence marks have no sentences and no grade; neither has Hebrew, written without vowels.
    """
    stream = scene.stream
    vocabulary = stream.vocabulary
    people = len(stream.people)
    turns = np.flatnonzero((stream.side == AGENT) & ~stream.private & (stream.words_of_turn > 0))
    spoken = np.bincount(stream.participant[turns], minlength=people)
    punctuated = np.bincount(stream.participant[turns], weights=stream.marked[turns], minlength=people)
    mine = _agent_words(scene)
    participant = stream.participant[stream.turn[mine]]
    words = np.bincount(participant, minlength=people)
    starts = scene.sentence_starts
    starts = starts[(stream.side[stream.turn[starts]] == AGENT) & ~stream.private[stream.turn[starts]]]
    sentences = np.bincount(stream.participant[stream.turn[starts]], minlength=people)
    syllables = vocabulary.syllables[stream.word].astype(np.float64)
    long = vocabulary.letters[stream.word] > _LONG_WORD
    marks = own_phrases(scene, entry)
    syllables[marks.first] = np.maximum(syllables[marks.first], 4)
    long[marks.first] = True
    beats = np.bincount(participant, weights=syllables[mine], minlength=people)
    longs = np.bincount(participant, weights=long[mine], minlength=people)
    language = stream.language[stream.people]
    ok = (sentences >= _MIN_SENTENCES) & (words > 0) & (punctuated >= _MIN_MARKED * spoken)
    english = ok & (language == LANGUAGE_CODES.index("en"))
    norwegian = ok & (language == LANGUAGE_CODES.index("nb"))
    with np.errstate(divide="ignore", invalid="ignore"):
        flesch_kincaid = 0.39 * words / sentences + 11.8 * beats / words - 15.59
        lix = words / sentences + 100 * longs / words
    grade = np.where(english, flesch_kincaid, (lix - 7) / 4.2)
    who = np.flatnonzero(english | norwegian)
    return who, grade[who], sentences[who].astype(np.float64)


def _time_to_solution(scene: Scene, rule: TimeToSolution) -> Measured:
    """Assessed blocks from the first problem to the first proposal that the other side's next block accepts."""
    stream = scene.stream
    blocks = scene.blocks
    problem = scene.first_row_with(rule.problem)
    proposals = scene.marks(rule.proposal)
    following = scene.neighbour(proposals.turn, 1)
    accepts = scene.block_has(rule.accepts)
    ok = following >= 0
    ok[ok] = accepts[following[ok]]
    turn = proposals.turn.astype(np.int64)
    conversation = stream.conversation[turn]
    ok &= turn > problem[conversation]
    solved = np.full(len(stream.first_turn) - 1, -1, np.int64)
    rows = turn[ok][::-1]
    solved[stream.conversation[rows]] = rows
    done = np.flatnonzero(solved >= 0)
    assessed = np.cumsum(blocks.side == AGENT)
    problem_block = stream.block[problem[done]]
    solving_block = stream.block[solved[done]]
    fine = (problem_block >= 0) & (solving_block >= 0)
    done, problem_block, solving_block = done[fine], problem_block[fine], solving_block[fine]
    turns = (assessed[solving_block] - assessed[problem_block]).astype(np.float64)
    return stream.participant[solved[done]], turns, np.ones(len(turns))
