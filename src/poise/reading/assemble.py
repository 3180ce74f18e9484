"""From columns to checked tables: the one way by which every format becomes :class:`poise.model.Tables`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from poise.model import CONVERSATIONS, EVENTS, PEOPLE, TURNS, WORDS, Tables
from poise.reading.instants import REMEDY, instants
from poise.reading.labels import CHANNELS, LANGUAGES
from poise.reading.people import PeopleMap
from poise.reading.problems import Reject, preview, rejects_table
from poise.reading.spoken import CHARACTERS, identify_many
from poise.reading.unchecked import Columns

__all__ = ["TEXT_LIMIT", "assemble"]

TEXT_LIMIT: Final = 100_000
"""Code points of one turn that are read; the rest is left out, with a note in ``meta``."""
_ID_LIMIT: Final = 500
_LATEST_SECOND: Final = 1e8


def assemble(columns: Columns, *, people: PeopleMap | None = None, purpose: str = "coaching") -> Tables:
    """Check what was read, refuse what is wrong, and return the tables.

    Parameters
    ----------
    columns
        What a reader found.
    people
        One agent's several names, and teams.
    purpose
        The purpose of conversations that do not say theirs.
    """
    work = _Work(columns)
    work.times()
    work.ids()
    work.persons()
    work.drop_refused()
    work.texts()
    return work.tables(people, purpose)


class _Work:
    """One batch on its way; ``refused`` collects the first thing wrong with each conversation."""

    def __init__(self, columns: Columns) -> None:
        self.conversations = columns.conversations
        self.turns = columns.turns
        self.people = columns.people
        self.events = columns.events
        self.words = columns.words
        self.columns = columns
        self.refused = dict(columns.refused)
        self.notes: dict[int, list[str]] = {}
        self.counts = np.bincount(self.turns["c"].to_numpy(), minlength=len(self.conversations))
        self.firsts = np.concatenate([[0], np.cumsum(self.counts)[:-1]]).astype(np.int64) if len(self.counts) else None

    def number(self, row: int, c: int) -> int:
        """Return the 0-based number of a turn within its conversation."""
        assert self.firsts is not None
        return row - int(self.firsts[c])

    def refuse(self, c: int, place: str, problem: str, remedy: str, line: int | None = None) -> None:
        self.refused.setdefault(c, (place, problem, remedy, line))

    def refuse_turns(self, where: pl.Series, name: str, problem: str, remedy: str) -> None:
        owners = self.turns["c"]
        for row in where.arg_true():
            c = int(owners[row])
            if c not in self.refused:
                if self.columns.turn_lines is not None:
                    self.refuse(c, name, problem, remedy, int(self.columns.turn_lines[row]))
                else:
                    self.refuse(c, f"turns[{self.number(row, c)}].{name}", problem, remedy)

    def times(self) -> None:
        """Turn texts of instants into instants, and refuse impossible times."""
        at, wrong = instants(self.conversations["started_at"], self.conversations["started_s"])
        for c in wrong.arg_true():
            self.refuse(int(c), "started_at", "not an instant between 1990 and 2100", REMEDY)
        self.conversations = self.conversations.with_columns(at.alias("started_at")).drop("started_s")
        at, wrong = instants(self.turns["at"], self.turns["at_s"])
        if wrong.any():
            self.refuse_turns(wrong, "at", "not an instant between 1990 and 2100", REMEDY)
        self.turns = self.turns.with_columns(at).drop("at_s")
        at, wrong = instants(self.events["at"], self.events["at_s"])
        for row in wrong.arg_true():
            self.refuse(int(self.events["c"][row]), "events.at", "not an instant between 1990 and 2100", REMEDY)
        self.events = self.events.with_columns(at).drop("at_s")
        start, end = self.turns["start"], self.turns["end"]
        for name, value in (("start", start), ("end", end)):
            if value.null_count() == len(value):
                continue
            self.refuse_turns(value.is_nan(), name, "not a number", "Leave it out or write null")
            self.refuse_turns(value < 0, name, "negative", "Give seconds from the start of the conversation")
            late = (value > _LATEST_SECOND).fill_null(False)
            self.refuse_turns(late, name, "too large", "Give seconds, not milliseconds or unix time")
        self.refuse_turns((end < start).fill_null(False), "end", "before start", "Give end at or after start")

    def ids(self) -> None:
        """Refuse empty, too long and repeated ids."""
        ids = self.conversations["conversation"]
        for c in (ids.str.strip_chars().str.len_bytes() == 0).arg_true():
            self.refuse(int(c), "id", "empty", "Give every conversation an id of its own")
        for c in (ids.str.len_bytes() > _ID_LIMIT).arg_true():
            self.refuse(int(c), "id", f"longer than {_ID_LIMIT} bytes", "Give a shorter id")
        if ids.n_unique() < len(ids):
            lines = self.conversations["line"]
            first: dict[str, int] = {}
            for c, value in enumerate(ids):
                if c in self.refused:
                    continue
                before = first.setdefault(value, c)
                if before != c:
                    self.refuse(
                        c,
                        "id",
                        f"{preview(value)!r} was read before (line {lines[before]})",
                        "Give every conversation an id of its own, or take the copy out",
                    )

    def persons(self) -> None:
        """Find the person and the role of every turn; refuse turns that name neither or contradict themselves."""
        turns = self.turns
        if turns["person"].null_count() == len(turns) and self.people.is_empty():
            self.refuse_turns(turns["role"].is_null(), "role", "neither person nor role", _WHO)
            self.turns = turns.with_columns(person=pl.col("role"))
            self.people = _named_by_role(self.turns)
            return
        declared = self._declared()
        alone = declared.group_by("c", "role").agg(pl.len(), pl.col("person").first()).filter(pl.col("len") == 1)
        told = declared.select("c", "person", pl.col("role").alias("told"))
        turns = turns.join(told, on=["c", "person"], how="left", maintain_order="left")
        self.refuse_turns(
            ((turns["role"] != turns["told"]) & turns["person"].is_not_null()).fill_null(False),
            "role",
            "differs from the role that people gives this person",
            "Give each person one role in a conversation",
        )
        # Someone not declared has the role that any of their turns gives.
        own = (
            turns.filter(pl.col("person").is_not_null() & pl.col("told").is_null() & pl.col("role").is_not_null())
            .group_by("c", "person", maintain_order=True)
            .agg(pl.col("role").first().alias("own"), pl.col("role").n_unique().alias("kinds"))
        )
        turns = turns.join(own, on=["c", "person"], how="left", maintain_order="left")
        self.refuse_turns(
            (turns["kinds"] > 1).fill_null(False),
            "role",
            "this person has two roles in one conversation",
            "Give each person one role in a conversation",
        )
        turns = turns.with_columns(role=pl.coalesce("role", "told", "own"))
        lost = turns["role"].is_null()
        self.refuse_turns(lost & turns["person"].is_null(), "role", "neither person nor role", _WHO)
        self.refuse_turns(
            lost,
            "person",
            "not declared in people, and the turn gives no role",
            "Declare the person in people, or give the turn a role",
        )
        # A turn that names only a role belongs to the one declared person of that role, if there is one.
        turns = turns.join(
            alone.select("c", "role", pl.col("person").alias("only")),
            on=["c", "role"],
            how="left",
            maintain_order="left",
        )
        turns = turns.with_columns(
            person=pl.coalesce("person", "only", "role"),
            named=pl.col("person").is_not_null() | pl.col("only").is_not_null(),
        )
        rest = _named_by_role(turns.filter(~pl.col("named")))
        undeclared = own.select(
            "c",
            "person",
            pl.col("own").alias("role"),
            pl.lit(None, pl.String).alias("name"),
            pl.lit(None, pl.String).alias("team"),
            pl.lit(None, pl.String).alias("email"),
            pl.lit(True).alias("named"),
        )
        self.turns = turns.drop("told", "own", "kinds", "only", "named")
        everyone = pl.concat([declared.with_columns(named=pl.lit(True)), undeclared, rest])
        self.people = everyone.unique(["c", "person"], keep="first", maintain_order=True).sort("c", maintain_order=True)

    def _declared(self) -> pl.DataFrame:
        people = self.people.unique(maintain_order=True)
        twice = people.filter(pl.struct("c", "person").is_duplicated())
        for c, person in zip(twice["c"], twice["person"], strict=True):
            self.refuse(int(c), "people", f"{preview(person)!r} is declared twice", "Declare each person once")
        return people.unique(["c", "person"], keep="first", maintain_order=True)

    def drop_refused(self) -> None:
        """Take refused conversations out of every table and number the others anew."""
        if not self.refused:
            return
        bad = sorted(self.refused)
        sources, lines = self.conversations["source"], self.conversations["line"]
        for c in bad:
            place, problem, remedy, line = self.refused[c]
            record = preview(self.columns.record(c))
            reject = Reject(sources[c], lines[c] if line is None else line, place, problem, remedy, record)
            self.columns.rejects.append(reject)
        keep = np.ones(len(self.conversations), dtype=bool)
        keep[bad] = False
        renumber = pl.Series((np.cumsum(keep) - 1).astype(np.uint32))
        self.conversations = self.conversations.filter(pl.Series(keep))
        kept = pl.Series(keep)
        for name in ("turns", "people", "events", "words"):
            table: pl.DataFrame = getattr(self, name)
            table = table.filter(kept.gather(table["c"]))
            setattr(self, name, table.with_columns(renumber.gather(table["c"]).alias("c")))
        self.counts = self.counts[keep]

    def texts(self) -> None:
        """Bound the texts and replace control characters, code point for code point."""
        text = self.turns["text"]
        if self.columns.controls:
            text = text.str.replace_all("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "\N{REPLACEMENT CHARACTER}")
        if (text.str.len_bytes() > TEXT_LIMIT).any():
            length = text.str.len_chars()
            long = length > TEXT_LIMIT
            for row in long.arg_true():
                c = int(self.turns["c"][row])
                number = row - int(self.counts[:c].sum())
                self.notes.setdefault(c, []).append(f"turn {number}: {TEXT_LIMIT} of {length[row]} characters read")
            text = text.str.slice(0, TEXT_LIMIT)
            self.words = self.words.filter(pl.col("end") <= TEXT_LIMIT)
        self.turns = self.turns.with_columns(text)

    def tables(self, people: PeopleMap | None, purpose: str) -> Tables:
        """Return the tables of :mod:`poise.model`."""
        if people is not None:
            self._merge(people)
        self._fill_clock()
        conversations = self.conversations.with_columns(
            channel=_known(self.conversations["channel"], CHANNELS),
            language=self._languages(),
            purpose=pl.col("purpose").fill_null(purpose),
            meta=self._meta(),
        )
        ids = conversations["conversation"]
        return Tables(
            conversations=conversations.select(*CONVERSATIONS),
            people=_numbered(self.people, ids).select(pl.col(k).cast(v) for k, v in PEOPLE.items()),
            turns=_numbered(self.turns, ids)
            .with_columns(turn=pl.Series(_positions(self.counts)), private=pl.col("private").fill_null(False))
            .select(pl.col(k).cast(v) for k, v in TURNS.items()),
            events=_numbered(self.events, ids)
            .with_columns(event=pl.int_range(pl.len()).over("c") if len(self.events) else pl.lit(None, pl.Int32))
            .select(pl.col(k).cast(v) for k, v in EVENTS.items()),
            words=_numbered(self.words, ids).select(pl.col(k).cast(v) for k, v in WORDS.items()),
            rejects=rejects_table(sorted(self.columns.rejects, key=lambda reject: (reject.file, reject.line))),
        )

    def _merge(self, people: PeopleMap) -> None:
        before = self.people
        rows = before.select("person", "name", "role", "email", "named").iter_rows()
        found = [people.who(one, name, role, email=email) if named else None for one, name, role, email, named in rows]
        if not any(found):
            return
        merged = before.with_columns(
            merged=pl.Series([one[0] if one else None for one in found], dtype=pl.String),
            its_team=pl.Series([one[1] if one else None for one in found], dtype=pl.String),
        )
        names = merged.filter(pl.col("merged").is_not_null()).select("c", "person", "merged")
        for name in ("turns", "events"):
            table: pl.DataFrame = getattr(self, name)
            table = table.join(names, on=["c", "person"], how="left", maintain_order="left")
            setattr(self, name, table.with_columns(person=pl.coalesce("merged", "person")).drop("merged"))
        self.people = (
            merged.with_columns(
                person=pl.coalesce("merged", "person"),
                team=pl.coalesce("its_team", "team"),
            )
            .drop("merged", "its_team")
            .unique(["c", "person"], keep="first", maintain_order=True)
        )

    def _fill_clock(self) -> None:
        """Where the conversation's start and a turn's seconds are known, so is the instant; and the other way round."""
        started = self.conversations["started_at"]
        turns = self.turns
        if started.null_count() < len(started) and turns["start"].null_count() < len(turns):
            origin = started.gather(turns["c"])
            shifted = origin + (turns["start"] * 1e6).round(0).cast(pl.Int64).cast(pl.Duration("us"))
            self.turns = turns.with_columns(at=turns["at"].zip_with(turns["at"].is_not_null(), shifted))
        if started.null_count() and turns["at"].null_count() < len(turns):
            first = self.turns.group_by("c").agg(pl.col("at").min()).sort("c")["at"]
            self.conversations = self.conversations.with_columns(
                started_at=started.zip_with(started.is_not_null(), first)
            )

    def _languages(self) -> pl.Series:
        declared = _known(self.conversations["language"], LANGUAGES)
        declared = declared.str.extract(r"^([a-z]{2,3})(?:[-_].*)?$").replace({"iw": "he", "no": "nb"})
        unknown = declared.is_null()
        if not unknown.any():
            return declared.alias("language")
        texts = (
            self.turns.filter(unknown.gather(self.turns["c"]))
            .filter(~pl.col("role").is_in(["bot", "system"]) | pl.col("c").is_null())
            .group_by("c", maintain_order=True)
            .agg(pl.col("text").head(40).str.slice(0, CHARACTERS).str.join(" "))
        )
        told = texts.select("c", identify_many(texts["text"]))
        whole = pl.DataFrame({"c": pl.int_range(len(unknown), dtype=pl.UInt32, eager=True)}).join(
            told, on="c", how="left", maintain_order="left"
        )
        return declared.zip_with(~unknown, whole["language"]).alias("language")

    def _meta(self) -> pl.Series:
        meta = self.conversations["meta"]
        if not self.notes:
            return meta
        from msgspec import json

        rows = meta.to_list()
        for c, notes in self.notes.items():
            kept = json.decode(rows[c]) if rows[c] else {}
            kept["reading"] = [*kept.get("reading", []), *notes] if isinstance(kept.get("reading", []), list) else notes
            rows[c] = json.encode(kept).decode()
        return pl.Series("meta", rows, dtype=pl.String)


_WHO: Final = "Give the turn a person or a role"


def _named_by_role(turns: pl.DataFrame) -> pl.DataFrame:
    """People of whom all that is known is the role: one a role and conversation, in order of appearance."""
    return (
        turns.select("c", "role")
        .unique(maintain_order=True)
        .select(
            "c",
            pl.col("role").alias("person"),
            "role",
            pl.lit(None, pl.String).alias("name"),
            pl.lit(None, pl.String).alias("team"),
            pl.lit(None, pl.String).alias("email"),
            pl.lit(False).alias("named"),
        )
    )


def _known(column: pl.Series, names: dict[str, str] | object) -> pl.Series:
    assert isinstance(names, dict)
    return column.str.strip_chars().str.to_lowercase().replace(names).replace({"": None})


def _numbered(table: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    return table.with_columns(ids.gather(table["c"]).alias("conversation"))


def _positions(counts: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return 0, 1, 2 … anew for every conversation of ``counts`` turns."""
    counts = np.asarray(counts, dtype=np.int64)
    total = int(counts.sum())
    positions: np.ndarray = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    return positions.astype(np.int32)
