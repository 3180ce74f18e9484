"""Other programs on the very same rows: VADER and ConvoKit's politeness strategies, where they are installed.

A peer answers for a label by what it was made for, without training: words of thanks for gratitude, and so on. Both
know English alone. What is not installed is left out, with a line saying so; nothing of Poise depends on either.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poise.validation.metrics import Judged

__all__ = ["NO_PEERS", "ConvoKit", "Peer", "Peers", "Vader", "find_peers"]

_Floats: TypeAlias = NDArray[np.float64]
_Answer: TypeAlias = tuple[NDArray[np.bool_], _Floats]
"""Of each row: whether the label is found, and how strongly."""

_VADER_SAYS: Final = 0.05  # compound scores beyond this, either way, are positive or negative (Hutto and Gilbert 2014)
_CONVOKIT_SCRIPT: Final = Path(__file__).with_name("convokit_peer.py")
_STRATEGY: Final = "feature_politeness_=={}=="

POLITENESS: Final[Mapping[str, float]] = {
    "Gratitude": 0.87,
    "Deference": 0.78,
    "Indirect_(greeting)": 0.43,
    "HASPOSITIVE": 0.12,
    "HASNEGATIVE": -0.13,
    "Apologizing": 0.36,
    "Please": 0.49,
    "Please_start": -0.30,
    "Indirect_(btw)": 0.63,
    "Direct_question": -0.27,
    "Direct_start": -0.43,
    "SUBJUNCTIVE": 0.47,
    "INDICATIVE": 0.09,
    "1st_person_start": 0.12,
    "1st_person_pl.": 0.08,
    "1st_person": 0.08,
    "2nd_person": 0.05,
    "2nd_person_start": -0.30,
    "HASHEDGE": 0.14,
    "Factuality": -0.38,
}
"""Mean politeness of requests with ConvoKit's strategies (Danescu-Niculescu-Mizil et al. 2013, table 3).

``Hedges``, found by grammar, is the same strategy as ``HASHEDGE`` and not counted again.
"""


class Peer(Protocol):
    """Another program that answers for some labels."""

    name: str
    version: str

    def answers(self, dataset: str, target: str) -> bool:
        """Whether it has an answer for the label."""

    def judge(self, dataset: str, target: str, texts: Sequence[str]) -> _Answer:
        """Return whether the label is found in each text, and how strongly."""


class Vader:
    """VADER's compound sentiment, of the package vaderSentiment.

    Raises
    ------
    ModuleNotFoundError
        Where it is not installed.
    """

    name = "VADER"
    _sign: Final[Mapping[tuple[str, str], int]] = {
        ("goemotions_dev", "upset"): -1,
        ("politeness", "polite"): 1,
        ("receptiveness", "receptive"): 1,
    }

    def __init__(self) -> None:
        package: Any = importlib.import_module("vaderSentiment.vaderSentiment")
        self._analyzer = package.SentimentIntensityAnalyzer()
        try:
            self.version = version("vaderSentiment")
        except PackageNotFoundError:
            self.version = "unknown"

    def answers(self, dataset: str, target: str) -> bool:
        """Whether sentiment says something about the label."""
        return (dataset, target) in self._sign

    def judge(self, dataset: str, target: str, texts: Sequence[str]) -> _Answer:
        """Return sentiment, turned so that high means the label."""
        sign = self._sign[dataset, target]
        score = np.array([sign * self._analyzer.polarity_scores(text)["compound"] for text in texts], float)
        return score >= _VADER_SAYS, score


def _has(*strategies: str) -> Callable[[Sequence[str]], float]:
    wanted = {_STRATEGY.format(strategy) for strategy in strategies}
    return lambda found: float(not wanted.isdisjoint(found))


def _politeness(found: Sequence[str]) -> float:
    return sum(POLITENESS.get(name.removeprefix("feature_politeness_==").removesuffix("=="), 0.0) for name in found)


class ConvoKit:
    """ConvoKit's politeness strategies, in an interpreter of their own, started when first asked.

    Parameters
    ----------
    python
        An interpreter that has ConvoKit and a small English model of spaCy.

    Raises
    ------
    ValueError
        Where the interpreter cannot run them, with what it said.
    """

    name = "ConvoKit"
    _labels: Final[Mapping[tuple[str, str], Callable[[Sequence[str]], float]]] = {
        ("goemotions_dev", "gratitude"): _has("Gratitude"),
        ("goemotions_dev", "remorse"): _has("Apologizing"),
        ("multidogo_dev", "openinggreeting"): _has("Indirect_(greeting)"),
        ("multidogo_dev", "thankyou"): _has("Gratitude"),
        ("bt_oasis", "greet"): _has("Indirect_(greeting)"),
        ("bt_oasis", "thank"): _has("Gratitude"),
        ("bt_oasis", "expressRegret"): _has("Apologizing"),
        ("politeness", "polite"): _politeness,
        ("receptiveness", "receptive"): _politeness,
    }

    def __init__(self, python: Path) -> None:
        # a file, since a pipe that nobody reads would fill up; closed with the interpreter
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        try:
            # a program that the user names, given texts as data
            self._process = subprocess.Popen(
                [str(python), str(_CONVOKIT_SCRIPT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                text=True,
                encoding="utf-8",
            )
        except OSError as error:
            raise ValueError(f"{python}: cannot be run: {error}") from None
        self._python = python
        self._known: dict[str, list[str]] = {}
        self.version = str(self._line()["version"])

    def _line(self) -> Any:
        if self._process.stdout is None:
            raise ValueError(f"{self._python}: says nothing")
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            said = self._errors.read().strip().splitlines()
            raise ValueError(f"{self._python}: does not run ConvoKit: {said[-1] if said else 'it ended'}")
        return json.loads(line)

    def _strategies(self, texts: Sequence[str]) -> list[list[str]]:
        new = sorted(set(texts) - self._known.keys())
        if new and self._process.stdin is not None:
            self._process.stdin.write(json.dumps(new) + "\n")
            self._process.stdin.flush()
            self._known |= dict(zip(new, self._line(), strict=True))
        return [self._known[text] for text in texts]

    def answers(self, dataset: str, target: str) -> bool:
        """Whether a strategy is the label, or all together are."""
        return (dataset, target) in self._labels

    def judge(self, dataset: str, target: str, texts: Sequence[str]) -> _Answer:
        """Return the label's strategy, or the sum of all by their published strength."""
        worth = self._labels[dataset, target]
        score = np.array([worth(found) for found in self._strategies(texts)], float)
        return score > 0, score

    def close(self) -> None:
        """End the interpreter."""
        self._process.communicate()
        self._errors.close()


