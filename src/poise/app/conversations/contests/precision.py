"""How often reviewers find what is found right: the running precision of each behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import Case, IntegerField, Max, Value, When

from poise.app.conversations.contests.models import Contest
from poise.app.conversations.detecting import knowledge
from poise.app.people.gathering import across_conversations
from poise.estimation.prediction import wilson
from poise.knowledge.rules import Human, Shift

__all__ = ["CONFIDENCE", "Precision", "found_in_one", "precision"]

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


def found_in_one() -> frozenset[str]:
    """Return the behaviours of which this installation can find a hit in one conversation. One query.

    Only those can be looked at: what people note in an interview or a shift, what shows only over several
    conversations, and what is measured over a whole one has no place there that is right or wrong.
    """
    known = knowledge()
    return frozenset(
        code
        for code, entry in known.behaviours.items()
        if not isinstance(entry.rule, (Human, Shift)) and entry.opportunity.occasion != "measure"
    ).difference(across_conversations(known))


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
