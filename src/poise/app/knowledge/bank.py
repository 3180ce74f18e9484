"""The item bank of this installation."""

from __future__ import annotations

import os
from pathlib import Path

from poise.knowledge.interviews import ItemBank, load_item_bank

__all__ = ["item_bank"]


def item_bank() -> ItemBank:
    """Return what interviews ask: what this installation's own files (``POISE_KNOWLEDGE``) say, else what ships.

    Raises
    ------
    poise.knowledge.KnowledgeError
        For files that cannot be used.
    """
    folder = os.environ.get("POISE_KNOWLEDGE")
    own = Path(folder) if folder else None
    return load_item_bank(own if own is not None and (own / "interviewing").is_dir() else None)
