"""Acts marked inside a text while it is still being changed.

A mark is a pair of private-use characters around what was said. Lower-casing, slips of the keyboard and the loss of
punctuation go on around them, and :func:`extract` reads the spans off the finished text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["Act", "extract", "is_mark", "mark", "plain"]

_OPEN: Final = 0xE000
_CLOSE: Final = "\uf8ff"
_LABELS: list[str] = []


@dataclass(frozen=True, slots=True)
class Act:
    """What a span of a finished text is. Offsets are code points."""

    label: str
    begin: int
    end: int
    unusual: bool


def mark(text: str, label: str, *, unusual: bool = False) -> str:
    """Return ``text`` marked as the act ``label``."""
    if label not in _LABELS:
        _LABELS.append(label)
    return chr(_OPEN + 2 * _LABELS.index(label) + unusual) + text + _CLOSE


def is_mark(character: str) -> bool:
    """Return whether a character is half of a mark."""
    return "\ue000" <= character <= _CLOSE


def plain(text: str) -> str:
    """Return the text without marks."""
    return "".join(character for character in text if not is_mark(character))


def extract(text: str) -> tuple[str, list[Act]]:
    """Return the text without marks, and the acts in it. A mark cut off by an interruption ends with the text."""
    kept: list[str] = []
    open_: list[tuple[int, int]] = []
    acts: list[Act] = []

    def close() -> None:
        code, begin = open_.pop()
        end = len(kept)
        while begin < end and kept[begin].isspace():
            begin += 1
        while end > begin and kept[end - 1].isspace():
            end -= 1
        if end > begin:
            acts.append(Act(_LABELS[code // 2], begin, end, bool(code % 2)))

    for character in text:
        if character == _CLOSE:
            if open_:
                close()
        elif is_mark(character):
            open_.append((ord(character) - _OPEN, len(kept)))
        else:
            kept.append(character)
    while open_:
        close()
    acts.sort(key=lambda act: (act.begin, act.end, act.label))
    return "".join(kept), acts
