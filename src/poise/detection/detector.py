"""One pass over a batch: phrases, signals, rules, occasions, evidence."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.detection.acts import Acts
from poise.detection.columns import Columns
from poise.detection.dismissing import not_dismissed
from poise.detection.dues import promises_due
from poise.detection.events import deeds_of, detect_events
from poise.detection.found import Found, together
from poise.detection.heads import Tier, Trained
from poise.detection.judging import FIRST_HEAD, judge, vetoed
from poise.detection.measures import measure
from poise.detection.opportunities import met, occasions_of, within_occasions
from poise.detection.phrases import Marks, PhraseTable, compile_phrases, find_phrases
from poise.detection.readiness import SHORTFALLS, capabilities, lacking, language_of, languages_with_rules
from poise.detection.rules import ELSEWHERE, acts_by_rule
from poise.detection.scene import Scene
from poise.detection.stream import AGENT, Stream, read_stream
from poise.detection.timing import detect_timing
from poise.detection.transfers import find_transfers, turn_flags
from poise.detection.vocabulary import LANGUAGE_CODES, Vocabulary
from poise.knowledge import Knowledge
from poise.knowledge.rules import Phrases
from poise.knowledge.schema import Behaviour, PhraseSet, Signal
from poise.model import SIGNALS, Tables, empty

__all__ = ["Detected", "Detector"]


@dataclass(frozen=True, slots=True)
class Detected:
    """What one batch showed."""

    hits: pl.DataFrame
    opportunities: pl.DataFrame
    signals: pl.DataFrame
    evidence: pl.DataFrame
    cases: pl.DataFrame
    shortfalls: pl.DataFrame
    promises: pl.DataFrame


class Detector:
    """Knowledge, compiled; keeps the words it has met between batches.

    Parameters
    ----------
    knowledge
        Loaded files.
    scripted
        Phrases that are no evidence (a greeting that the script dictates): language -> phrases. Hits that lie
        within one are left out, and so is the credit for them.
    """

    def __init__(self, knowledge: Knowledge, *, scripted: Mapping[str, list[str]] | None = None) -> None:
        self.knowledge = knowledge
        entries = knowledge.entries()
        if scripted:
            entries[_SCRIPTED] = Signal(
                id=_SCRIPTED,
                side="agent",
                title={"en": "scripted"},
                definition="Dictated by the script",
                rule=Phrases(negated="keep"),
                phrases={code: PhraseSet(match=list(texts)) for code, texts in scripted.items()},
            )
        self.tier: Tier = "fast"
        self.trained: Trained | None = None
        self._heads: list[str] = []
        self.table: PhraseTable = compile_phrases(entries)
        self.vocabulary: Vocabulary = self.table.vocabulary()
        self._entries = entries
        self._order = knowledge.in_order()
        if scripted:
            self._order.append(_SCRIPTED)
        self._available = languages_with_rules(entries, self._order)
        labels = [f"“{text}”" for _, _, _, _, text in self.table.phrases]
        self._rules = sorted({type(entry.rule).__struct_config__.tag for entry in entries.values()}, key=str)
        self._labels = pl.Series("rule", [*labels, *self._rules], dtype=pl.String)

    def without(self, behaviours: frozenset[str]) -> Detector:
        """Return the detector with these behaviours switched off.

        Raises
        ------
        poise.knowledge.KnowledgeError
            Where one of them does not exist.
        """
        other = copy(self)
        other.knowledge = self.knowledge.without(set(behaviours))
        other.vocabulary = self.table.vocabulary()
        other._entries = {name: entry for name, entry in self._entries.items() if name not in behaviours}
        other._order = [name for name in self._order if name not in behaviours]
        return other

    @property
    def heads(self) -> set[str]:
        """Names of the trained heads that the knowledge uses."""
        return {entry.trained.head for entry in self._entries.values() if entry.trained is not None}

    @property
    def weights(self) -> dict[str, str]:
        """Recipe, as a hash, of each head that is there."""
        return {} if self.trained is None else {name: head.info.recipe for name, head in self.trained.heads.items()}

    def with_heads(self, tier: Tier, trained: Trained | None) -> Detector:
        """Return the detector with the heads of one tier; without any it finds what phrases and rules find."""
        other = copy(self)
        other.vocabulary = self.table.vocabulary()
        other.tier, other.trained, other._heads = tier, trained, sorted(self.heads)
        return other

    def rule_label(self, entry: Signal | Behaviour, source: int) -> str:
        """Return what found a mark: a phrase, a head, or else the entry's rule."""
        if source >= 0:
            return str(self._labels[source])
        if source <= FIRST_HEAD:
            return f"head:{self._heads[FIRST_HEAD - source]}"
        return str(type(entry.rule).__struct_config__.tag)

    # ------------------------------------------------------------ one batch

    def marked(self, tables: Tables) -> Scene:
        """Return the batch with the phrases of every entry marked, before any rule or head looks at it."""
        stream = read_stream(tables, self.vocabulary)
        return Scene(stream, find_phrases(stream, self.table))

    def scene(self, tables: Tables) -> tuple[Scene, dict[str, Acts]]:
        """Return the batch with all signals marked, and every behaviour's acts."""
        scene = self.marked(tables)
        if self.trained is not None:
            scene.judged = judge(scene, self._entries, self.trained, self._heads)
        found: dict[str, Acts] = {}
        for name in self._order:
            entry = self._entries[name]
            acts = self._unless_vetoed(scene, entry, acts_by_rule(scene, entry))
            if isinstance(entry, Behaviour):
                found[name] = acts
            scene.signals[name] = acts.marks
        if _SCRIPTED in self._entries:
            found = {name: _outside(acts, scene.marks(_SCRIPTED)) for name, acts in found.items()}
        return scene, found

    def detect(self, tables: Tables, *, dismissed: pl.DataFrame | None = None) -> Detected:
        """Return hits, opportunities, signals and evidence of one batch of whole conversations.

        Parameters
        ----------
        dismissed
            Places where people found that a behaviour was not shown (:data:`poise.detection.dismissing.DISMISSED`):
            what is found there in words is no hit and meets no occasion. Hits of times and events have no words.
        """
        scene, found = self.scene(tables)
        behaviours = self.knowledge.behaviours
        done = deeds_of(tables, turn_flags(scene))
        extra = together(
            detect_timing(tables, behaviours=behaviours),
            detect_events(done, behaviours=behaviours),
            find_transfers(scene, behaviours, found, done),
        )
        able = capabilities(tables)
        extra = Found(
            *(_where_able(part, able, behaviours) for part in (extra.hits, extra.opportunities, extra.measures))
        )
        columns = Columns(scene.stream, heads=len(self._labels), tier=self.tier)
        stopped: list[tuple[str, str, int]] = []
        for number, (name, entry) in enumerate(behaviours.items()):
            if isinstance(entry.rule, ELSEWHERE):
                stopped.extend(lacking(name, entry, able, None, scene.stream))
                continue
            acts = found[name]
            fits = self._fits(entry, able, scene.stream)
            stopped.extend(lacking(name, entry, able, self._available.get(name, set()), scene.stream))
            if entry.opportunity.occasion == "measure":
                who, value, weight = measure(scene, entry)
                stay = fits[scene.stream.conversation[scene.stream.people[who]]]
                columns.add_measure(name, who[stay], value[stay], weight[stay])
                continue
            acts = acts.take((acts.participant >= 0) & fits[scene.stream.conversation[acts.marks.turn]])
            if dismissed is not None:
                acts = acts.take(not_dismissed(scene.stream, name, acts, dismissed))
            rule = len(self.table.phrases) + self._rules.index(type(entry.rule).__struct_config__.tag)
            occasions = occasions_of(scene, entry, acts)
            occasions = occasions.take(fits[scene.stream.conversation[occasions.last]])
            columns.add_hits(number, within_occasions(scene, entry, occasions, acts), rule)
            columns.add_occasions(number, occasions, met(scene, occasions, acts))
        names = pl.Series("behaviour", list(behaviours), dtype=pl.String)
        labels = pl.concat([self._labels, pl.Series("rule", [f"head:{n}" for n in self._heads], dtype=pl.String)])
        return Detected(
            hits=pl.concat([columns.hits(names, labels), extra.hits]),
            opportunities=pl.concat([columns.opportunities(names), extra.opportunities]),
            signals=self._signals(scene),
            evidence=columns.evidence(names, extra, self.knowledge.version),
            cases=_cases(scene),
            shortfalls=pl.DataFrame(stopped, schema=SHORTFALLS, orient="row"),
            promises=promises_due(scene, found, behaviours),
        )

    def _fits(self, entry: Behaviour, able: pl.DataFrame, stream: Stream) -> NDArray[np.bool_]:
        """Return the conversations whose record and language give this behaviour an opportunity."""
        fits = np.ones(len(able), bool)
        for need in entry.needs:
            fits &= able[need].to_numpy()
        language = language_of(stream)
        known = np.zeros(len(LANGUAGE_CODES) + 1, bool)
        known[list(self._available.get(entry.id, ()))] = True
        return fits & known[language]

    def _unless_vetoed(self, scene: Scene, entry: Signal | Behaviour, acts: Acts) -> Acts:
        """Leave out what a rule found in units that the entry's head finds too unlikely."""
        judgement = scene.judged.get(entry.id)
        if judgement is None or entry.trained is None or entry.trained.vetoes is None:
            return acts
        return acts.take(~vetoed(acts.marks, judgement, entry.trained.vetoes))

    def _signals(self, scene: Scene) -> pl.DataFrame:
        stream = scene.stream
        names = [name for name in self.knowledge.signals if len(scene.marks(name))]
        if not names:
            return empty(SIGNALS)
        marks = [scene.marks(name) for name in names]
        turn = np.concatenate([m.turn for m in marks])
        first = np.concatenate([m.first for m in marks])
        last = np.concatenate([m.last for m in marks])
        signal = np.repeat(np.arange(len(names)), [len(m) for m in marks])
        ids = scene.stream.tables.conversations["conversation"]
        return pl.DataFrame(
            {
                "conversation": ids.gather(stream.conversation[turn]),
                "turn": stream.number[turn],
                "person": scene.stream.tables.turns["person"].gather(turn),
                "signal": pl.Series(names, dtype=pl.String).gather(signal),
                "begin": stream.begin[first],
                "end": stream.end[last],
                "level": np.concatenate([m.level for m in marks]),
            },
            schema=dict(SIGNALS),
        )


