"""How often a worker looks at what comes due by the clock."""

from __future__ import annotations

import time

__all__ = ["Pace"]


class Pace:
    """Lets something be done at most once in so many seconds of a process: the first time at once.

    Parameters
    ----------
    every_s
        Seconds that lie between two times.
    """

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._last: float | None = None

    def due(self) -> bool:
        """Whether it is time; asking counts as doing it, so the next time is as far away again."""
        now = time.monotonic()
        if self._last is not None and now - self._last < self._every_s:
            return False
        self._last = now
        return True
