"""Loads and checks the knowledge files; the version is a hash of all that they say."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import msgspec

from poise.knowledge.phrases import PhraseError, expand, fold_word
from poise.knowledge.rules import (
    Concreteness,
    EventRule,
    Human,
    Overlap,
    Phrases,
    ReadingGrade,
    Receptiveness,
    Shift,
    Timeline,
    TimeToSolution,
)
from poise.knowledge.schema import (
    Behaviour,
    BehaviourFile,
    Cluster,
    PhraseSet,
    Signal,
    SignalFile,
    Trained,
    Trait,
    TraitFile,
)
from poise.languages import LANGUAGES

__all__ = ["SHIPPED", "Knowledge", "KnowledgeError", "Problem", "decode", "load"]

SHIPPED = Path(str(files("poise.knowledge")))
"""The folder of the files that ship with Poise."""

HEADS = Path(str(files("poise"))) / "weights" / "heads"
"""The folder of the trained heads that ship with Poise."""

_EXAMPLES = 4
_NOT_BY_HEADS = (Overlap, Timeline, EventRule, Human, Shift, Concreteness, ReadingGrade, TimeToSolution)
_UI_LANGUAGES = ("en", "he", "nb")
_File = TypeVar("_File")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one entry of one file, and what to do."""

    file: str
    entry: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}: {self.entry}: {self.problem}" if self.entry else f"{self.file}: {self.problem}"


class KnowledgeError(ValueError):
    """Files that cannot be used; ``problems`` names every file and entry."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that is looked for, checked and versioned.

    Attributes
    ----------
    version
        The first twelve hex digits of a SHA-256 over the entries: equal files mean equal versions, and comments
        or line ends do not matter.
    files
        File of each trait, signal and behaviour, by id.
    """

    clusters: Mapping[str, Cluster]
    traits: Mapping[str, Trait]
    signals: Mapping[str, Signal]
    behaviours: Mapping[str, Behaviour]
    version: str
    files: Mapping[str, str]
    folder: Path

    def entries(self) -> dict[str, Signal | Behaviour]:
        """Return signals and behaviours by id."""
        return {**self.signals, **self.behaviours}

    def in_order(self) -> list[str]:
        """Return the ids of signals, then of behaviours, each after what it refers to."""
        return [*_sorted(self.signals), *_sorted(self.behaviours)]

    def without(self, behaviours: set[str]) -> Knowledge:
        """Return the knowledge with these behaviours switched off.

        Raises
        ------
        KnowledgeError
            Where one of them does not exist.
        """
        unknown = sorted(behaviours - set(self.behaviours))
        if unknown:
            raise KnowledgeError([Problem("poise.toml", name, "there is no such behaviour") for name in unknown])
        kept = {name: entry for name, entry in self.behaviours.items() if name not in behaviours}
        return replace(self, behaviours=kept)