_SCRIPTED = "scripted"


def _outside(acts: Acts, scripted: Marks) -> Acts:
    """Leave out acts that lie within what the script dictates."""
    if not len(scripted) or not len(acts.marks):
        return acts
    at = np.searchsorted(scripted.first, acts.marks.first, side="right") - 1
    inside = at >= 0
    inside[inside] = acts.marks.last[inside] <= scripted.last[at[inside]]
    return acts.take(~inside)


def _where_able(found: pl.DataFrame, able: pl.DataFrame, behaviours: Mapping[str, Behaviour]) -> pl.DataFrame:
    """Leave out what detectors of times and events found in records that lack what the behaviour needs."""
    for name in found["behaviour"].unique().sort():
        lacking_it = able.filter(~pl.all_horizontal([pl.col(need) for need in behaviours[name].needs]))["conversation"]
        if len(lacking_it):
            there = (pl.col("behaviour") == name) & pl.col("conversation").is_in(lacking_it.implode())
            found = found.filter(~there)
    return found


def _cases(scene: Scene) -> pl.DataFrame:
    """Return the case-mix of each conversation: what it is about, and how angry the customer arrived."""
    stream = scene.stream
    conversations = stream.tables.conversations
    n = len(conversations)
    spoken = np.flatnonzero((stream.side == AGENT) & ~stream.private)
    first = np.full(n, len(stream.conversation), np.int64)
    np.minimum.at(first, stream.conversation[spoken], spoken)
    anger = scene.marks("customer.anger")
    conversation = stream.conversation[anger.turn]
    early = anger.turn < first[conversation]
    arrival = np.zeros(n, np.float32)
    np.maximum.at(arrival, conversation[early], anger.level[early])
    return conversations.select(
        "conversation",
        "language",
        "channel",
        "queue",
        "topic",
        pl.Series("arrival_anger", np.floor(arrival).astype(np.int8)),
        pl.col("started_at").alias("at"),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("order"),
    )
