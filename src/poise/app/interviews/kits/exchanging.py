"""A kit as a file, to keep or to bring to another installation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from django.utils.translation import gettext as _

from poise.app.interviews.kits.editing import in_order
from poise.app.interviews.kits.models import KitVersion
from poise.knowledge.interviews import Kit, kit_from_json, kit_to_json
from poise.reports.titles import titles

__all__ = ["MOST_BYTES", "BrokenFileError", "Brought", "read", "write"]

MOST_BYTES: Final = 1_000_000
_FORM: Final = 1
_BYTE: Final = re.compile(r"\(byte (\d+)\)")


class BrokenFileError(ValueError):
    """A file that is no kit. The message names the place and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file holds."""

    title: str
    job_analysis: str
    kit: Kit


class _File(msgspec.Struct, forbid_unknown_fields=True):
    poise_kit: int
    title: str
    kit: dict[str, Any]
    job_analysis: str = ""
    digest: str = ""


def write(version: KitVersion) -> bytes:
    """Return a version as a JSON file. What one installation has of its own (team, people, dates) is not in it."""
    kit = version.draft()
    file = _File(
        _FORM, version.kit.title, kit_to_json(kit), version.job_analysis, digest=version.digest or kit.digest()
    )
    return msgspec.json.format(msgspec.json.encode(file), indent=2)


def read(data: bytes) -> Brought:
    """Read such a file.

    Raises
    ------
    BrokenFileError
        Where it is none.
    """
    try:
        file = msgspec.json.decode(data, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BrokenFileError(_placed(str(error), data)) from error
    if file.poise_kit != _FORM:
        said = {"form": file.poise_kit, "known": _FORM}
        raise BrokenFileError(_("$.poise_kit: the file has the form %(form)s; %(known)s is what can be read.") % said)
    try:
        kit = kit_from_json(file.kit)
    except ValueError as error:
        raise BrokenFileError(f"$.kit: {error}") from error
    known = titles("en").traits
    problems = [
        _("$.kit.traits: there is no trait “%(trait)s”") % {"trait": one[:100]}
        for one in kit.traits
        if one not in known
    ]
    for field, longest in (("title", 200), ("job_analysis", 10_000)):
        if len(getattr(file, field)) > longest:
            problems.append(_("$.%(field)s: longer than %(longest)d characters") % {"field": field, "longest": longest})
    if problems:
        raise BrokenFileError("; ".join(problems))
    return Brought(file.title.strip(), file.job_analysis, in_order(kit))


def _placed(message: str, data: bytes) -> str:
    """Say the line and column where the decoder says a byte."""
    found = _BYTE.search(message)
    if found is None:
        return message
    before = data[: int(found[1])]
    line, column = before.count(b"\n") + 1, len(before) - (before.rfind(b"\n") + 1) + 1
    return _("line %(line)d, column %(column)d: %(message)s") % {
        "line": line,
        "column": column,
        "message": _BYTE.sub("", message).strip(),
    }
