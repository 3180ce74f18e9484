"""What ``poise serve`` and ``poise manage`` do."""

from __future__ import annotations

import os
from collections.abc import Sequence

__all__ = ["manage"]


def manage(arguments: Sequence[str]) -> None:
    """Run a management command of Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poise.app.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["poise manage", *arguments])
