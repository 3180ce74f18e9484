"""The student of the encoder: one vector for each piece of a word, so that a text costs a sum.

Texts are the open sets and the project's own sentences and examples. The teacher's vectors lose most of their
language's mean (which tells languages apart, not meanings) and are turned to their main directions. Each piece starts
as the teacher's vector of it alone, weighted by its rarity, and is then moved so that sums of pieces point where the
teacher's vectors point and lie among each other as those do (cosine and similarity-matrix losses, Adam).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from poise.detection.detector import Detector
from poise.detection.encoding import StaticStudent, unit_length
from poise.knowledge import Knowledge
from poise.knowledge.schema import Example
from poise.validation.folds import fold_of
from poise.validation.heard import tables_of
from poise.validation.sets.rows import read_rows
from poise.validation.training.labelled import SETS, Labelled, read_sentences, set_file
from poise.validation.training.recipes import SENTENCES
from poise.validation.training.vectors import KeptVectors

__all__ = ["Learned", "Text", "learn_student", "student_texts", "write_student"]

Text = tuple[str, str]  # language, text
_Floats = NDArray[np.float32]

_WIDTH: Final = 128
_SEED: Final = 1
_EPOCHS: Final = 8
_BATCH: Final = 512
_STEP: Final = 0.01
_DECAY: Final = (0.9, 0.99)
_LANGUAGE_SHARE: Final = 0.9  # of a language's mean that is taken off
_MATRIX: Final = 8.0  # weight of the similarity-matrix loss beside the cosine loss
_COMMON: Final = 1e-3  # share of all pieces at which a piece's vector is half as long (Arora et al. 2017)
_LONGEST: Final = 60  # words: beyond it, a text's vector says little of its words
_HELD_OUT: Final = 20  # one text of so many is not learned from
_PAIRS: Final = 20_000
_FEW: Final = 30  # texts held out, under which nothing is said of a language
_AT_ONCE: Final = 4_000
_LEAST: Final = 1e-8
_MOST: Final = 127


@dataclass(frozen=True)
class Learned:
    """A student, and how its cosines agree with the teacher's on texts that it did not learn from.

    Attributes
    ----------
    pieces, scale
        int8 [P, width] and float32 [P].
    agreement
        Language -> (texts held out, correlation of cosines over random pairs of them).
    texts
        That it learned from.
    """

    pieces: NDArray[np.int8]
    scale: NDArray[np.float32]
    agreement: dict[str, tuple[int, float]]
    texts: int


def student_texts(knowledge: Knowledge, data: Path | None) -> list[Text]:
    """Return every distinct text that the student may learn from, in order."""
    texts: set[Text] = set()
    rows: list[Labelled] = []
    if data is not None:
        for name, read in SETS.items():
            rows.extend(read(read_rows(set_file(name, data))))
    for path in sorted(SENTENCES.glob("**/*.jsonl")):
        if path.parent.name != "test":
            rows.extend(read_sentences(path))
    for row in rows:
        texts.add((row.language, row.text.strip()))
        texts.update((row.language, said.strip()) for _, said in row.previous)
    for entry in knowledge.entries().values():
        for language, phrases in entry.phrases.items():
            for example in (*phrases.hits, *phrases.misses):
                said = [example] if isinstance(example, str) else [*_said(example), example.text]
                texts.update((language, text.strip()) for text in said)
    return sorted(text for text in texts if text[1])


def _said(example: Example) -> Iterable[str]:
    for around in (example.previous, example.next):
        yield from [around] if isinstance(around, str) else around


def learn_student(
    texts: Sequence[Text], detector: Detector, teacher: KeptVectors, tokenizer: Path, *, epochs: int = _EPOCHS
) -> Learned:
    """Train a student of the teacher on texts.

    Raises
    ------
    ValueError
        Where the texts are fewer than the student is wide.
    """
    blank = StaticStudent(np.zeros((1, _WIDTH), np.int8), np.ones(1, np.float32), tokenizer)
    counts, kept = _piece_counts(texts, detector, blank)
    if len(kept) <= _WIDTH:
        raise ValueError(f"{len(kept)} texts are too few for a student of width {_WIDTH}")
    texts = [texts[i] for i in kept]
    languages = np.array([language for language, _ in texts])
    held_out = np.array([fold_of(text, _HELD_OUT) == 0 for _, text in texts])
    learn = np.flatnonzero(~held_out)
    target, turn = _main_directions(teacher.encode([text for _, text in texts]), languages, learn)
    table = _start(counts[learn], teacher.encode(blank.spelled()), turn)
    _improve(table, counts[learn], target[learn], epochs)
    scale = (np.maximum(np.abs(table).max(axis=1), _LEAST) / _MOST).astype(np.float32)
    pieces = np.round(table / scale[:, None]).astype(np.int8)
    coarse = pieces * scale[:, None]
    agreement = {}
    for language in np.unique(languages).tolist():
        rows = np.flatnonzero(held_out & (languages == language))
        agreement[language] = (len(rows), _agreement(unit_length(counts[rows] @ coarse), target[rows]))
    return Learned(pieces, scale, agreement, len(learn))


def _piece_counts(
    texts: Sequence[Text], detector: Detector, blank: StaticStudent
) -> tuple[sparse.csr_array, NDArray[np.int64]]:
    """Return how often each piece stands in each text's words [n, P], and which texts have words (not too many)."""
    size = len(blank.spelled())
    pieces: dict[str, list[int]] = {}
    parts: list[sparse.csr_array] = []
    kept: list[NDArray[np.int64]] = []
    by_language: dict[str, list[int]] = {}
    for i, (language, _) in enumerate(texts):
        by_language.setdefault(language, []).append(i)
    for language, numbers in by_language.items():
        for k in range(0, len(numbers), _AT_ONCE):
            which = np.array(numbers[k : k + _AT_ONCE], np.int64)
            talks = [(str(i), [("customer", texts[i][1])]) for i in which.tolist()]
            stream = detector.marked(tables_of(talks, language=language)).stream
            words = [stream.vocabulary.words[w] for w in stream.word.tolist()]
            new = sorted(set(words) - pieces.keys())
            pieces.update(zip(new, blank.pieces_of(new), strict=True))
            ids = [pieces[word] for word in words]
            rows = np.repeat(stream.turn, [len(i) for i in ids])
            flat = np.fromiter((i for one in ids for i in one), np.int64, len(rows))
            found = sparse.csr_array((np.ones(len(rows), np.float32), (rows, flat)), shape=(len(which), size))
            spoken = np.flatnonzero((stream.words_of_turn > 0) & (stream.words_of_turn <= _LONGEST))
            parts.append(sparse.csr_array(found[spoken]))
            kept.append(which[spoken])
    return sparse.csr_array(sparse.vstack(parts, format="csr")), np.concatenate(kept)


