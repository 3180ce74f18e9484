"""What can go wrong when a report is asked for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["ReportError", "close_matches"]


class ReportError(ValueError):
    """A report cannot be made; ``remedy`` says what to do about it."""

    def __init__(self, problem: str, *, remedy: str = "") -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{problem}: {remedy}" if remedy else problem)


def close_matches(asked: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """Return up to ``most`` of ``known`` that look like ``asked``, best first, whatever the case."""
    spelled: dict[str, str] = {}
    for name in known:
        spelled.setdefault(name.casefold(), name)
    wanted = asked.casefold()
    found = difflib.get_close_matches(wanted, sorted(spelled), n=most, cutoff=0.5)
    inside = [name for name in sorted(spelled) if wanted and wanted in name and name not in found]
    return [spelled[name] for name in (found + inside)[:most]]