def load(folder: Path | None = None) -> Knowledge:
    """Load the knowledge files of ``folder`` (those that ship with Poise unless given).

    Raises
    ------
    KnowledgeError
        For a field that does not exist, an unknown trait or signal, a phrase that cannot match, missing examples:
        every problem of every file at once.
    """
    folder = SHIPPED if folder is None else Path(folder)
    problems: list[Problem] = []
    where: dict[str, str] = {}
    clusters: dict[str, Cluster] = {}
    traits: dict[str, Trait] = {}
    signals: dict[str, Signal] = {}
    behaviours: dict[str, Behaviour] = {}

    def place(kind: Mapping[str, object], entry_id: str, name: str) -> bool:
        if entry_id in where:
            problems.append(Problem(name, entry_id, f"this id stands in {where[entry_id]} already"))
            return False
        where[entry_id] = name
        return True

    traits_file = folder / "traits.toml"
    if not traits_file.is_file():
        raise KnowledgeError([Problem(str(traits_file), "", "is missing: this is not a folder of knowledge files")])
    read = decode(traits_file, TraitFile, folder, problems)
    if read is not None:
        for cluster in read.cluster:
            if place(clusters, cluster.id, "traits.toml"):
                clusters[cluster.id] = cluster
        for trait in read.trait:
            if place(traits, trait.id, "traits.toml"):
                traits[trait.id] = trait
    for path in sorted((folder / "signals").glob("*.toml")):
        signal_file = decode(path, SignalFile, folder, problems)
        for signal in signal_file.signal if signal_file else []:
            if place(signals, signal.id, _name(path, folder)):
                signals[signal.id] = signal
    for path in sorted((folder / "behaviours").glob("*.toml")):
        behaviour_file = decode(path, BehaviourFile, folder, problems)
        for behaviour in behaviour_file.behaviour if behaviour_file else []:
            if place(behaviours, behaviour.id, _name(path, folder)):
                behaviours[behaviour.id] = behaviour
    # entries refer to each other, so what refers is checked only where all files could be read
    if not problems:
        problems.extend(_check(clusters, traits, signals, behaviours, where))
    if problems:
        raise KnowledgeError(problems)
    said = msgspec.json.encode(
        [list(clusters.values()), list(traits.values()), list(signals.values()), list(behaviours.values())],
        order="deterministic",
    )
    version = hashlib.sha256(said).hexdigest()[:12]
    return Knowledge(clusters, traits, signals, behaviours, version, where, folder)


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def decode(path: Path, kind: type[_File], folder: Path, problems: list[Problem]) -> _File | None:
    """Read a TOML file; None where it is not of its form, and then ``problems`` says which entry of it is wrong."""
    raw = path.read_bytes()
    try:
        return msgspec.toml.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        # the path names the place by number ("$.behaviour[3].rule"): say which entry that is
        text = str(error)
        entry = ""
        if place := re.search(r"\$\.(\w+)\[(\d+)\]", text):
            rows = msgspec.toml.decode(raw).get(place[1], [])
            number = int(place[2])
            entry = str(rows[number].get("id", f"entry {number + 1}")) if number < len(rows) else ""
            text = text.replace(place[0], "$")
        problems.append(Problem(_name(path, folder), entry, text))
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        problems.append(Problem(_name(path, folder), "", f"is not TOML: {error}"))
    return None


def references(entry: Signal | Behaviour) -> Iterator[str]:
    """Yield the ids of signals (or behaviours) that an entry refers to."""
    rule = entry.rule
    for name in rule.__struct_fields__:
        value = getattr(rule, name)
        if name in ("also", "parts", "weights", "after", "within", "unless") and not isinstance(value, str | None):
            yield from value
        elif isinstance(value, str) and name not in ("place", "negated", "private", "asked", "share_of", "kind"):
            yield value
    if isinstance(entry, Behaviour):
        yield from entry.opportunity.signals
        yield from entry.opportunity.unless


def _sorted(entries: Mapping[str, Signal] | Mapping[str, Behaviour]) -> list[str]:
    graph = {name: {r for r in references(entry) if r in entries and r != name} for name, entry in entries.items()}
    return list(TopologicalSorter(graph).static_order())


