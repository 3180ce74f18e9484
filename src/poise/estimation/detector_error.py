"""How often the detectors err, and how much that widens what they say about people.

Accuracy is measured by ``poise.validation`` on labelled turns and kept as JSON::

    {"name": "…", "rows": [{"behaviour": "courtesy.apology", "language": "en", "channel": "call",
                            "precision": 0.93, "recall": 0.81, "hits": 120, "acts": 138}],
     "assumed": {"precision": 0.8, "recall": 0.8, "labelled": 50}}

``hits`` is how many detections were judged (precision rests on them), ``acts`` how many real acts (recall).
``sensitivity`` and ``specificity`` with ``acts`` and ``others`` may stand instead. A row without language or
channel holds for every one that has no row of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from poise.estimation.counts import Family

__all__ = ["HAND_CODED", "Accuracy", "Assumption", "DetectorAccuracy", "Widening"]

Floats = NDArray[np.float64]

_BETWEEN: Final = 0.25
"""How much error rates differ from person to person, as a coefficient of variation: an assumption, since a phrase
list fits some people's way of speaking better than others' and nobody has measured by how much."""
_STEEPEST: Final = 5.0
"""Most that an error in the rate is stretched on the logit scale: near 100 % a stated error of 20 % cannot be."""


class Accuracy(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Measured accuracy of one behaviour's detector."""

    behaviour: str
    language: str | None = None
    channel: str | None = None
    precision: float | None = None
    recall: float | None = None
    hits: int = 0  # detections judged
    acts: int = 0  # real acts searched for
    sensitivity: float | None = None
    specificity: float | None = None
    others: int = 0  # occasions without the act, for specificity

    def __post_init__(self) -> None:
        """Refuse rates that are none, and rows that say neither or half of a pair."""
        given = [x for x in (self.precision, self.recall, self.sensitivity, self.specificity) if x is not None]
        if any(not 0 <= x <= 1 for x in given) or min(self.hits, self.acts, self.others) < 0:
            raise ValueError(f"accuracy of {self.behaviour!r}: rates lie in 0..1 and numbers are not negative")
        pairs = (self.precision is not None and self.recall is not None) + (
            self.sensitivity is not None and self.specificity is not None
        )
        if pairs != 1 or len(given) != 2:
            raise ValueError(
                f"accuracy of {self.behaviour!r}: give precision and recall, or sensitivity and specificity"
            )

    def at(self, rate: float) -> tuple[float, float, float, float]:
        """Return precision, recall and their numbers, for a detected share of ``rate``."""
        if self.precision is not None and self.recall is not None:
            return self.precision, self.recall, self.hits, self.acts
        assert self.sensitivity is not None and self.specificity is not None
        better = self.sensitivity + self.specificity - 1
        true = min(max((rate - 1 + self.specificity) / better, 0.0), 1.0) if better > 0 else 0.0
        precision = min(max(true * self.sensitivity / rate, 0.0), 1.0) if rate > 0 else 1.0
        return precision, self.sensitivity, self.others * rate, self.acts


class Assumption(Struct, frozen=True, forbid_unknown_fields=True):
    """What is assumed of a detector that nobody has measured."""

    precision: float = 0.8
    recall: float = 0.8
    labelled: int = 50


class Widening(NamedTuple):
    """Standard deviations on the link scale that detector error adds."""

    compared: float  # to differences from a norm made with the same detector
    absolute: float  # to the rate itself: also the detector's own bias and the uncertainty of its accuracy
    precision: float
    recall: float
    assumed: bool


class DetectorAccuracy(Struct, frozen=True, forbid_unknown_fields=True):
    """Accuracy figures for a set of detectors."""

    name: str
    rows: list[Accuracy] = []
    assumed: Assumption = Assumption()

    @classmethod
    def from_json(cls, data: bytes | str) -> DetectorAccuracy:
        """Read the JSON form; ValueError names the field that is wrong."""
        try:
            return msgspec.json.decode(data, type=cls)
        except msgspec.DecodeError as error:
            raise ValueError(f"detector accuracy: {error}") from error

    def to_json(self) -> bytes:
        """Return the JSON form, indented."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)

    def widening(
        self, behaviour: str, family: Family, rate: float, cells: Sequence[tuple[str, ...]]
    ) -> dict[tuple[str, str], Widening]:
        """Return the widening for each (language, channel) among the case-mix ``cells``.

        ``rate`` is what the norm group does, a share or a count per minute. Measures have none here: what they
        measure is computed, not found.
        """
        out: dict[tuple[str, str], Widening] = {}
        for language, channel in sorted({(c[0], c[1]) for c in cells}):
            if family == "measure":
                out[language, channel] = Widening(0.0, 0.0, 1.0, 1.0, False)
                continue
            row = self._row(behaviour, language, channel)
            if row is None:
                number = float(self.assumed.labelled)
                known = (self.assumed.precision, self.assumed.recall, number, number)
            else:
                known = row.at(rate)
            out[language, channel] = _widening(family, rate, *known, assumed=row is None)
        return out

    def _row(self, behaviour: str, language: str, channel: str) -> Accuracy | None:
        best, found = -1, None
        for row in self.rows:
            if row.behaviour != behaviour:
                continue
            if row.language not in (None, language) or row.channel not in (None, channel):
                continue
            close = 2 * (row.language is not None) + (row.channel is not None)
            if close > best:
                best, found = close, row
        return found


HAND_CODED: Final = DetectorAccuracy(name="hand-coded", assumed=Assumption(1.0, 1.0, 10**9))
"""For evidence that people coded or a machine logged: nothing is added."""


def _widening(
    family: Family, rate: float, precision: float, recall: float, hits: float, acts: float, *, assumed: bool
) -> Widening:
    # One more right and one more wrong: ten of ten judged right is not a perfect detector (Agresti and Coull 1998).
    p = (precision * hits + 1) / (hits + 2) if hits < 1e6 else precision
    r = (recall * acts + 1) / (acts + 2) if acts < 1e6 else recall
    p, r = max(p, 0.02), max(r, 0.02)
    sampling = (1 - p) / (p * (hits + 3)) + (1 - r) / (r * (acts + 3))
    differing = _BETWEEN**2 * (((1 - p) / p) ** 2 + ((1 - r) / r) ** 2)
    bias = float(np.log(p / r))
    slope = 1.0 if family == "count" else min(1 / max(1 - min(rate * p / r, 1.0), 1e-9), _STEEPEST)
    return Widening(
        compared=slope * float(np.sqrt(differing)),
        absolute=slope * float(np.sqrt(differing + sampling + bias**2)),
        precision=precision,
        recall=recall,
        assumed=assumed,
    )
