"""The invented team, as ``team.toml`` has it."""

from __future__ import annotations

import datetime as dt
import tomllib
from importlib.resources import files

import msgspec

__all__ = ["Agent", "Style", "Team", "load_team"]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Style(_Strict, frozen=True):
    """How somebody writes in a chat; shares of messages."""

    lower: float
    typos: float
    emoji: float
    exclaim: float
    split: float


class Alias(_Strict, frozen=True):
    """A second login of one person."""

    id: str
    name: str


class Agent(_Strict, frozen=True):
    """Somebody on the team."""

    id: str
    name: str
    gender: str
    team: str
    queues: dict[str, float]
    languages: dict[str, int]  # conversations by language
    style: Style
    portrait: str
    calls: float | None = None
    also: Alias | None = None


class Team(_Strict, frozen=True):
    """Who there is, and how likely everybody does what."""

    invented: bool
    company: str
    first_day: dt.date
    agent: list[Agent]
    arrival_anger: dict[str, list[float]]
    probability: dict[str, list[float]]

    def planted(self) -> dict[str, dict[str, float]]:
        """Return the probability of each behaviour by agent id."""
        return {
            agent.id: {behaviour: values[place] for behaviour, values in self.probability.items()}
            for place, agent in enumerate(self.agent)
        }


def load_team() -> Team:
    """Read ``team.toml``.

    Raises
    ------
    msgspec.ValidationError
        A field that is unknown or of the wrong kind.
    ValueError
        A behaviour whose row does not have one probability per agent.
    """
    raw = tomllib.loads(files("poise.validation.sample").joinpath("team.toml").read_text(encoding="utf-8"))
    team = msgspec.convert(raw, Team)
    for behaviour, values in team.probability.items():
        if len(values) != len(team.agent) or not all(0 <= value <= 1 for value in values):
            raise ValueError(f"team.toml: {behaviour} needs {len(team.agent)} probabilities from 0 to 1")
    return team
