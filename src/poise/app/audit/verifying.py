"""Walking the chain: does every row still say what it said, and is none missing?"""

from __future__ import annotations

from dataclasses import dataclass

from poise.app.audit.log import START, seal_of
from poise.app.audit.models import Entry

__all__ = ["Verdict", "verify"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the walk found.

    Attributes
    ----------
    entries
        Sealed rows that were walked and hold.
    unsealed
        Rows that wait for their seal.
    head
        Hash of the last row that holds. Noted elsewhere, it shows later whether rows were cut off at the end.
    broken_at, problem
        Number of the first row that does not hold, and why; None and empty where all do.
    """

    entries: int
    unsealed: int
    head: str
    broken_at: int | None = None
    problem: str = ""

    @property
    def holds(self) -> bool:
        """Whether the whole chain holds."""
        return self.broken_at is None


def verify(known_head: str | None = None) -> Verdict:
    """Walk the whole chain.

    Parameters
    ----------
    known_head
        A head that was noted before: it must still be in the chain.
    """
    unsealed = Entry.objects.filter(sequence=None).count()
    number, before = 0, START
    seen = known_head in (None, "", START)
    for entry in Entry.objects.exclude(sequence=None).order_by("sequence").iterator(chunk_size=2_000):
        expected = number + 1
        if entry.sequence != expected:
            return Verdict(number, unsealed, before, expected, f"row {expected} is missing")
        if entry.previous != before:
            return Verdict(number, unsealed, before, expected, "it does not follow the row before it")
        if entry.seal != seal_of(entry):
            return Verdict(number, unsealed, before, expected, "it says something else than when it was sealed")
        number, before = expected, entry.seal
        seen = seen or before == known_head
    if not seen:
        return Verdict(number, unsealed, before, number + 1, "the noted head is not in the chain: rows were cut off")
    return Verdict(number, unsealed, before)
