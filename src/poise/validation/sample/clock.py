"""When everything was written: an agent serving several chats at once, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from poise.validation.sample.dice import Dice
from poise.validation.sample.handwriting import agent_messages, customer_message, letter, private_note
from poise.validation.sample.marks import plain
from poise.validation.sample.scene import Line, Scene

__all__ = ["Written", "correspond", "serve_chats"]

HOLD_AFTER_S: Final = 40.0
"""A customer who has waited this long is owed a word."""


@dataclass(slots=True)
class Written:
    """A turn with its instant, in seconds after the start of the block. ``line`` is -1 for a holding message."""

    line: int
    speaker: str
    text: str
    at: float
    private: bool = False


@dataclass(slots=True)
class _Chat:
    """One chat on the agent's screen."""

    scene: Scene
    next: int = 0
    last: float = 0.0  # when its last turn was posted
    due: float = 0.0  # when its next turn comes, where that is not for the agent to decide
    held: bool = False
    written: list[Written] = field(default_factory=list)

    @property
    def line(self) -> Line | None:
        return self.scene.lines[self.next] if self.next < len(self.scene.lines) else None

    @property
    def waits(self) -> bool:
        """Whether it is for the agent to write."""
        return self.line is not None and self.line.speaker == "agent"


def serve_chats(scenes: list[Scene], *, dice: Dice) -> list[list[Written]]:
    """Return the turns of chats that one agent serves side by side.

    Notes
    -----
    With the probability ``juggling.fairness`` the agent turns to whoever has waited longest; else stays with a
    favourite until that chat is over, and even waits for its customer to answer.
    """
    planted = scenes[0].planted[scenes[0].agent.id]
    chats = [_Chat(scene) for scene in scenes]
    begin = 0.0
    for chat in chats:
        begin += dice.between(5, 110)
        chat.due = chat.last = begin
    now = 0.0
    favourite = chats[0]
    while any(chat.line is not None for chat in chats):
        _arrive(chats, now, dice)
        waiting = [chat for chat in chats if chat.waits and chat.last <= now]
        if not waiting:
            coming = [chat.due if not chat.waits else chat.last for chat in chats if chat.line is not None]
            if not coming:
                break
            now = max(min(coming), now + 0.5)
            continue
        chosen = min(waiting, key=lambda chat: chat.last)
        if favourite.line is None:
            favourite = chosen
        if not dice.chance(planted["juggling.fairness"]):
            if favourite.waits and favourite.last <= now:
                chosen = favourite
            elif favourite.line is not None and favourite.due - now < 60 and dice.chance(0.7):
                now = max(favourite.due, now + 1.0)
                continue
        for other in waiting:
            if other is not chosen and now - other.last > HOLD_AFTER_S and not other.held:
                other.held = True
                if other.scene.will("juggling.holding"):
                    now += dice.between(4, 9)
                    text = " ".join(_styled(other.scene, [other.scene.act("holding", "juggling.holding")], dice))
                    other.written.append(Written(-1, "agent", text, now))
        now = _write(chosen, now, dice)
    return [chat.written for chat in chats]


def _arrive(chats: list[_Chat], now: float, dice: Dice) -> None:
    """Post what customers and colleagues have written by now."""
    for chat in chats:
        while chat.line is not None and not chat.waits and chat.due <= now:
            line = chat.line
            if line.speaker == "customer":
                texts = [_customer(chat.scene, line, dice)]
            elif line.private:
                texts = [private_note(line.parts)]
            else:
                texts = _styled(chat.scene, line.parts, dice, line.speaker)
            for place, text in enumerate(texts):
                chat.written.append(Written(chat.next, line.speaker, text, chat.due + 4.0 * place, line.private))
            _advance(chat, chat.due + 4.0 * (len(texts) - 1), dice)


def _write(chat: _Chat, now: float, dice: Dice) -> float:
    """Write the agent's next turn of a chat; return when it was posted."""
    line = chat.line
    assert line is not None
    texts = [private_note(line.parts)] if line.private else _styled(chat.scene, line.parts, dice)
    for text in texts:
        # Half of what agents write comes from prepared pieces, hence faster than anyone types.
        now += dice.between(5, 12) + 0.1 * len(plain(text))
        chat.written.append(Written(chat.next, "agent", text, now, line.private))
    _advance(chat, now, dice)
    return now


def _advance(chat: _Chat, at: float, dice: Dice) -> None:
    chat.next += 1
    chat.last = at
    chat.held = False
    line = chat.line
    if line is None:
        return
    if line.speaker == "customer":
        length = len(plain(" ".join(line.parts)))
        chat.due = at + dice.between(6, 18) + 0.15 * length + dice.waiting(14)
    else:
        chat.due = at + dice.between(20, 80)


def correspond(scene: Scene, *, dice: Dice) -> list[Written]:
    """Return the turns of an e-mail thread: hours pass between them."""
    at = 0.0
    written = []
    for index, line in enumerate(scene.lines):
        following = scene.lines[index + 1 : index + 2]
        if following and following[0].speaker == line.speaker and following[0].private == line.private:
            # One letter, not two in a row.
            following[0].parts[:0] = line.parts
            _move_deeds(scene, index)
            continue
        text = private_note(line.parts) if line.private else letter(line.parts, dice=dice)
        written.append(Written(index, line.speaker, text, at, line.private))
        at += dice.between(300, 1800) if line.private else dice.between(1200, 5400)
    return written


def _move_deeds(scene: Scene, index: int) -> None:
    for deed in scene.deeds:
        if deed.line == index:
            deed.line += 1


def _styled(scene: Scene, parts: list[str], dice: Dice, speaker: str = "agent") -> list[str]:
    return agent_messages(parts, scene.who(speaker).style, smiles=scene.wording.facts["smiles"], dice=dice)


def _customer(scene: Scene, line: Line, dice: Dice) -> str:
    who = scene.customer
    return customer_message(line.parts, lower=who.lower, typos=who.typos, tidy=who.tidy, dice=dice)
