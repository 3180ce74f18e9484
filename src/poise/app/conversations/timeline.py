"""Who speaks when in a call, and where two speak at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from poise.app.conversations.models import Turn

__all__ = ["WIDTH", "Bar", "Lane", "Timeline", "timeline"]

WIDTH: Final = 1000
"""Units of the drawing from beginning to end."""
_THINNEST: Final = 1.5


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time in units of the drawing; ``x`` counts from the side where reading begins."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Lane:
    """One speaker."""

    role: str
    speaker: str
    seconds: float
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A call in time.

    Attributes
    ----------
    seconds
        Its length.
    lanes
        By speaker, in the order in which they first speak.
    overlaps, overlap_seconds
        Where two speak at once, and for how long in all.
    ticks
        Seconds at which the axis is labelled.
    """

    seconds: float
    lanes: list[Lane]
    overlaps: list[Bar]
    overlap_seconds: float
    ticks: list[float]


def timeline(turns: Iterable[Turn], *, mirrored: bool) -> Timeline | None:
    """Return the drawing of the turns that have a beginning and an end; None where fewer than two have.

    Parameters
    ----------
    mirrored
        Time runs from right to left.
    """
    timed = [
        (turn.start, turn.end, turn.speaker, turn.role)
        for turn in turns
        if turn.start is not None and turn.end is not None and turn.end > turn.start >= 0 and not turn.private
    ]
    if len(timed) < 2:
        return None
    length = max(end for _, end, _, _ in timed)

    def bar(begin: float, end: float) -> Bar:
        width = max((end - begin) / length * WIDTH, _THINNEST)
        x = begin / length * WIDTH
        return Bar(round(WIDTH - x - width if mirrored else x, 2), round(width, 2))

    own: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for begin, end, speaker, role in timed:
        own.setdefault((speaker, role), []).append((begin, end))
    both = _together([(begin, end, speaker) for begin, end, speaker, _ in timed])
    return Timeline(
        length,
        [
            Lane(role, speaker, sum(end - begin for begin, end in spans), [bar(*span) for span in spans])
            for (speaker, role), spans in own.items()
        ],
        [bar(begin, end) for begin, end in both],
        sum(end - begin for begin, end in both),
        [length * part / 4 for part in range(5)],
    )


def _together(spans: Sequence[tuple[float, float, str]]) -> list[tuple[float, float]]:
    """Return the stretches in which two or more different people speak."""
    edges = sorted([(begin, 1, who) for begin, _, who in spans] + [(end, -1, who) for _, end, who in spans])
    speaking: dict[str, int] = {}
    found: list[tuple[float, float]] = []
    since: float | None = None
    for at, step, who in edges:
        speaking[who] = speaking.get(who, 0) + step
        if not speaking[who]:
            del speaking[who]
        if len(speaking) > 1 and since is None:
            since = at
        elif len(speaking) < 2 and since is not None:
            if at > since:
                found.append((since, at))
            since = None
    return found
