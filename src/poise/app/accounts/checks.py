"""What ``poise manage check`` says of the environment: what is named there is there, and can be used.

None of it keeps a server from starting. A folder may come later, and whoever makes a backup needs no norms.
"""

from __future__ import annotations

import os
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

__all__ = ["mail", "norms", "watched_folder"]


@register
def norms(**kwargs: Any) -> list[CheckMessage]:
    """``POISE_NORMS`` is a file of norms, fitted with this installation's tier."""
    from poise.app.conversations.detecting import tier
    from poise.estimation.norms import NormsError
    from poise.pipeline.norms import norms_for

    given = os.environ.get("POISE_NORMS")
    if not given:
        return []
    try:
        norms_for(given, tier())
    except OSError as error:
        problem = str(error.strerror)
    except NormsError as error:
        problem = str(error)
    else:
        return []
    hint = "Name a file that poise norms fit wrote, or leave POISE_NORMS out for the norms that ship"
    return [Error(f"POISE_NORMS is {given}, which cannot be used: {problem}", hint=hint, id="poise.E001")]


@register
def watched_folder(**kwargs: Any) -> list[CheckMessage]:
    """``POISE_WATCH`` is a folder that can be read."""
    from poise.app.importing.folder import watched

    folder = watched()
    if folder is None or (folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)):
        return []
    problem = "where you may not read" if folder.is_dir() else "which is no folder"
    hint = "Make the folder, or name another: until then nothing is imported from it"
    return [Error(f"POISE_WATCH is {folder}, {problem}", hint=hint, id="poise.E002")]


@register
def mail(**kwargs: Any) -> list[CheckMessage]:
    """``POISE_SMTP_URL`` names a server and a sender. Whether the server answers is tried on the settings page."""
    from poise.app.accounts.mail import from_environment, server

    if not from_environment():
        return []
    try:
        server()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="Until then no e-mail leaves", id="poise.E003")]
    return []
