"""The templates of one language, and who prefers which of them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final

from poise.validation.sample.dice import Dice

__all__ = ["Row", "Wording", "load"]

UNUSUAL_SHARE: Final = 1 / 8
"""How often an act is said in a way that is marked as unusual, where its pool has such ways."""

Row = Sequence[str]
"""Columns of templates that belong together."""


@dataclass(slots=True)
class Wording:
    """One language's templates. ``draw`` avoids what has been used most, so that people do not sound alike."""

    code: str
    facts: dict[str, Any]
    pools: dict[str, list[str]]
    topics: dict[str, dict[str, list[Row]]]
    queues: dict[str, str]
    details: list[Row]
    _used: dict[str, int] = field(default_factory=dict)

    def draw(self, side: str, pool: str, *, dice: Dice, speaker: str | None = None) -> tuple[str, bool]:
        """Return a template of a pool, and whether it is an unusual way of saying it.

        Parameters
        ----------
        side
            ``agent`` or ``customer``.
        speaker
            Whose habits count: everybody prefers some ways of saying a thing.
        """
        name = f"{side}.{pool}"
        templates = self.pools[name]
        odd = [template for template in templates if template.startswith("~")]
        usual = [template for template in templates if not template.startswith("~")]
        unusual = bool(odd) and dice.chance(UNUSUAL_SHARE)
        chosen = self._least_used(odd if unusual else usual, name, dice, speaker)
        return chosen.removeprefix("~"), unusual

    def row(self, topic: str, kind: str, *, dice: Dice) -> Row:
        """Return a row of a topic, the least used of two."""
        rows = self.topics[topic][kind]
        first, second = dice.pick(rows), dice.pick(rows)
        row = min(first, second, key=lambda candidate: self._used.get(candidate[0], 0))
        self._used[row[0]] = self._used.get(row[0], 0) + 1
        return row

    def _least_used(self, templates: list[str], name: str, dice: Dice, speaker: str | None) -> str:
        if speaker is not None and len(templates) > 3:
            # A person's own favourites: the first half of a shuffle that is always the same for that person.
            habit = Dice(f"{speaker} {name}").shuffled(templates)
            if dice.chance(0.7):
                templates = habit[: (len(habit) + 1) // 2]
        first, second = dice.pick(templates), dice.pick(templates)
        chosen = min(first, second, key=lambda template: self._used.get(template, 0))
        self._used[chosen] = self._used.get(chosen, 0) + 1
        return chosen


def load(code: str) -> Wording:
    """Read ``wording/<code>.toml`` of this package."""
    text = files("poise.validation.sample.wording").joinpath(f"{code}.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    pools = {
        f"{side}.{name}": _lines(value)
        for side in ("agent", "customer")
        for name, value in raw[side].items()
        if isinstance(value, str)
    }
    facts = {key: value for key, value in raw.items() if key not in ("agent", "customer", "details", "topic")}
    facts |= {key: value for key, value in raw["agent"].items() if isinstance(value, list)}
    facts["it_is"] = raw["details"]["it_is"]
    topics = {
        name: {kind: [_columns(line) for line in _lines(value)] for kind, value in topic.items() if kind != "queue"}
        for name, topic in raw["topic"].items()
    }
    return Wording(
        code=code,
        facts=facts,
        pools=pools,
        topics=topics,
        queues={name: topic["queue"] for name, topic in raw["topic"].items()},
        details=[_columns(line) for line in _lines(raw["details"]["rows"])],
    )


def _lines(block: str) -> list[str]:
    # A template is one line; a line feed inside one is the slot {br}.
    return [line for line in block.strip("\n").split("\n") if line]


def _columns(line: str) -> Row:
    return tuple(part.strip() for part in line.split("||"))
