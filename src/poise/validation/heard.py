"""What the detector of ``poise analyze`` finds in labelled turns, asked turn by turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.detection.acts import own_phrases
from poise.detection.context import restated
from poise.detection.detector import Detector
from poise.detection.features import Features
from poise.detection.heads import Head, Judgement, Tier, scores
from poise.detection.measures import measure
from poise.detection.phrases import Marks, merge_marks
from poise.detection.units import Side, Unit, units_of
from poise.knowledge.rules import Paraphrase, Phrases, Receptiveness
from poise.knowledge.schema import Behaviour
from poise.model import CONVERSATIONS, PEOPLE, TURNS, Tables, empty
from poise.pipeline.weights import WEIGHTS, encoder_of, fold_file, head_file, read_head
from poise.validation.folds import fold_of

__all__ = ["Heard", "tables_of"]

_EVERY_TURN = "every turn"


def tables_of(
    conversations: Iterable[tuple[str, Sequence[tuple[str, str]]]], *, channel: str = "chat", language: str = "en"
) -> Tables:
    """Return tables of conversations given as (id, turns), a turn as (role, text); people are their roles."""
    heads: list[str] = []
    rows: list[tuple[str, int, str, str]] = []
    for name, turns in conversations:
        heads.append(name)
        rows += [(name, i, role, text) for i, (role, text) in enumerate(turns)]
    columns = ["conversation", "turn", "role", "text"]
    turns_table = pl.DataFrame(rows, schema={name: TURNS[name] for name in columns}, orient="row").select(
        pl.col("role").alias(name)
        if name == "person"
        else pl.lit(False).alias(name)
        if name == "private"
        else pl.col(name)
        if name in columns
        else pl.lit(None, kind).alias(name)
        for name, kind in TURNS.items()
    )
    conversations_table = pl.DataFrame(
        [{"conversation": name, "channel": channel, "language": language} for name in heads],
        schema=dict(CONVERSATIONS),
    )
    return Tables(conversations_table, empty(PEOPLE), turns_table)


class Heard:
    """One batch of labelled turns with everything the detector marks in it.

    Parameters
    ----------
    detector
        Knowledge, compiled.
    tables
        The batch; results are in the order of ``tables.turns``.
    tier
        Of the heads that :meth:`probability` asks; the detector's unless given.
    """

    def __init__(self, detector: Detector, tables: Tables, *, tier: Tier | None = None) -> None:
        self.detector = detector
        self.tier: Tier = tier or detector.tier
        self.tables = tables
        self.scene, self.acts = detector.scene(tables)
        self.turns = len(tables.turns)
        self._seen: dict[tuple[Unit, Side], Features] = {}

    def marks(self, name: str) -> Marks:
        """Return where an act is said, wherever in the conversation that is.

        A behaviour's rule on phrases asks also that they stand in the right place (a greeting first); whoever labels
        acts asks only what is said, and so does this.
        """
        entry = self.detector.knowledge.entries()[name]
        if not isinstance(entry, Behaviour):
            return self.scene.marks(name)
        if isinstance(entry.rule, Phrases):
            return merge_marks(own_phrases(self.scene, entry), *(self.scene.marks(also) for also in entry.rule.also))
        return self.acts[name].marks

    def has(
        self,
        *names: str,
        begins: frozenset[str] | None = None,
        never_begins: frozenset[str] = frozenset(),
        besides: Sequence[str] = (),
    ) -> NDArray[np.bool_]:
        """Return which turns have one of these acts.

        Parameters
        ----------
        names
            Behaviours and signals.
        begins, never_begins
            Keep only marks that begin with one of these words, or with none of them: where a label is narrower than
            the act.
        besides
            Acts whose marks take away those that they overlap.
        """
        out = np.zeros(self.turns, bool)
        taken = merge_marks(*(self.marks(name) for name in besides))
        for name in names:
            marks = self.marks(name)
            stay = np.ones(len(marks), bool)
            if begins is not None or never_begins:
                first = self._first_words(marks)
                stay &= np.array([(begins is None or w in begins) and w not in never_begins for w in first], bool)
            if len(taken):
                at = np.minimum(np.searchsorted(taken.last, marks.first), len(taken) - 1)
                stay &= ~((taken.first[at] <= marks.last) & (taken.last[at] >= marks.first))
            out[marks.turn[stay]] = True
        return out

    def probability(self, head: str, *, side: Side = "agent", fold: Sequence[str] | None = None) -> NDArray[np.float64]:
        """Return what a trained head says of each turn of one side: the highest of the turn's units.

        0 for turns of others and turns without words. A head of values gives its value.

        Parameters
        ----------
        head
            Its name; entries of the knowledge files need not use it.
        fold
            Group of each conversation, for heads that train on the rows they are measured on: every conversation is
            judged by the head that was trained without its group's fold.

        Raises
        ------
        FileNotFoundError
            Where there are no such weights.
        """
        if fold is None:
            return self._asked([read_head(head_file(WEIGHTS, head, self.tier))], side)[0]
        out = np.zeros(self.turns)
        of_turn = np.array([fold_of(group) for group in fold], np.int64)[self.scene.stream.conversation]
        folds = np.unique(of_turn).tolist()
        asked = self._asked([read_head(fold_file(WEIGHTS, head, k, self.tier)) for k in folds], side)
        for k, found in zip(folds, asked, strict=True):
            out[of_turn == k] = found[of_turn == k]
        return out

    def _asked(self, heads: Sequence[Head], side: Side) -> list[NDArray[np.float64]]:
        """Return what heads of one unit say of each turn; what they see is worked out once for all of them."""
        unit = heads[0].info.unit if heads else "turn"
        if (unit, side) not in self._seen:
            units = units_of(self.scene, unit, side)
            self._seen[unit, side] = Features(self.scene, units, unit, encoder_of(self.tier))
        features = self._seen[unit, side]
        found = scores(features, heads)
        return [
            Judgement(features.units, head.calibrated(score)).by_turn(self.turns)
            for head, score in zip(heads, found, strict=True)
        ]

    def _first_words(self, marks: Marks) -> list[str]:
        stream = self.scene.stream
        texts = self.tables.turns["text"].gather(marks.turn).to_list()
        spans = zip(texts, stream.begin[marks.first].tolist(), stream.end[marks.first].tolist(), strict=True)
        return [text[begin:end].lower().replace("’", "'") for text, begin, end in spans]

    def level(self, name: str) -> NDArray[np.float64]:
        """Return the highest level of a graded signal in each turn; 0 where there is none."""
        out = np.zeros(self.turns)
        marks = self.marks(name)
        np.maximum.at(out, marks.turn, marks.level)
        return out

    def restated(self, name: str) -> NDArray[np.float64]:
        """Return how far each turn restates what was said before, as the rule of a paraphrasing behaviour reckons."""
        entry = self.detector.knowledge.behaviours[name]
        if not isinstance(entry.rule, Paraphrase):
            raise ValueError(f"{name}: its rule is not paraphrase")
        return restated(self.scene, entry.rule.turns, share_of=entry.rule.share_of)[0]

    def repeated(self, turns: int) -> NDArray[np.float64]:
        """Return the share of each assessed turn's content that the counterpart's last ``turns`` turns contain."""
        return restated(self.scene, turns, share_of="reply")[0]

    def receptiveness(self, name: str) -> NDArray[np.float64]:
        """Return the receptiveness of each conversation's only assessed turn, whatever came before it.

        In conversations the score is taken of turns in disagreement only; labelled texts are disagreements all.
        """
        entry = self.detector.knowledge.behaviours[name]
        if not isinstance(entry.rule, Receptiveness):
            raise ValueError(f"{name}: its rule is not receptiveness")
        self.scene.signals[_EVERY_TURN] = self.scene.whole_turns(np.arange(self.turns))
        everywhere = msgspec.structs.replace(entry, rule=msgspec.structs.replace(entry.rule, within=[_EVERY_TURN]))
        who, value, _ = measure(self.scene, everywhere)
        out = np.full(self.turns, entry.rule.intercept)
        out[self.scene.stream.people[who]] = value
        return out
