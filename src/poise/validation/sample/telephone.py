"""A call as two audio channels: words with their times, back-channels, overlaps, interruptions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from poise.validation.sample.dice import Dice
from poise.validation.sample.handwriting import sentence
from poise.validation.sample.marks import is_mark, mark, plain
from poise.validation.sample.scene import Scene

__all__ = ["Utterance", "transcribe"]

LONG_WORDS: Final = 14
"""A customer's turn from which on a short token shows that somebody listens."""
_MARKS: Final = re.compile(r"[.,!?;:\"…()–-]+(?=\s|$|[\ue000-\uf8ff])|[\U0001F300-\U0001FAFF]")
_OPEN_ENDED: Final = frozenset(
    """
    and the a to on my was it's because that is i for with it but so when of in at from i'm they you
    og det er at jeg på av til med som ikke har for i en et של את אני זה על עם כי אבל
    """.split()  # noqa: SIM905
)
"""Words after which nobody has finished."""


@dataclass(slots=True)
class Utterance:
    """A turn of a call, with marks, times in seconds and its words."""

    line: int  # of the scene; -1 where it is not a line of its own
    speaker: str
    text: str
    start: float
    end: float
    words: list[tuple[str, float, float]] = field(default_factory=list)


def transcribe(scene: Scene) -> list[Utterance]:
    """Return the call, in order of the starts, and note which occasions to listen or to interrupt arose."""
    dice = scene.dice
    bare = dice.chance(0.7)  # most recognisers write no punctuation
    now = dice.between(0.4, 1.6)
    spoken: list[Utterance] = []
    cut_in = ""
    for index, line in enumerate(scene.lines):
        text = " ".join(line.parts if bare or line.private else map(sentence, line.parts))
        if line.private:
            spoken.append(Utterance(index, line.speaker, text, now, now + 2.0))
            now += 2.0
            continue
        text = _heard(
            text, bare=bare, dice=dice, fillers=scene.wording.facts["fillers"], customer=line.speaker == "customer"
        )
        if line.speaker != "customer":
            if cut_in:
                text = mark(text, cut_in)
            said = _speak(index, line.speaker, text, now, dice)
            spoken.append(said)
            now = said.end + dice.between(0.1, 0.7)
            cut_in = ""
            continue
        following = scene.lines[index + 1] if index + 1 < len(scene.lines) else None
        answered = following is not None and following.speaker == "agent" and not following.private
        long = len(plain(text).split()) >= LONG_WORDS
        cut_in = _cutting_in(scene) if answered and long else ""
        if cut_in:
            text = _cut(text, dice)
        said = _speak(index, "customer", text, now, dice)
        spoken.append(said)
        if long and not cut_in:
            _listen(scene, said, spoken)
        now = _next_start(said.end, cut_in, dice, answered=answered)
    return sorted(spoken, key=lambda utterance: utterance.start)


def _cutting_in(scene: Scene) -> str:
    for kind in ("interruption", "pause_interruption"):
        if scene.will(f"listening.{kind}"):
            return f"listening.{kind}"
    return ""


def _next_start(end: float, cut_in: str, dice: Dice, *, answered: bool) -> float:
    if cut_in == "listening.interruption":
        return end - dice.between(0.25, 0.5)
    if cut_in == "listening.pause_interruption":
        return end + dice.between(0.25, 0.7)
    if answered and dice.chance(0.18):
        return end - dice.between(0.13, 0.3)  # a terminal overlap, which is how people talk
    return end + dice.between(0.05, 1.1)


def _listen(scene: Scene, said: Utterance, spoken: list[Utterance]) -> None:
    """Add what the agent says into a long turn that goes on: a back-channel, or words that do not get the floor."""
    dice = scene.dice
    middle = len(said.words) // 2
    text = _heard(scene.act("butt_in"), bare=True, dice=dice, fillers=(), customer=False)
    begin = said.words[max(middle - 3, 1)][1] + 0.1
    butting_in = _speak(-1, scene.speaker, mark(text, "listening.butting_in"), begin, dice, pace=0.8)
    # The customer must still be talking when the agent gives up.
    if butting_in.end < said.end - 0.3 and scene.will("listening.butting_in"):
        spoken.append(butting_in)
        return
    if scene.will("listening.backchannel"):
        token = dice.pick([t.removeprefix("~") for t in scene.wording.facts["backchannels"]])
        begin = said.words[min(middle + dice.whole(0, 2), len(said.words) - 7)][2] - 0.05
        spoken.append(_speak(-1, scene.speaker, mark(token, "listening.backchannel"), begin, dice, pace=0.7))


def _speak(line: int, speaker: str, text: str, start: float, dice: Dice, *, pace: float = 1.0) -> Utterance:
    words = []
    at = start
    for word in plain(text).split():
        length = (0.09 + 0.045 * len(word)) * dice.between(0.85, 1.2) * pace
        words.append((word, round(at, 2), round(at + length, 2)))
        at += length + dice.between(0.01, 0.06)
    return Utterance(line, speaker, text, round(start, 2), words[-1][2], words)


def _cut(text: str, dice: Dice) -> str:
    """Return the text up to a word after which nobody has finished, in its second half."""
    pieces = text.split(" ")
    low, high = len(pieces) // 2, max(len(pieces) * 5 // 6, len(pieces) // 2 + 1)
    open_ = [k for k in range(low, high) if plain(pieces[k]).lower().strip(".,!?") in _OPEN_ENDED]
    cut = dice.pick(open_) if open_ else dice.whole(low, high - 1)
    kept = " ".join(pieces[: cut + 1])
    return kept.rstrip(".,!? ")


def _heard(text: str, *, bare: bool, dice: Dice, fillers: tuple[str, ...] | list[str], customer: bool) -> str:
    """Return what a recogniser makes of it."""
    if bare:
        text = _MARKS.sub("", text.lower())
    words: list[str] = []
    for word in text.split(" "):
        if plain(word) or not words:
            words.append(word)
        else:
            words[-1] += word  # a mark whose word was nothing but punctuation
    rate = (0.035 if customer else 0.015) if fillers else 0.0
    heard: list[str] = []
    for word in words:
        if dice.chance(rate) and heard:
            heard.append(dice.pick(fillers))
        elif dice.chance(0.01) and not any(map(is_mark, word)) and word.isalpha():
            heard.append(word)
        heard.append(word)
    return " ".join(heard)
