"""How somebody types: lower case, slips of the keyboard, emoji, messages in two parts; marks stay where they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from poise.validation.sample.dice import Dice
from poise.validation.sample.marks import is_mark, plain
from poise.validation.sample.team import Style

__all__ = ["agent_messages", "customer_message", "letter", "private_note", "sentence", "slip"]

_WORD: Final = re.compile(r"[^\W\d_]{5,}")
_ENDS: Final = ".!?…"
LAST_WORDS: Final = 3
"""A last line of an e-mail of at most this many words is a signature."""


def agent_messages(parts: Sequence[str], style: Style, *, smiles: Sequence[str], dice: Dice) -> list[str]:
    """Return the chat messages in which an agent sends these parts."""
    cut = dice.whole(1, len(parts) - 1) if len(parts) > 1 and dice.chance(style.split) else len(parts)
    messages = []
    for some in (parts[:cut], parts[cut:]):
        if not some:
            continue
        text = " ".join(sentence(part) for part in some)
        if dice.chance(style.exclaim):
            text = _exclaimed(text)
        if dice.chance(style.lower):
            text = text.lower()
        if dice.chance(style.typos):
            text = slip(text, dice)
        if dice.chance(style.emoji):
            text = f"{text} {dice.pick(smiles)}"
        messages.append(text)
    return messages


def customer_message(parts: Sequence[str], *, lower: bool, typos: float, tidy: bool, dice: Dice) -> str:
    """Return one chat message of a customer."""
    if tidy:
        text = " ".join(sentence(part) for part in parts)
    else:
        text = parts[0]
        for part in parts[1:]:
            ended = plain(text).rstrip()[-1:] in _ENDS + ","
            text += (" " if ended else dice.pick((", ", ". ", ". ", " - ", "... "))) + part
        if lower and not plain(text).isupper():
            text = text.lower()
    return slip(text, dice) if dice.chance(typos) else text


def letter(parts: Sequence[str], *, dice: Dice) -> str:
    """Return an e-mail: a salutation and a farewell stand alone, what is between them becomes paragraphs."""
    head = [part for part in parts[:1] if plain(part).endswith(",")]
    tail = [part for part in parts[len(head) :][-1:] if "\n" in part or len(plain(part).split()) <= LAST_WORDS]
    body = [sentence(part) for part in parts[len(head) : len(parts) - len(tail)]]
    cut = (len(body) + dice.whole(0, 1)) // 2 if len(body) > 3 else len(body)
    paragraphs = [" ".join(some) for some in (body[:cut], body[cut:]) if some]
    return "\n\n".join([*head, *paragraphs, *tail])


def private_note(parts: Sequence[str]) -> str:
    """Return a note between colleagues."""
    return " ".join(parts)


def sentence(part: str) -> str:
    """Return a part as a sentence: a capital first, and an end."""
    return _finished(_capital(part))


def slip(text: str, dice: Dice) -> str:
    """Return the text with one slip: two letters swapped, one dropped or one doubled."""
    words = list(_WORD.finditer(text))
    if not words or "@" in text:
        return text
    word = dice.pick(words)
    at = word.start() + dice.whole(1, len(word.group()) - 3)
    kind = dice.whole(0, 2)
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    return text[: at + 1] + text[at] + text[at + 1 :]


def _finished(part: str) -> str:
    said = plain(part).rstrip()
    if not said or not (said[-1].isalnum() or said[-1] in "'\""):
        return part
    return f"{part}."


def _capital(part: str) -> str:
    for place, character in enumerate(part):
        if not is_mark(character):
            return part[:place] + character.upper() + part[place + 1 :]
    return part


def _exclaimed(text: str) -> str:
    place = text.rfind(".")
    ends = place >= 0 and not plain(text[place + 1 :]).strip()
    return f"{text[:place]}!{text[place + 1 :]}" if ends else text
