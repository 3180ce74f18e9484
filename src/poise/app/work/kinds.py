"""The table of what background work there is: kind of job → the function that does it.

A function takes :class:`poise.app.work.running.Running`, does its work in transactions that it opens there, and
returns what the job's ``result`` should be. It may be called again for the same job at any time, after a crash in the
middle too, and must then do only what is not yet done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from poise.app.work.running import Running

__all__ = ["KINDS", "function_of"]

KINDS: Final[Mapping[str, str]] = {
    "preview": "poise.app.importing.preview:look",
    "import": "poise.app.importing.run:run",
    "deliveries": "poise.app.importing.deliveries:read",
    "undo": "poise.app.importing.undo:undo",
    "redetect": "poise.app.conversations.redetection:redetect",
    "expire": "poise.app.audit.retention:expire",
    "estimates": "poise.app.people.estimating:recompute",
    "letters": "poise.app.interviews.campaigns.posting:send",
    "expire_candidates": "poise.app.interviews.campaigns.expiring:expire_due",
}


def function_of(kind: str) -> Callable[[Running], Any]:
    """Return the function that does jobs of ``kind``; KeyError for a kind that does not exist."""
    module, name = KINDS[kind].split(":")
    function: Callable[[Running], Any] = getattr(import_module(module), name)
    return function
