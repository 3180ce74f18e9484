"""The detector of this installation, kept by each process from one batch to the next."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from poise.app.knowledge.models import Choice
from poise.detection.detector import Detector
from poise.knowledge import Knowledge
from poise.model import Tier
from poise.pipeline.compiled import compiled
from poise.pipeline.weights import armed

__all__ = [
    "Choices",
    "choices",
    "detector",
    "detector_and_version",
    "everything",
    "knowledge",
    "tier",
    "trying",
    "version",
]


@dataclass(frozen=True, slots=True)
class Choices:
    """What this installation looks for.

    Attributes
    ----------
    tier
        Of its detectors (``POISE_TIER``): ``fast`` unless set to ``full``.
    folder
        Its own knowledge files (``POISE_KNOWLEDGE``); None for those that ship.
    off
        Behaviours that are switched off.
    scripted
        Phrases that a script dictates and that are no evidence: pairs of language and phrase.
    """

    tier: Tier
    folder: str | None = None
    off: frozenset[str] = field(default_factory=frozenset)
    scripted: tuple[tuple[str, str], ...] = ()


def tier() -> Tier:
    """Return the tier of this installation's detectors.

    Raises
    ------
    ImproperlyConfigured
        Where ``POISE_TIER`` is none.
    """
    match os.environ.get("POISE_TIER") or "fast":
        case "fast":
            return "fast"
        case "full":
            return "full"
        case other:
            raise ImproperlyConfigured(f"POISE_TIER is {other!r}; it must be fast or full")


def _folder() -> str | None:
    return os.environ.get("POISE_KNOWLEDGE") or None


def choices() -> Choices:
    """Return what this installation looks for now. One query."""
    chosen = list(Choice.objects.values_list("kind", "language", "value"))
    return Choices(
        tier(),
        folder=_folder(),
        off=frozenset(value for kind, _, value in chosen if kind == Choice.Kind.OFF),
        scripted=tuple(sorted((language, value) for kind, language, value in chosen if kind == Choice.Kind.SCRIPTED)),
    )


def detector() -> Detector:
    """Return the detector for :func:`choices`; compiled once for each of them.

    Raises
    ------
    poise.knowledge.KnowledgeError
        For files that cannot be used.
    """
    return _detector(choices())


def detector_and_version() -> tuple[Detector, str]:
    """Return :func:`detector` and :func:`version`, with one query for both."""
    chosen = choices()
    found = _detector(chosen)
    said = repr((sorted(chosen.off), sorted(chosen.scripted), found.tier, found.weights))
    return found, f"{found.knowledge.version}+{sha256(said.encode()).hexdigest()[:8]}"


def trying() -> Detector:
    """Return the detector for what may be looked for, as if nothing were switched off or scripted."""
    return _detector(Choices(tier(), folder=_folder()))


def everything() -> Knowledge:
    """Return the knowledge with what is switched off in it."""
    return trying().knowledge


@lru_cache(maxsize=2)
def _detector(chosen: Choices) -> Detector:
    scripted: dict[str, list[str]] = {}
    for language, phrase in chosen.scripted:
        scripted.setdefault(language, []).append(phrase)
    made = compiled(None if chosen.folder is None else Path(chosen.folder), scripted=scripted or None)
    return armed(made.without(chosen.off) if chosen.off else made, chosen.tier)


def knowledge() -> Knowledge:
    """Return the knowledge that :func:`detector` looks for."""
    return detector().knowledge


def version() -> str:
    """Return the version of what is looked for: the files', and a mark of trained heads and of what was chosen."""
    return detector_and_version()[1]
