"""How often reviewers find what is found right: the running precision of each behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import Case, IntegerField, Max, Value, When

from poise.app.conversations.contests.models import Contest
from poise.estimation.prediction import wilson

__all__ = ["CONFIDENCE", "Precision", "precision"]

CONFIDENCE: Final = 0.90
"""Of the interval, as everywhere in the product."""


@dataclass(frozen=True, slots=True)
class Precision:
    """Hits of one behaviour that reviewers looked at.

    Attributes
    ----------
    right, looked_at
        Hits found right, of how many.
    low, high
        Wilson's 90 % interval of the share.
    """

    right: int
    looked_at: int
    low: float
    high: float


def precision(behaviour: str | None = None) -> Mapping[str, Precision]:
    """Return the precision of each behaviour (or of one) of which a reviewer looked at any hit. One query.

    A hit counts once, whoever contested or confirmed it and however often: as wrong where a contest was upheld.
    """
    decided = Contest.objects.filter(
        kind__in=[Contest.Kind.HIT, Contest.Kind.CHECK], state__in=[Contest.State.UPHELD, Contest.State.STANDS]
    )
    if behaviour is not None:
        decided = decided.filter(behaviour=behaviour)
    wrong = Max(Case(When(state=Contest.State.UPHELD, then=Value(1)), default=Value(0), output_field=IntegerField()))
    hits = (
        decided.order_by()
        .values("behaviour", "conversation", "turn", "event", "begin")
        .annotate(wrong=wrong)
        .values_list("behaviour", "wrong")
    )
    counts: dict[str, list[int]] = {}
    for name, was_wrong in hits.iterator():
        count = counts.setdefault(name, [0, 0])
        count[0] += 1 - was_wrong
        count[1] += 1
    found = {}
    for name, (right, n) in sorted(counts.items()):
        low, high = wilson(right, n, confidence=CONFIDENCE)
        found[name] = Precision(right, n, float(low), float(high))
    return found