def _main_directions(raw: _Floats, languages: NDArray[np.str_], learn: NDArray[np.int64]) -> tuple[_Floats, _Floats]:
    """Return the teacher's vectors, most of each language's mean taken off, in their main directions; and these."""
    values = raw.copy()
    for language in np.unique(languages).tolist():
        mine = languages == language
        known = np.intersect1d(np.flatnonzero(mine), learn)
        if len(known):
            values[mine] -= _LANGUAGE_SHARE * raw[known].mean(axis=0)
    values = unit_length(values)
    _, directions = np.linalg.eigh(values[learn].astype(np.float64).T @ values[learn])
    turn = directions[:, ::-1][:, :_WIDTH]
    # a direction and its opposite are one: the sign is fixed, so that every machine starts alike
    turn = turn * np.sign(turn[np.abs(turn).argmax(axis=0), np.arange(turn.shape[1])])
    return unit_length((values @ turn).astype(np.float32)), turn.astype(np.float32)


def _start(counts: sparse.csr_array, alone: _Floats, turn: _Floats) -> _Floats:
    """Return the teacher's vectors of single pieces in the main directions, rare pieces longer than common ones."""
    total = np.asarray(counts.sum(axis=0)).ravel()
    share = total / max(float(total.sum()), 1.0)
    vectors = unit_length(((alone - alone.mean(axis=0)) @ turn).astype(np.float32))
    return np.asarray(vectors * (_COMMON / (_COMMON + share))[:, None], np.float32)


