"""One batch of conversations on its way in: read, compared with what is here, detected, masked, written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

import polars as pl
from django.db.models import F

from poise.app.audit.erasing import refuse_erased
from poise.app.conversations.detecting import version
from poise.app.conversations.keeping import contents, only
from poise.app.conversations.models import Conversation
from poise.app.conversations.storing import Stored, detect, known, refuse_ids, store
from poise.app.importing.models import AlsoBrought, Import, Reject
from poise.app.rows import batches, insert
from poise.detection.detector import Detected
from poise.model import Tables
from poise.reading.masking import mask, mask_turns

__all__ = ["Batch", "prepare", "put_rejects", "write"]


@dataclass(frozen=True, slots=True)
class Batch:
    """What :func:`prepare` made ready.

    Attributes
    ----------
    tables, found, shown, contents, knowledge
        As :func:`poise.app.conversations.storing.store` wants them.
    same
        How many conversations are here already with the same content; they were not looked at further.
    """

    tables: Tables
    found: Detected
    shown: pl.Series
    contents: dict[str, str]
    knowledge: str
    same: int


def prepare(tables: Tables, origin: str) -> Batch:
    """Do all that can be done before the transaction: most of the work, without holding anybody up."""
    tables = refuse_erased(refuse_ids(tables))
    content = contents(tables)
    here = known(list(content), origin)
    purposes = dict(tables.conversations.select("conversation", "purpose").iter_rows())
    same = {one for one, found in here.items() if found[1:] == (content[one], purposes[one])}
    if same:
        ids = tables.conversations["conversation"]
        tables = only(tables, ids.filter(~ids.is_in(sorted(same))))
    return Batch(
        tables=tables,
        found=detect(tables),
        shown=mask_turns(tables.turns, tables.people),
        contents=content,
        knowledge=version(),
        same=len(same),
    )


def write(batch: Batch, imported: Import, *, chunk: int, once: bool = False) -> Stored:
    """Write a batch and count it in its import. Needs a transaction."""
    stored = store(
        batch.tables,
        batch.found,
        contents=batch.contents,
        shown=batch.shown,
        knowledge=batch.knowledge,
        imported=imported,
        once=once,
    )
    if batch.same or stored.unchanged:
        _note_same(batch.contents, imported)
    refused = put_rejects(pl.concat([batch.tables.rejects, stored.rejects]), imported, chunk)
    Import.objects.filter(pk=imported.pk).update(
        new=F("new") + stored.new,
        unchanged=F("unchanged") + stored.unchanged + batch.same,
        changed=F("changed") + stored.changed,
        turns=F("turns") + stored.turns,
        rejected=F("rejected") + refused,
        knowledge=batch.knowledge,
    )
    return stored


def _note_same(contents: dict[str, str], imported: Import) -> None:
    """Note which conversations of other imports this one brought as well, so that they stay when those are undone."""
    for some in batches(contents):
        here = Conversation.objects.filter(origin=imported.origin, source_id__in=some).exclude(imported=imported)
        AlsoBrought.objects.bulk_create(
            [
                AlsoBrought(imported=imported, conversation_id=key, content=content)
                for key, one, content in here.values_list("pk", "source_id", "content")
                if content == contents[one]
            ],
            update_conflicts=True,
            unique_fields=["imported", "conversation"],
            update_fields=["content"],
        )


def put_rejects(rejects: pl.DataFrame, imported: Import, chunk: int) -> int:
    """Keep what was refused, with personal data hidden and files by the names that they were given."""
    files = [PurePath(file or "").name for file in rejects["file"]]
    hidden = mask(rejects["record"].fill_null("")) if len(rejects) else rejects["record"]
    return insert(
        Reject,
        rejects.select(
            pl.lit(imported.pk, pl.Int64).alias("imported_id"),
            pl.lit(chunk, pl.Int32).alias("chunk"),
            pl.Series("file", files, dtype=pl.String).str.slice(0, 300),
            "line",
            pl.col("field").fill_null("").str.slice(0, 300),
            pl.col("problem").fill_null("").str.slice(0, 1000),
            pl.col("remedy").fill_null("").str.slice(0, 1000),
            hidden.str.slice(0, 300).alias("record"),
        ),
    )
