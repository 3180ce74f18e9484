"""read → detect → weigh → estimate over batches.

Names are loaded when they are first asked for: a worker process needs no estimation, and ``poise try`` no worker.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poise.pipeline.analysis import Interrupted, Result, analyze, fit
    from poise.pipeline.detecting import Progress
    from poise.pipeline.parts import Unfinished
    from poise.pipeline.project import Project, ProjectError, read_project

__all__ = [
    "Interrupted",
    "Progress",
    "Project",
    "ProjectError",
    "Result",
    "Unfinished",
    "analyze",
    "fit",
    "read_project",
]

_ROOMS = {
    "analysis": ("Interrupted", "Result", "analyze", "fit"),
    "detecting": ("Progress",),
    "parts": ("Unfinished",),
    "project": ("Project", "ProjectError", "read_project"),
}


def __getattr__(name: str) -> Any:
    for room, names in _ROOMS.items():
        if name in names:
            return getattr(import_module(f"poise.pipeline.{room}"), name)
    raise AttributeError(f"module 'poise.pipeline' has no attribute {name!r}")
