"""What every file of knowledge is made of."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Strict"]


class Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a file or a kit: what it does not know, it refuses, so that a typo cannot switch something off."""
