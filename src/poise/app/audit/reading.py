"""What somebody may read of the log: its rows on the page, and as a file that is safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any, Final

import msgspec
import polars as pl
from django.contrib.auth.models import AnonymousUser
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from poise.app.accounts.models import User
from poise.app.audit.models import Entry
from poise.app.interviews.blinding import closed_campaigns
from poise.app.interviews.campaigns.models import Candidate
from poise.app.rows import batches
from poise.reports.spreadsheet import guarded

__all__ = ["as_csv", "shown_to"]

_COLUMNS: Final = {
    "sequence": pl.Int64,
    "at": pl.String,
    "actor": pl.Int64,
    "action": pl.String,
    "kind": pl.String,
    "key": pl.String,
    "person": pl.Int64,
    "candidate": pl.Int64,
    "purpose": pl.String,
    "detail": pl.String,
    "previous": pl.String,
    "seal": pl.String,
}
_AT_ONCE: Final = 2_000


def shown_to(user: User | AnonymousUser) -> QuerySet[Entry]:
    """Return the rows that ``user`` may read.

    Whoever has still to rate in a campaign learns of no decision there: neither by its row, nor by what follows from
    one (a report that was read, an objection, somebody who starts work and acts under their own name). So all rows
    about its candidates are left out, whatever they say, and their numbers with them.
    """
    rows = Entry.objects.all()
    closed = list(closed_campaigns(user).values_list("pk", flat=True))
    if not closed:
        return rows
    candidates = Candidate.objects.filter(campaign__in=closed)
    hired = candidates.exclude(person=None)
    accounts = list(hired.exclude(user=None).values_list("user", flat=True))
    about = Entry.objects.filter(
        Q(candidate__in=candidates.values("pk"))
        | Q(kind="candidate", key__in=candidates.values(text=Cast("pk", CharField())))
        | Q(person__in=hired.values("person"))
        | Q(actor__in=accounts)
        | Q(kind="membership", detail__user__in=accounts)
    )
    return rows.exclude(pk__in=about.values("pk"))


def as_csv(rows: QuerySet[Entry]) -> Iterator[str]:
    """Yield rows as CSV, some at a time, with their seals."""
    yield pl.DataFrame(schema=_COLUMNS).write_csv()
    for some in batches(rows.iterator(chunk_size=_AT_ONCE), _AT_ONCE):
        table = pl.DataFrame([_values(row) for row in some], schema=_COLUMNS, orient="row")
        yield guarded(table).write_csv(include_header=False)


def _values(row: Entry) -> list[Any]:
    values: dict[str, Any] = {name: getattr(row, name) for name in _COLUMNS}
    values["at"] = row.at.astimezone(UTC).isoformat()
    values["detail"] = msgspec.json.encode(row.detail).decode()
    return list(values.values())
