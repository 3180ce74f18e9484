"""The grammar of a template: ``(a|b)``, ``{slot}``, ``[his/her]``, ``[@to him/to her]``, ``<act text>``."""

from __future__ import annotations

from collections.abc import Mapping

from poise.validation.sample.dice import Dice
from poise.validation.sample.marks import mark

__all__ = ["render"]


class _Reader:
    """Reads one template from left to right, choosing on the way."""

    def __init__(
        self, template: str, *, dice: Dice, slots: Mapping[str, str], speaker: str, addressee: str, unusual: bool
    ) -> None:
        self._template = template
        self._at = 0
        self._dice = dice
        self._slots = slots
        self._gender = (speaker, addressee)
        self._unusual = unusual

    def read(self, stops: str) -> str:
        said: list[str] = []
        while self._at < len(self._template) and self._template[self._at] not in stops:
            character = self._template[self._at]
            self._at += 1
            if character == "(":
                said.append(self._alternatives())
            elif character == "{":
                said.append(self._slot())
            elif character == "[":
                said.append(self._by_gender())
            elif character == "<":
                label = self._until(" ")
                text = self.read(">")
                self._at += 1
                said.append(mark(text, label, unusual=self._unusual))
            else:
                said.append(character)
        return "".join(said)

    def _until(self, stop: str) -> str:
        end = self._template.index(stop, self._at)
        text = self._template[self._at : end]
        self._at = end + 1
        return text

    def _alternatives(self) -> str:
        # Every alternative is read, so that the reader ends behind the last; one is kept.
        said = [self.read("|)")]
        while self._template[self._at] == "|":
            self._at += 1
            said.append(self.read("|)"))
        self._at += 1
        return self._dice.pick(said)

    def _slot(self) -> str:
        name = self._until("}")
        value = self._slots[name.lower()]
        if name[0].isupper():
            return value[:1].upper() + value[1:]
        if "{" in value:
            return render(value, dice=self._dice, slots=self._slots, speaker=self._gender[0], addressee=self._gender[1])
        return value

    def _by_gender(self) -> str:
        him, _, her = self._until("]").partition("/")
        addressed = him.startswith("@")
        gender = self._gender[addressed]
        return (him.removeprefix("@")) if gender == "m" else her


def render(
    template: str,
    *,
    dice: Dice,
    slots: Mapping[str, str],
    speaker: str = "m",
    addressee: str = "m",
    unusual: bool = False,
) -> str:
    """Return one sentence of a template, with its acts marked.

    Raises
    ------
    KeyError
        A slot that has no value.
    ValueError
        A bracket that is not closed.
    """
    reader = _Reader(template, dice=dice, slots=slots, speaker=speaker, addressee=addressee, unusual=unusual)
    return reader.read("")
