"""``poise.toml``: what a team sets for its own runs."""

from __future__ import annotations

from pathlib import Path

import msgspec

from poise.model import Tier

__all__ = ["Project", "ProjectError", "read_project"]

NAME = "poise.toml"


class ProjectError(ValueError):
    """A project file that cannot be used; the message names file, field and remedy."""


class Project(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one project; paths are relative to the file.

    Attributes
    ----------
    people
        CSV or TOML file that merges one agent's several names and says which team.
    norms
        Norms file made by ``poise norms fit``.
    knowledge
        Folder of knowledge files.
    off
        Behaviours that are switched off.
    scripted
        Phrases that a script dictates and that are no evidence, by language.
    roles
        Role of each speaker label of a transcript: ``SPEAKER_00 = "agent"``.
    purpose
        What the conversations may be used for: coaching, selection or training.
    tier
        Which detectors run: ``fast`` or ``full`` (docs/method/training.md).
    """

    people: str | None = None
    norms: str | None = None
    knowledge: str | None = None
    off: list[str] = msgspec.field(default_factory=list)
    scripted: dict[str, list[str]] = msgspec.field(default_factory=dict)
    roles: dict[str, str] = msgspec.field(default_factory=dict)
    purpose: str = "coaching"
    tier: Tier = "fast"
    folder: str = "."

    def path(self, name: str | None) -> Path | None:
        """Return a path of the file as seen from here."""
        return None if name is None else Path(self.folder) / name


def read_project(path: Path | None) -> Project:
    """Read a project file; without one, ``poise.toml`` of the working folder, or the defaults.

    Raises
    ------
    ProjectError
        For a file that does not exist, is no TOML, or has a field or value that is not known.
    """
    if path is None:
        path = Path(NAME)
        if not path.is_file():
            return Project()
    if not path.is_file():
        raise ProjectError(f"{path}: there is no such project file")
    try:
        read = msgspec.toml.decode(path.read_bytes(), type=Project)
    except msgspec.ValidationError as error:
        fields = ", ".join(name for name in Project.__struct_fields__ if name != "folder")
        raise ProjectError(f"{path}: {error}; the fields are {fields}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProjectError(f"{path}: is not TOML: {error}") from None
    return msgspec.structs.replace(read, folder=str(path.parent))
