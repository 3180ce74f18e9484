"""Timed meetings: interruptions and back-channels (MRDA)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from poise.detection.detector import Detector
from poise.detection.timing import cut_offs, detect_timing
from poise.model import CONVERSATIONS, PEOPLE, TURNS, Tables, empty
from poise.validation.metrics import Judged
from poise.validation.sets.rows import FOUND, Rows, numbered

__all__ = ["mrda"]

_ACKNOWLEDGES: Final = r"^\W*(?:(?:yeah|yes|yep|yup|right|okay|ok|o[_.]k|sure|oh|ah|aha|m+h?m*|h+m+|u+h+|huh)\b\W*)+$"
"""Words that only acknowledge. The label leaves out agreement and assessment ("exactly", "great"), with labels of their
own (Dhillon, Bhagat, Carvey and Shriberg 2004); for a customer they are signs of listening as well."""


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
    taken = cut_offs(tables, behaviours=behaviours).select(
        meeting, pl.col("person").alias("speaker"), "turn", "cut_off"
    )
    stopped = tags.filter(pl.col("cut") != pl.col("gave_up")).join(taken, on=key, how="left", maintain_order="left")
    yield (
        name,
        Judged(
            "interrupted",
            "how surely the speaker was cut off, which is how interruptions are scored (listening.interruption)",
            numbered(stopped["meeting"].to_list()),
            stopped["cut"].to_numpy(),
            ("auc",),
            score=stopped["cut_off"].fill_null(0.0).to_numpy(),
        ),
    )
    tables, tags = _meetings(rows, mine="agent", others="customer")
    hits = detect_timing(tables, behaviours=behaviours).hits.filter(pl.col("behaviour") == "listening.backchannel")
    said = tables.turns.select("conversation", "turn", "text")
    found = (
        hits.join(said, on=["conversation", "turn"], maintain_order="left")
        .filter(pl.col("text").str.to_lowercase().str.contains(_ACKNOWLEDGES))
        .select(meeting, pl.col("person").alias("speaker"), "turn", hit=pl.lit(True))
        .unique()
    )
    judged = tags.join(found, on=key, how="left", maintain_order="left")
    ours = "listening.backchannel, by times and words, where all that is said acknowledges"
    cluster = numbered(judged["meeting"].to_list())
    hit = judged["hit"].fill_null(False).to_numpy()
    yield name, Judged("backchannel", ours, cluster, judged["b"].to_numpy(), FOUND, hit)