def _check(
    clusters: Mapping[str, Cluster],
    traits: Mapping[str, Trait],
    signals: Mapping[str, Signal],
    behaviours: Mapping[str, Behaviour],
    where: Mapping[str, str],
) -> Iterator[Problem]:
    for trait in traits.values():
        if trait.cluster not in clusters:
            yield Problem(where[trait.id], trait.id, f"the cluster {trait.cluster!r} does not exist")
        yield from _check_translations(where[trait.id], trait.id, trait.title, trait.definition, trait.examined)
    for behaviour in behaviours.values():
        name = behaviour.id
        if behaviour.trait not in traits:
            yield Problem(
                where[name], name, f"the trait {behaviour.trait!r} does not exist; there are {', '.join(traits)}"
            )
        if behaviour.opportunity.occasion in ("signal", "first_signal") and not behaviour.opportunity.signals:
            yield Problem(where[name], name, "its opportunity is a signal, but names none")
        if behaviour.weight < 0:
            yield Problem(where[name], name, 'weight is negative: write sign = "-" instead')
        yield from _check_translations(where[name], name, behaviour.title, behaviour.advice)
        if isinstance(behaviour.rule, Human | Shift) and behaviour.phrases:
            yield Problem(
                where[name], name, f"has phrases, but its rule {behaviour.rule.__class__.__name__.lower()} reads none"
            )
    for group in (signals, behaviours):
        try:
            _sorted(group)
        except CycleError as error:
            circle = error.args[1]
            yield Problem(where[circle[0]], circle[0], f"refers to itself in a circle: {' → '.join(circle)}")
    entries: dict[str, Signal | Behaviour] = {**signals, **behaviours}
    for name, entry in entries.items():
        for reference in references(entry):
            if reference not in entries:
                yield Problem(where[name], name, f"refers to {reference!r}, which does not exist")
        if isinstance(entry.rule, Phrases) and not entry.phrases and not entry.rule.also and entry.trained is None:
            yield Problem(where[name], name, "its rule is phrases, but it has none")
        if entry.trained is not None:
            for problem in _check_trained(entry.trained, entry):
                yield Problem(where[name], name, f"trained: {problem}")
        for code, phrases in entry.phrases.items():
            if code not in LANGUAGES:
                yield Problem(where[name], name, f"the language {code!r} is unknown; there are {', '.join(LANGUAGES)}")
                continue
            for problem in _check_phrases(phrases, code, needs_examples=isinstance(entry.rule, Phrases)):
                yield Problem(where[name], name, f"{code}: {problem}")


def _check_trained(trained: Trained, entry: Signal | Behaviour) -> Iterator[str]:
    known = sorted({path.name.split(".")[0] for path in HEADS.glob("*.safetensors")})
    if trained.head not in known:
        yield f"there is no head {trained.head!r}; there are {', '.join(known) or 'none'}"
    for name, value in (("adds", trained.adds), ("vetoes", trained.vetoes)):
        if value is not None and not 0.0 < value < 1.0:
            yield f"{name} is {value}, but a probability lies between 0 and 1"
    if isinstance(entry.rule, Receptiveness):
        return  # the head measures what the rule measures
    if isinstance(entry.rule, _NOT_BY_HEADS):
        yield f"the rule {entry.rule.__struct_config__.tag} leaves nothing for a head to find"
    if trained.adds is None and trained.vetoes is None:
        yield "neither adds nor vetoes anything"
    if trained.adds is not None and trained.vetoes is not None and trained.vetoes >= trained.adds:
        yield f"vetoes ({trained.vetoes}) is not below adds ({trained.adds})"
    if trained.level is not None and trained.adds is None:
        yield "has a level, but adds nothing"


def _check_translations(file: str, entry: str, *texts: Mapping[str, str]) -> Iterator[Problem]:
    for text in texts:
        missing = [code for code in _UI_LANGUAGES if not text.get(code, "").strip()]
        if missing:
            yield Problem(file, entry, f"a text has no {', '.join(missing)}: {text.get('en', '')[:40]!r}")


def _check_phrases(phrases: PhraseSet, code: str, *, needs_examples: bool) -> Iterator[str]:
    language = LANGUAGES[code]
    seen: dict[str, str] = {}
    for level in phrases.levels:
        if not re.fullmatch(r"[0-9](\.[0-9])?", level):
            yield f"level {level!r} is not a number"
    written = [*phrases.match, *(text for texts in phrases.levels.values() for text in texts)]
    for kind, texts in (("match", written), ("except", phrases.except_)):
        for text in texts:
            try:
                expand(text, language)
            except PhraseError as error:
                yield f"{kind} {text!r} {error}"
                continue
            folded = " ".join(fold_word(text).split())
            if seen.get(folded) == kind:
                yield f"{kind} {text!r} stands there twice"
            seen[folded] = kind
            if kind == "except" and folded in (" ".join(fold_word(t).split()) for t in written):
                yield f"{text!r} can never match: it is an exception too"
    if needs_examples and written:
        for field, examples in (("hits", phrases.hits), ("misses", phrases.misses)):
            if len(examples) < _EXAMPLES:
                yield f"has {len(examples)} {field}; at least {_EXAMPLES} are its tests"
