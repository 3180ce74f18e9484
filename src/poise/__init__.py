"""Poise: service traits from conversations, interviews and simulated shifts, on evidence.

``poise.analyze(...)`` returns the tables of ``docs/reference/tables.md``; it is loaded when it is first asked for, so
that ``import poise`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poise.pipeline import Result, analyze, fit

__all__ = ["Result", "__version__", "analyze", "fit"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in ("Result", "analyze", "fit"):
        return getattr(import_module("poise.pipeline"), name)
    raise AttributeError(f"module 'poise' has no attribute {name!r}")
