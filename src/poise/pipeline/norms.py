"""Norms that fit a run: fitted with what the same tier of detectors finds, else its people would be compared askew."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from poise.estimation.norms import Norms, NormsError
from poise.knowledge import SHIPPED
from poise.model import Tier

__all__ = ["norms_for", "shipped_norms"]

_FILES: Final[dict[Tier, str]] = {"fast": "sample.json", "full": "sample-full.json"}


def shipped_norms(tier: Tier = "fast") -> Norms:
    """Return the norms of the invented sample, as a tier of detectors finds it."""
    return Norms.from_json((SHIPPED / "norms" / _FILES[tier]).read_bytes())


def norms_for(given: str | Path | Norms | None, tier: Tier) -> Norms:
    """Return the norms that a run of ``tier`` is compared with: those given, or those that ship.

    Raises
    ------
    poise.estimation.norms.NormsError
        For a file that cannot be used, and for norms fitted with another tier.
    """
    if given is None:
        return shipped_norms(tier)
    norms = given if isinstance(given, Norms) else Norms.from_json(Path(given).read_bytes())
    if norms.tier != tier:
        raise NormsError(
            f"norms {norms.name!r} were fitted with detectors of the tier {norms.tier}, this run uses {tier}: "
            f"what the two find differs. Use --tier {norms.tier}, or fit norms with --tier {tier}"
        )
    return norms
