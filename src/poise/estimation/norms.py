"""Norms: what people do, how much they differ, and how sure that is; fitted once, then frozen.

Norms are one JSON file with a version that is a hash of its content. Nothing in an estimate is refitted from the
batch at hand: nobody's number moves because a colleague's data came in.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from poise.estimation.casemix import Node
from poise.estimation.counts import Family
from poise.estimation.likelihood import inverse_link

__all__ = ["STANDARD", "BehaviourNorm", "Norms", "NormsError", "Support", "TraitNorm"]

Floats = NDArray[np.float64]

STANDARD: Final = 2.5
"""The level under which a person may need extra help, unless the employer sets another."""
FORM: Final = 1


class NormsError(ValueError):
    """Norms that cannot be read, or that are not what their version says."""


class Support(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One point of the prior: mean (relative to the centre) and spread between people, shape, weight."""

    mean: float
    spread: float
    shape: float
    weight: float


class BehaviourNorm(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The norm of one behaviour. Levels are on the link scale: logit, log per minute, or standard deviations."""

    trait: str
    family: Family
    unit: str
    sign: str
    weight: float  # in the trait's composite
    people: int
    conversations: int
    size: float  # opportunities, minutes of exposure, or values
    centre: float  # of the grid; of a measure in its own (for seconds and turns: log1p) unit
    scale: float = 1.0  # measures: standard deviation of values
    between: float = 1.0  # measures: variance between conversations, in units of scale squared
    within: float = 0.0  # measures: variance of a value of weight 1
    mean: float  # of people, relative to the centre
    mean_sd: float  # how uncertain
    spread: float  # between people, standard deviation
    spread_sd: float
    shape: float  # rho, psi or kappa: variation between conversations
    rate: float  # what the norm's typical person does at the norm's case-mix, in the behaviour's unit
    rate_low: float  # 5 % and 95 % of people
    rate_high: float
    nodes: list[Node]
    level_sd: list[float]
    mix: list[tuple[float, float]]  # offset, share of the norm's evidence
    support: list[Support]
    reliability: list[tuple[int, float]]  # conversations, reliability of one person's level after so many

    def rates(self, eta: Floats) -> Floats:
        """Return rates, in the behaviour's own unit, of levels ``eta`` relative to the centre, at the norm's mix."""
        offsets = np.array([o for o, _ in self.mix])
        shares = np.array([s for _, s in self.mix])
        shares = shares / shares.sum()
        if self.family != "measure":
            return np.asarray(inverse_link(self.family, self.centre + eta[..., None] + offsets) @ shares)
        value = self.centre + self.scale * (eta + float(offsets @ shares))
        return np.maximum(np.expm1(value), 0.0) if self.unit in ("seconds", "turns") else value


class TraitNorm(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Reliability of one trait's level in the norm group."""

    reliability: float
    low: float
    high: float
    method: str  # split_half, or model where the group is too small to correlate halves
    people: int
    sd: float  # of observed levels
    weights: dict[str, float]


class Norms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A fitted set of norms."""

    name: str
    version: str = ""
    form: int = FORM
    invented: bool = False  # made from an invented sample: good for trying things, not for judging people
    knowledge: list[str] = []
    tier: str = "fast"  # of the detectors that found what they were fitted to
    people: int
    conversations: int
    standard: float = STANDARD
    behaviours: dict[str, BehaviourNorm]
    traits: dict[str, TraitNorm]
    intercorrelations: dict[str, dict[str, float]]  # of observed trait levels
    intercorrelation_people: int

    def sealed(self) -> Norms:
        """Return the norms with the version that their content has."""
        plain = msgspec.structs.replace(self, version="")
        digest = hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()
        return msgspec.structs.replace(self, version=digest[:12])

    def to_json(self) -> bytes:
        """Return the JSON form, keys sorted."""
        return msgspec.json.format(msgspec.json.encode(self, order="sorted"), indent=1) + b"\n"

    @classmethod
    def from_json(cls, data: bytes | str) -> Norms:
        """Read the JSON form.

        NormsError names the field that is wrong, and is raised too where the content does not have the version it
        carries: somebody edited the file, and the people judged by it would not know.
        """
        try:
            norms = msgspec.json.decode(data, type=cls)
        except msgspec.DecodeError as error:
            raise NormsError(f"norms cannot be read: {error}") from error
        if norms.form != FORM:
            raise NormsError(f"norms have form {norms.form}, this version reads form {FORM}: fit them again")
        for name, b in norms.behaviours.items():
            weights = [s.weight for s in b.support]
            if not weights or min(weights) <= 0 or abs(sum(weights) - 1) > 1e-3:
                raise NormsError(f"norms of {name!r}: support weights must be positive and sum to 1")
            if min(s.spread for s in b.support) <= 0 or b.spread <= 0 or b.scale <= 0 or not b.mix:
                raise NormsError(f"norms of {name!r}: spread and scale must be positive and the mix not empty")
        if norms.sealed().version != norms.version:
            raise NormsError(
                f"norms {norms.name!r} were changed after they were fitted (version {norms.version}); fit them again"
            )
        return norms
