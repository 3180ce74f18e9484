"""Detection done again on what is stored: after names were joined or parted, or what is looked for changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import polars as pl

from poise.app.conversations.contests.laying import go_with_people, laid_over
from poise.app.conversations.detecting import version
from poise.app.conversations.evidence import evidence_rows, holding_spans, promise_rows
from poise.app.conversations.loading import load
from poise.app.conversations.models import Conversation, Participant, Promise, Turn
from poise.app.conversations.storing import lock_writers
from poise.app.people.estimating import ask_for_estimates
from poise.app.people.models import Evidence
from poise.app.people.recognising import named_people, take_in
from poise.app.rows import batches, delete, insert
from poise.app.work.running import Running
from poise.model import ASSESSED

__all__ = ["redetect", "redetect_now"]

_AT_ONCE: Final = 300  # conversations in one transaction


def redetect(running: Running) -> dict[str, Any]:
    """Do a job ``redetect``.

    Payload: ``conversations`` (primary keys), ``person`` (primary key: all conversations that they take part in), or
    ``stale``: every conversation whose evidence is of another version of the knowledge.
    """
    done = 0
    total = _total(running.payload)
    running.progress(done=0, total=total, message="detecting")
    purposes: set[str] = set()
    for keys in _keys(running.payload):
        with running.transaction():
            purposes |= redetect_now(keys)
            ask_for_estimates(purposes)
        done += len(keys)
        running.progress(done=done, total=total)
    return {"conversations": done}


def _of_payload(payload: dict[str, Any]) -> Any:
    if payload.get("stale"):
        return Conversation.objects.exclude(knowledge=version())
    if "person" in payload:
        return Conversation.objects.filter(participants__person=payload["person"]).distinct()
    return Conversation.objects.filter(pk__in=payload.get("conversations", []))


def _total(payload: dict[str, Any]) -> int:
    return int(_of_payload(payload).count())


def _keys(payload: dict[str, Any]) -> Iterator[list[int]]:
    """Yield primary keys; what is done already drops out of a stale set by itself, so the next are asked for anew."""
    if payload.get("stale"):
        last = 0
        while some := list(
            _of_payload(payload).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]
        ):
            yield some
            last = some[-1]
        return
    yield from batches(list(_of_payload(payload).order_by("pk").values_list("pk", flat=True)), _AT_ONCE)


def redetect_now(keys: Sequence[int]) -> set[str]:
    """Find evidence, promises and the like in these conversations anew; return their purposes. Needs a transaction.

    What reviewers decided on contests is laid over.
    """
    lock_writers()
    apart = load(keys, merged=False)
    found_people = take_in(named_people(apart.people), None)
    for some in batches(found_people.items()):
        for key, person in some:
            Participant.objects.filter(conversation__in=keys, key=key, named=True, role__in=list(ASSESSED)).exclude(
                person=person
            ).update(person=person)
    go_with_people(keys)
    found = laid_over(load(keys))
    delete(Evidence, "conversation_id", keys)
    delete(Promise, "conversation_id", keys)
    number = pl.col("conversation").cast(pl.Int64).alias("conversation_id")
    rows = evidence_rows(found.evidence.with_columns(number), found_people.values())
    insert(Evidence, rows.with_columns(knowledge=pl.lit(version())))
    insert(Promise, promise_rows(found).with_columns(number).drop("conversation"))
    Turn.objects.filter(conversation__in=keys, holding__isnull=False).update(holding=None)
    _hold(holding_spans(found))
    anger = dict(found.cases.select(pl.col("conversation").cast(pl.Int64), "arrival_anger").iter_rows())
    changed = [
        Conversation(pk=key, arrival_anger=anger.get(key, 0), knowledge=version())
        for key in Conversation.objects.filter(pk__in=keys).values_list("pk", flat=True)
    ]
    Conversation.objects.bulk_update(changed, ["arrival_anger", "knowledge"], batch_size=200)
    return set(Conversation.objects.filter(pk__in=keys).values_list("purpose", flat=True).distinct())


def _hold(holding: pl.DataFrame) -> None:
    spans = {(int(c), turn): json.loads(span) for c, turn, span in holding.iter_rows()}
    turns = Turn.objects.filter(conversation__in={c for c, _ in spans})
    rows = [
        Turn(pk=pk, holding=spans[c, number])
        for pk, c, number in turns.values_list("pk", "conversation_id", "number")
        if (c, number) in spans
    ]
    Turn.objects.bulk_update(rows, ["holding"], batch_size=200)
