"""Labelled sets, found by file name, each beside what the detector finds in it.

What of Poise answers for a label follows from two definitions, that of the act in the knowledge files and that of the
label in the data; the reasons are in ``docs/method/accuracy.md``. Rows of ``evaluation/`` are scored, never shown.
"""

from __future__ import annotations

from typing import Final

from poise.validation.sets.meetings import mrda
from poise.validation.sets.replies import annomi, casino, receptiveness, uptake
from poise.validation.sets.rows import Judge
from poise.validation.sets.service import bt_oasis, multidogo
from poise.validation.sets.texts import goemotions, norec, politeness

__all__ = ["SETS"]

SETS: Final[dict[str, tuple[str, Judge]]] = {
    "bt_oasis": ("evaluation", bt_oasis),
    "uptake": ("open", uptake),
    "annomi": ("evaluation", annomi),
    "receptiveness": ("open", receptiveness),
    "politeness": ("evaluation", politeness),
    "goemotions_dev": ("open", goemotions),
    "norec_sentence_dev": ("open", norec),
    "multidogo_dev": ("open", multidogo),
    "casino": ("open", casino),
    "mrda": ("evaluation", mrda),
}
"""Sets by file name: the folder they lie in, and what is asked of them."""
