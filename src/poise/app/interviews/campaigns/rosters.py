"""Candidates as CSV: in from an applicant tracking system, and out again with where they stand."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews.campaigns.adding import COLUMNS, CandidateError, Given, Register
from poise.app.interviews.campaigns.models import Campaign, Candidate

__all__ = ["MOST_BYTES", "MOST_ROWS", "SCHEMA", "Line", "RosterError", "read", "rows", "take_in", "template"]

MOST_BYTES: Final = 1_000_000
MOST_ROWS: Final = 2_000
_GUARDED: Final = re.compile(r"^'(?=\s*[=+\-@])")
"""The apostrophe that exports put before what a spreadsheet could take for a formula."""
_OUT: Final = ("candidate", "name", "email", "external_id", "stage", "state", "interviews", "decision", "decided_on")
SCHEMA: Final = dict.fromkeys(_OUT, pl.String)
"""The columns that are saved, all of them text."""


class RosterError(ValueError):
    """A file cannot be read at all; says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: what it gives, and what would come of it.

    ``what`` is ``new``, ``changed``, ``unchanged`` or ``refused``; then ``field``, ``problem`` and ``remedy`` say why.
    ``note`` is something that a person should look at.
    """

    number: int
    given: Given
    what: str
    field: str = ""
    problem: str = ""
    remedy: str = ""
    note: str = ""


def template() -> str:
    """Return an empty file with the columns."""
    return ",".join(COLUMNS) + "\r\n"


def read(content: bytes) -> tuple[list[tuple[int, Given]], list[str]]:
    """Return the lines of a file with their numbers, and the names of columns that mean nothing here.

    UTF-8; separated by commas, semicolons or tabs, as the first line shows; its names may come in any order.

    Raises
    ------
    RosterError
        Where it is too large, no UTF-8, not CSV, has no column ``name`` or names one twice.
    """
    if len(content) > MOST_BYTES:
        raise RosterError(_("The file is larger than 1 MB. Split it."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RosterError(_("The file is not UTF-8. Save it as “CSV UTF-8” and choose it again.")) from None
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        found = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise RosterError(
            _("Line %(line)s cannot be read as CSV (%(error)s). Look for a quotation mark that is not closed.")
            % {"line": reader.line_num, "error": error}
        ) from None
    names = [cell.strip().lower().replace(" ", "_").replace("-", "_") for cell in found[0][1]] if found else []
    if "name" not in names:
        wanted = ", ".join(COLUMNS)
        raise RosterError(
            _("The first line must name the columns, at least “name”: %(columns)s.") % {"columns": wanted}
        )
    twice = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
    if twice:
        raise RosterError(_("The column “%(name)s” stands twice. Leave one out.") % {"name": twice[0]})
    if len(found) - 1 > MOST_ROWS:
        raise RosterError(_("The file has more than %(most)s lines. Split it.") % {"most": MOST_ROWS})
    lines = []
    for number, cells in found[1:]:
        values = {name: _GUARDED.sub("", cell.strip()) for name, cell in zip(names, cells, strict=False)}
        given = {name: values.get(name, "") for name in COLUMNS}
        lines.append((number, Given(**given | {"language": given["language"].lower()})))
    return lines, [name for name in names if name and name not in COLUMNS]


def take_in(campaign: Campaign, lines: Iterable[tuple[int, Given]], *, dry: bool) -> list[Line]:
    """Take the candidates of a file in, those whose line is sound; ``dry`` only says what would come of it.

    Each needs an e-mail address or an id, by which it is known when the same file comes again. A line with what
    another line has already is refused.
    """
    with transaction.atomic():
        register = Register(Campaign.objects.select_for_update().get(pk=campaign.pk))
        seen: dict[tuple[str, str], int] = {}
        told = [_line(register, number, given, seen, dry) for number, given in lines]
        if not dry:
            record(Action.IMPORTED, campaign, purpose="selection", **Counter(one.what for one in told))
    return told


def _line(register: Register, number: int, given: Given, seen: dict[tuple[str, str], int], dry: bool) -> Line:
    try:
        if not given.email and not given.external_id:
            raise CandidateError("email", _("neither an address nor an id is given"), _("Fill in email or external_id"))
        for field, value in (("external_id", given.external_id), ("email", given.email.lower())):
            before = seen.setdefault((field, value), number) if value else number
            if before != number:
                raise CandidateError(
                    field, _("stands in line %(line)s already") % {"line": before}, _("Leave one of the lines out")
                )
        namesake = register.knows_name(given.name)
        outcome = register.look(given) if dry else register.take(given)
    except CandidateError as error:
        return Line(number, given, "refused", error.field, error.problem, error.remedy)
    note = _("Somebody of this name is a candidate already.") if namesake and outcome.what == "new" else ""
    return Line(number, given, outcome.what, note=note)


def rows(candidates: Iterable[Candidate], *, outcomes: bool) -> list[dict[str, Any]]:
    """Return candidates as rows to save, without any rating.

    Parameters
    ----------
    candidates
        With ``stage``, and ``interviews`` and ``decisions`` fetched before.
    outcomes
        Whether decisions are told; else their columns are empty, and the state of whom one ended is ``decided``.
    """
    found = []
    for one in candidates:
        decision = next(iter(one.decisions.all()), None) if outcomes else None
        interviews = "; ".join(
            f"{interview.starts_at.isoformat(timespec='minutes') if interview.starts_at else '-'} {interview.state}"
            for interview in one.interviews.all()
        )
        decided = (decision.outcome, decision.decided_at.date().isoformat()) if decision else ("", "")
        stage = one.stage.title if one.stage else ""
        state = one.state if outcomes or one.state not in Candidate.DECIDED else "decided"
        values = (one.code, one.name, one.email, one.external_id, stage, state, interviews, *decided)
        found.append(dict(zip(_OUT, values, strict=True)))
    return found
