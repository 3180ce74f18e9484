"""Turns whose text runs on into the speaker's next ones, as in transcripts made from nested marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

__all__ = ["own_texts"]

_TO_THE_END: Final = 2  # words that the following turns say again, where the text ends with them
_WITHIN: Final = 4  # words, where it does not


def own_texts(turns: Sequence[tuple[str, str]]) -> list[str]:
    """Return what each turn says without what the same speaker's following turns say again.

    In BT Oasis one turn in twenty holds the words of the turns behind it too, while its label is that of its own
    beginning. Labels play no part here.

    Parameters
    ----------
    turns
        One conversation: (role, text) of each turn.

    Returns
    -------
    list
        Text of each turn; unchanged where nothing is said again.
    """
    words = [text.split() for _, text in turns]
    out = []
    for i, (role, text) in enumerate(turns):
        after: list[str] = []
        for j in range(i + 1, len(turns)):
            if turns[j][0] != role or len(after) >= len(words[i]):
                break
            after += words[j]
        keep = _own(words[i], after)
        out.append(text if keep == len(words[i]) else " ".join(words[i][:keep]))
    return out


def _own(words: list[str], after: list[str]) -> int:
    """Return how many words come before the place from which on ``after`` is said; all where there is none."""
    for at in range(1, len(words)):
        same = 0
        for mine, theirs in zip(words[at:], after, strict=False):
            if mine != theirs:
                break
            same += 1
        if same >= _WITHIN or (same >= _TO_THE_END and at + same == len(words)):
            return at
    return len(words)