@dataclass(frozen=True)
class Peers:
    """The peers that are there; a context that ends them.

    Attributes
    ----------
    there
        Those that run.
    left_out
        A line for each that does not, with the reason.
    """

    there: tuple[Peer, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def versions(self) -> tuple[str, ...]:
        """Name and version of each."""
        return tuple(f"{peer.name} {peer.version}" for peer in self.there)

    def judge(self, dataset: str, judged: Judged) -> list[tuple[Peer, Judged]]:
        """Return each peer with its findings on the same rows; none where it has no answer, or no words."""
        base = dataset.split("/")[0]
        asked = [peer for peer in self.there if peer.answers(base, judged.target)]
        texts = judged.words() if asked else None
        if texts is None:
            return []
        out = []
        for peer in asked:
            found, score = peer.judge(base, judged.target, texts)
            out.append((peer, replace(judged, found=found, score=score)))
        return out

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for peer in self.there:
            if isinstance(peer, ConvoKit):
                peer.close()


NO_PEERS: Final = Peers()


def find_peers(convokit: Path | None = None, *, made: Path = Path(".bench/convokit/bin/python")) -> Peers:
    """Return the peers that are installed.

    Parameters
    ----------
    convokit
        An interpreter that has ConvoKit.
    made
        Where ``bin/bench`` makes one, used where none is given.

    Raises
    ------
    ValueError
        Where an interpreter is given and does not run ConvoKit.
    """
    there: list[Peer] = []
    left_out = []
    try:
        there.append(Vader())
    except ModuleNotFoundError:
        left_out.append("VADER: left out, vaderSentiment is not installed")
    if convokit is not None:
        there.append(ConvoKit(convokit))
    elif made.is_file():
        try:
            there.append(ConvoKit(made))
        except ValueError as error:
            left_out.append(f"ConvoKit: left out, {error}")
    else:
        left_out.append("ConvoKit: left out, no interpreter that has it was given")
    return Peers(tuple(there), tuple(left_out))