def _improve(table: _Floats, counts: sparse.csr_array, target: _Floats, epochs: int) -> None:
    """Move the pieces' vectors (in place) by mini-batches; steps adapt to each element (Kingma and Ba 2015)."""
    random = np.random.default_rng(_SEED)
    first, second = np.zeros_like(table), np.zeros_like(table)
    steps = epochs * -(-counts.shape[0] // _BATCH)
    step = 0
    for _ in range(epochs):
        order = random.permutation(counts.shape[0])
        for k in range(0, len(order), _BATCH):
            batch = np.sort(order[k : k + _BATCH])
            own, wanted = counts[batch], target[batch]
            pull = own.T @ _pull(own @ table, wanted)
            rows = np.unique(own.indices)  # only pieces of the batch move
            step += 1
            gradient = pull[rows]
            first[rows] = _DECAY[0] * first[rows] + (1 - _DECAY[0]) * gradient
            second[rows] = _DECAY[1] * second[rows] + (1 - _DECAY[1]) * gradient**2
            mean = first[rows] / (1 - _DECAY[0] ** step)
            spread = np.sqrt(second[rows] / (1 - _DECAY[1] ** step))
            table[rows] -= _STEP * (1 - (step - 1) / steps) * mean / (spread + _LEAST)


def _pull(summed: _Floats, wanted: _Floats) -> _Floats:
    """Return the gradient of both losses by the sums of pieces: [n, width]."""
    norm = np.maximum(np.sqrt(np.einsum("ij,ij->i", summed, summed)), _LEAST)[:, None]
    said = summed / norm
    n = len(said)
    by_direction = -wanted / n + (4 * _MATRIX / n**2) * ((said @ said.T - wanted @ wanted.T) @ said)
    along = np.einsum("ij,ij->i", by_direction, said)[:, None] * said
    return np.asarray((by_direction - along) / norm, np.float32)


def _agreement(student: _Floats, teacher: _Floats) -> float:
    """Return the correlation of the cosines of random pairs of texts; nan for too few texts."""
    if len(student) < _FEW:
        return float("nan")
    left, right = np.random.default_rng(_SEED).integers(0, len(student), (2, _PAIRS))
    left, right = left[left != right], right[left != right]
    ours, theirs = (np.einsum("ij,ij->i", v[left], v[right]) for v in (student, teacher))
    return float(np.corrcoef(ours, theirs)[0, 1])


def write_student(folder: Path, learned: Learned) -> list[Path]:
    """Write the student's weights and card below a folder of weights; return the files."""
    from safetensors.numpy import save

    place = folder / "student"
    place.mkdir(parents=True, exist_ok=True)
    weights, card = place / "student.safetensors", place / "CARD.md"
    weights.write_bytes(save({"pieces": learned.pieces, "scale": learned.scale}))
    lines = [
        "# Static student of the sentence encoder",
        "",
        f"One vector of {learned.pieces.shape[1]} numbers for each of the tokenizer's {learned.pieces.shape[0]:,} "
        "pieces (int8, one scale a piece); a text is the sum over the pieces of its words, brought to length 1.",
        f"Learned from the encoder's vectors of {learned.texts:,} texts: the open sets named in "
        "docs/method/training.md, the sentences written for Poise, and the examples of the knowledge files. "
        f"Seed {_SEED}.",
        "",
        "Correlation of its cosines with the encoder's (its language's mean taken off) over random pairs of texts that "
        "it did not learn from:",
        "",
        "| language | texts held out | correlation |",
        "|---|---|---|",
    ]
    for language, (texts, correlation) in learned.agreement.items():
        said = "–" if np.isnan(correlation) else f"{correlation:.3f}"
        lines.append(f"| {language} | {texts:,} | {said} |")
    lines += [
        "",
        "It knows no order of words, no capitals and no marks; heads that use it see those as features of their own.",
    ]
    card.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [weights, card]
