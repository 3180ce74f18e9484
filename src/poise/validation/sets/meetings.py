"""Timed meetings: interruptions and back-channels (MRDA)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from poise.detection.detector import Detector
from poise.detection.timing import detect_timing, entries
from poise.model import CONVERSATIONS, PEOPLE, TURNS, Tables, empty
from poise.validation.metrics import Judged
from poise.validation.sets.rows import FOUND, Rows, numbered

__all__ = ["mrda"]


def _meetings(rows: Rows, *, mine: str, others: str) -> tuple[Tables, pl.DataFrame]:
    """Return each meeting once per speaker, who has the role ``mine`` there; and every segment's tags."""
    turns, conversations, tags = [], [], []
    for row in rows:
        segments = sorted(row["segments"], key=lambda s: s["start"])
        for i, s in enumerate(segments):
            parts = set(re.split(r"[.^|:]", s["tag"]))
            tags.append((row["id"], s["speaker"], i, "%-" in parts, "%--" in parts, "b" in parts))
        for who in sorted({s["speaker"] for s in segments}):
            name = f"{row['id']}|{who}"
            conversations.append(name)
            turns += [
                (name, i, s["speaker"], role, s["text"], s["start"], s["end"], s["channel"])
                for i, s in enumerate(segments)
                for role in (mine if s["speaker"] == who else others,)
            ]
    columns = ["conversation", "turn", "person", "role", "text", "start", "end", "audio_channel"]
    table = pl.DataFrame(turns, schema={c: TURNS[c] for c in columns}, orient="row")
    table = table.with_columns(at=pl.lit(None, TURNS["at"]), private=pl.lit(False)).select(list(TURNS))
    head = pl.DataFrame(
        [{"conversation": name, "channel": "call", "language": "en"} for name in conversations],
        schema=dict(CONVERSATIONS),
    )
    names = {"meeting": pl.String, "speaker": pl.String, "turn": pl.Int32}
    told = pl.DataFrame(tags, schema={**names, "cut": pl.Boolean, "gave_up": pl.Boolean, "b": pl.Boolean}, orient="row")
    return Tables(head, empty(PEOPLE), table), told


def mrda(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    """Interruptions and back-channels in meetings."""
    behaviours = detector.knowledge.behaviours
    meeting = pl.col("conversation").str.split("|").list.first().alias("meeting")
    key = ["meeting", "speaker", "turn"]
    # who was cut into is the counterpart
    tables, tags = _meetings(rows, mine="customer", others="agent")
    taken = (
        entries(tables, behaviours=behaviours)
        .group_by(meeting, pl.col("counterpart").alias("speaker"), pl.col("counterpart_turn").alias("turn"))
        .agg(pl.col("taken").max())
    )
    stopped = tags.filter(pl.col("cut") != pl.col("gave_up")).join(taken, on=key, how="left", maintain_order="left")
    yield (
        name,
        Judged(
            "interrupted",
            "how far the floor changed hands where another began (listening.interruption and its kin)",
            numbered(stopped["meeting"].to_list()),
            stopped["cut"].to_numpy(),
            ("auc",),
            score=stopped["taken"].fill_null(0.0).to_numpy(),
        ),
    )
    tables, tags = _meetings(rows, mine="agent", others="customer")
    hits = detect_timing(tables, behaviours=behaviours).hits.filter(pl.col("behaviour") == "listening.backchannel")
    found = hits.select(meeting, pl.col("person").alias("speaker"), "turn").unique().with_columns(hit=pl.lit(True))
    judged = tags.join(found, on=key, how="left", maintain_order="left")
    ours = "listening.backchannel, by times and words"
    cluster = numbered(judged["meeting"].to_list())
    hit = judged["hit"].fill_null(False).to_numpy()
    yield name, Judged("backchannel", ours, cluster, judged["b"].to_numpy(), FOUND, hit)
