"""Every entry's examples, run as its tests; and one turn tried by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from poise.detection.detector import Detector
from poise.knowledge import Knowledge, Problem
from poise.knowledge.rules import Human, Shift
from poise.knowledge.schema import Behaviour, Example, Signal
from poise.model import CONVERSATIONS, PEOPLE, TURNS, Tables
from poise.pipeline.weights import armed

__all__ = ["Trial", "Try", "check_examples", "try_text"]

_SPEAKERS = ("agent", "customer", "colleague", "candidate", "interviewer")


@dataclass(frozen=True, slots=True)
class Trial:
    """One example of one entry."""

    entry: str
    language: str
    example: Example
    role: str
    hit: bool  # whether it must be one


def _turns(said: str | Sequence[str], other: str) -> list[tuple[str, str]]:
    """Return (role, text) of turns written as ``role: text``, or as a text of the other side."""
    turns = []
    for text in [said] if isinstance(said, str) else said:
        speaker, colon, rest = text.partition(":")
        if colon and speaker.strip().lower() in _SPEAKERS:
            turns.append((speaker.strip().lower(), rest.strip()))
        else:
            turns.append((other, text))
    return turns


def _tables(trials: Sequence[Trial]) -> tuple[Tables, list[int]]:
    """Return one conversation for each trial, and the number of the turn in question."""
    conversations: list[dict[str, object]] = []
    people: list[dict[str, object]] = []
    turns: list[dict[str, object]] = []
    asked: list[int] = []
    for number, trial in enumerate(trials):
        name = str(number)
        example = trial.example
        other = "agent" if trial.role == "customer" else "customer"
        said = _turns(example.previous, other)
        asked.append(len(said))
        said = [*said, (trial.role, example.text), *_turns(example.next, other)]
        conversations.append({"conversation": name, "channel": example.channel, "language": trial.language})
        for role in dict.fromkeys(role for role, _ in said):
            known = example.customer if role == "customer" else None
            people.append({"conversation": name, "person": role, "role": role, "name": known, "named": False})
        if example.customer and "customer" not in {role for role, _ in said}:
            people.append(
                {
                    "conversation": name,
                    "person": "customer",
                    "role": "customer",
                    "name": example.customer,
                    "named": False,
                }
            )
        for i, (role, text) in enumerate(said):
            private = role == "colleague" or (role == "agent" and _to_colleague(said, i))
            turns.append(
                {"conversation": name, "turn": i, "person": role, "role": role, "text": text, "private": private}
            )
    return (
        Tables(
            pl.DataFrame(conversations, schema=dict(CONVERSATIONS)),
            pl.DataFrame(people, schema=dict(PEOPLE)),
            pl.DataFrame(turns, schema=dict(TURNS)),
        ),
        asked,
    )


def _to_colleague(said: Sequence[tuple[str, str]], number: int) -> bool:
    """Tell whether a turn is said to a colleague: one speaks right before or after it and no customer between."""
    around = [said[i][0] for i in (number - 1, number + 1) if 0 <= i < len(said)]
    return "colleague" in around and "customer" not in around


def _trials(entry: Signal | Behaviour) -> Iterable[Trial]:
    role = entry.side if isinstance(entry, Signal) else "agent"
    for language, phrases in entry.phrases.items():
        for hit, examples in ((True, phrases.hits), (False, phrases.misses)):
            for example in examples:
                written = Example(text=example) if isinstance(example, str) else example
                yield Trial(entry.id, language, written, written.role or role, hit)


def check_examples(knowledge: Knowledge, detector: Detector | None = None) -> list[Problem]:
    """Return every example that fails: a hit that is not found, or a near miss that is.

    Parameters
    ----------
    knowledge
        Loaded files.
    detector
        Where one is compiled already; else phrases, rules and heads of the fast tier.
    """
    detector = detector or armed(Detector(knowledge), "fast")
    trials = [
        trial
        for entry in knowledge.entries().values()
        if not isinstance(entry.rule, Human | Shift)
        for trial in _trials(entry)
    ]
    if not trials:
        return []
    tables, asked = _tables(trials)
    scene, acts = detector.scene(tables)
    stream = scene.stream
    found: dict[str, set[int]] = {}
    for name in knowledge.entries():
        marks = acts[name].marks if name in acts else scene.marks(name)
        found[name] = set(marks.turn.tolist())
    measured = {name for name, entry in knowledge.behaviours.items() if entry.opportunity.occasion == "measure"}
    problems = []
    for number, trial in enumerate(trials):
        if trial.entry in measured:
            continue
        row = int(stream.first_turn[number]) + asked[number]
        # what the customer says next may be where the hit stands (resolved, settles)
        rows = {row} if trial.entry not in _ANYWHERE else set(range(row, int(stream.first_turn[number + 1])))
        hit = bool(found[trial.entry] & rows)
        if hit != trial.hit:
            what = "is not hit" if trial.hit else "is hit, though it is a near miss"
            problems.append(
                Problem(knowledge.files[trial.entry], trial.entry, f"{trial.language}: {trial.example.text!r} {what}")
            )
    return problems


_ANYWHERE = frozenset({"solving.resolved", "calm.customer_settles"})
"""Behaviours whose hit stands in the customer's answer to the example's turn."""


@dataclass(frozen=True, slots=True)
class Try:
    """One thing that a turn shows.

    ``counts`` tells whether it was called for, given the turns before: only then it is evidence. A signal never is.
    """

    kind: str  # behaviour, signal
    id: str
    begin: int
    end: int
    text: str
    rule: str
    level: float
    counts: bool


def try_text(
    detector: Detector,
    text: str,
    *,
    previous: Sequence[str] = (),
    role: str = "agent",
    language: str = "en",
    channel: str = "chat",
) -> list[Try]:
    """Return the behaviours and signals of one turn, in order of their place."""
    example = Example(text=text, previous=list(previous), role=role, channel=channel)
    tables, asked = _tables([Trial("", language, example, role, True)])
    scene, acts = detector.scene(tables)
    row = asked[0]
    hits = detector.detect(tables).hits.filter(pl.col("turn") == row)
    counted = set(hits.select("behaviour", "begin", "end").iter_rows())
    stream = scene.stream
    rows = []
    for name, entry in detector.knowledge.entries().items():
        marks = acts[name].marks if name in acts else scene.marks(name)
        for k in (marks.turn == row).nonzero()[0].tolist():
            begin, end = int(stream.begin[marks.first[k]]), int(stream.end[marks.last[k]])
            rule = detector.rule_label(entry, int(marks.source[k]))
            kind = "behaviour" if isinstance(entry, Behaviour) else "signal"
            level = float(marks.level[k])
            rows.append(Try(kind, name, begin, end, text[begin:end], rule, level, (name, begin, end) in counted))
    return sorted(rows, key=lambda r: (r.begin, r.end, r.kind, r.id))
