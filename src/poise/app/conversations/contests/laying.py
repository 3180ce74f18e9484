"""Detection with what reviewers decided laid over it: the one place where contests change evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import uuid4

import polars as pl
from django.db.models import Exists, OuterRef, Subquery

from poise.app.conversations.contests.models import Contest
from poise.app.conversations.detecting import detector
from poise.app.conversations.models import Participant
from poise.app.rows import batches
from poise.app.work.jobs import enqueue
from poise.detection.detector import Detected
from poise.detection.dismissing import DISMISSED
from poise.model import Tables

__all__ = ["fingerprint", "follow", "go_with_people", "laid_over", "same_place"]

_Key = tuple[str, str, str]  # person, conversation, behaviour


def fingerprint(text: str) -> str:
    """Return the mark by which a turn is known again."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def go_with_people(conversations: Sequence[int]) -> None:
    """Let contests be about whoever their speakers are now, after names were joined or parted."""
    speaker = Participant.objects.filter(
        conversation=OuterRef("conversation"), key=OuterRef("speaker"), person__isnull=False
    )
    for some in batches(conversations):
        Contest.objects.filter(Exists(speaker), conversation__in=some).update(
            person=Subquery(speaker.values("person")[:1])
        )


def follow(conversations: Iterable[int]) -> None:
    """Have evidence found anew, in the background, in those of these conversations that have an upheld contest."""
    keys = {
        key
        for some in batches(conversations)
        for key in Contest.objects.filter(conversation__in=some, state=Contest.State.UPHELD).values_list(
            "conversation", flat=True
        )
    }
    if keys:
        enqueue("redetect", {"conversations": sorted(keys)}, key=f"contests:{uuid4().hex}")


def laid_over(tables: Tables) -> Detected:
    """Return what is found in stored conversations, without what reviewers found to be wrong. One query.

    Parameters
    ----------
    tables
        As :func:`poise.app.conversations.loading.load` gives them.

    Notes
    -----
    A contest of a turn that says something else now does not count. Hits and opportunities are as reviewers see them
    too: a dismissed hit is gone, an occasion that was met is met, one that was none is gone.
    """
    keys = [int(one) for one in tables.conversations["conversation"]]
    upheld = [
        one
        for some in batches(keys)
        for one in Contest.objects.filter(conversation__in=some, state=Contest.State.UPHELD)
        .exclude(kind=Contest.Kind.CHECK)
        .select_related("person")
    ]
    holding = _still_said(upheld, tables)
    if not holding:
        return detector().detect(tables)
    spoken = [
        (str(one.conversation_id), one.turn, one.behaviour, one.begin, one.end)
        for one in holding
        if one.kind == Contest.Kind.HIT and one.turn is not None and one.begin is not None
    ]
    found = detector().detect(tables, dismissed=pl.DataFrame(spoken, schema=dict(DISMISSED), orient="row"))
    return _corrected(found, holding)


def _still_said(contests: list[Contest], tables: Tables) -> list[Contest]:
    wanted = {(str(one.conversation_id), one.turn) for one in contests if one.turn is not None}
    if not contests:
        return []
    places = pl.DataFrame(sorted(wanted), schema={"conversation": pl.String, "turn": pl.Int32}, orient="row")
    texts = {
        (conversation, turn): fingerprint(text or "")
        for conversation, turn, text in tables.turns.join(places, on=["conversation", "turn"], how="semi")
        .select("conversation", "turn", "text")
        .iter_rows()
    }
    return [one for one in contests if one.turn is None or texts.get((str(one.conversation_id), one.turn)) == one.said]


def same_place(contest: Contest, row: dict[str, Any]) -> bool:
    """Whether a contested hit lies where this row of :data:`poise.model.HITS` does: they overlap."""
    if (contest.behaviour, contest.turn, contest.event) != (row["behaviour"], row["turn"], row["event"]):
        return False
    if contest.begin is None or contest.end is None or row["begin"] is None:
        return contest.begin is None and row["begin"] is None
    return bool(contest.begin < row["end"] and contest.end > row["begin"])


def _corrected(found: Detected, contests: list[Contest]) -> Detected:
    """Lay contests of times, events and occasions over; those of words are out already."""
    behaviours = {one.behaviour for one in contests}
    conversations = {str(one.conversation_id) for one in contests}
    touched = pl.col("behaviour").is_in(sorted(behaviours)) & pl.col("conversation").is_in(sorted(conversations))
    hits, gone = _without_dismissed(found.hits, contests, touched)
    opportunities, met, dropped = _occasions(found.opportunities, contests, touched)
    evidence = []
    for row in found.evidence.filter(touched).iter_rows(named=True):
        key = (row["person"], row["conversation"], row["behaviour"])
        if key in gone:
            row["hits"] = min(row["hits"], gone[key])
        row["opportunities"] = max(row["opportunities"] - dropped.get(key, 0), 0)
        row["hits"] = row["hits"] + met.get(key, 0)
        evidence.append(row)
    changed = pl.DataFrame(evidence, schema=found.evidence.schema)
    return replace(
        found,
        hits=hits,
        opportunities=opportunities,
        evidence=pl.concat([found.evidence.filter(~touched), changed]),
    )


def _without_dismissed(
    hits: pl.DataFrame, contests: list[Contest], touched: pl.Expr
) -> tuple[pl.DataFrame, dict[_Key, int]]:
    """Return the hits that stay, and how many stay of those from which some went."""
    wrong: dict[str, list[Contest]] = {}
    for one in contests:
        if one.kind == Contest.Kind.HIT:
            wrong.setdefault(str(one.conversation_id), []).append(one)
    stays: list[bool] = []
    kept: dict[_Key, int] = {}
    gone: set[_Key] = set()
    looked = hits.filter(touched)
    for row in looked.iter_rows(named=True):
        key = (row["person"], row["conversation"], row["behaviour"])
        stay = not any(same_place(one, row) for one in wrong.get(row["conversation"], ()))
        stays.append(stay)
        kept[key] = kept.get(key, 0) + stay
        if not stay:
            gone.add(key)
    rest = looked.filter(pl.Series(stays, dtype=pl.Boolean))
    return pl.concat([hits.filter(~touched), rest]), {key: kept[key] for key in gone}


def _occasions(
    opportunities: pl.DataFrame, contests: list[Contest], touched: pl.Expr
) -> tuple[pl.DataFrame, dict[_Key, int], dict[_Key, int]]:
    """Return the occasions as reviewers see them, how many more are met, and how many were none."""
    said = {
        (one.person.person_id, str(one.conversation_id), one.behaviour, one.turn, one.event): one.kind
        for one in contests
        if one.kind in {Contest.Kind.DONE, Contest.Kind.UNCALLED}
    }
    met: dict[_Key, int] = {}
    dropped: dict[_Key, int] = {}
    rows = []
    for row in opportunities.filter(touched).iter_rows(named=True):
        key = (row["person"], row["conversation"], row["behaviour"])
        kind = None if row["met"] else said.get((*key, row["turn"], row["event"]))
        if kind == Contest.Kind.UNCALLED:
            dropped[key] = dropped.get(key, 0) + 1
            continue
        if kind == Contest.Kind.DONE:
            met[key] = met.get(key, 0) + 1
            row["met"] = True
        rows.append(row)
    changed = pl.DataFrame(rows, schema=opportunities.schema)
    return pl.concat([opportunities.filter(~touched), changed]), met, dropped
