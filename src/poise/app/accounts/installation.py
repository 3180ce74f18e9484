"""What this installation was started with, as its settings page shows it: set by the environment, not by a form."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from poise.app.conversations.detecting import tier
from poise.app.importing.folder import watched

__all__ = ["Started", "started_with"]


@dataclass(frozen=True, slots=True)
class Started:
    """One thing that was set, or left: its ``value`` is empty where ``otherwise`` says what holds without it."""

    title: str | Promise
    variable: str
    value: str
    otherwise: str | Promise = ""
    trouble: str | Promise = ""


def started_with() -> list[Started]:
    """Return what was set. Nothing of it is secret; passwords within addresses are left out."""
    folder = watched()
    missing = folder is not None and not folder.is_dir()
    return [
        Started(_("Address"), "POISE_URL", settings.PUBLIC_URL),
        Started(_("Database"), "DATABASE_URL", _database(), _("SQLite, in the folder of this installation")),
        Started(_("Folder of this installation"), "POISE_HOME", str(settings.HOME)),
        Started(
            _("Watched folder"),
            "POISE_WATCH",
            str(folder or ""),
            _("none: conversations come by upload and by the REST API"),
            _("This folder is not there.") if missing else "",
        ),
        Started(_("Knowledge"), "POISE_KNOWLEDGE", os.environ.get("POISE_KNOWLEDGE", ""), _("the one that ships")),
        Started(
            _("Norms"),
            "POISE_NORMS",
            os.environ.get("POISE_NORMS", ""),
            _("those of the invented sample: fit your own before anybody is judged by them"),
        ),
        Started(_("Detectors"), "POISE_TIER", tier()),
        Started(
            _("Sign-in with the company's account"),
            "POISE_OIDC_URL",
            urlsplit(os.environ.get("POISE_OIDC_URL", "")).netloc.rpartition("@")[2],
            _("not set up"),
        ),
    ]


def _database() -> str:
    if connection.vendor != "postgresql":
        return ""
    place = connection.settings_dict
    return f"PostgreSQL, {place['NAME']} @ {place['HOST'] or 'localhost'}"
