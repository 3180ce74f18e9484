"""The words behind the numbers: few, short, telling, different, and the same at every run.

A quote argues *for* a trait (something good was done, or something bad was provoked and left undone) or *against* it.
It comes with the turn before it, because a turn alone can be made to say anything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

import polars as pl

from poise.model import ASSESSED
from poise.reports.results import Results
from poise.reports.titles import Titles

__all__ = ["Passage", "Quote", "Segment", "Shelf", "clean", "collect", "excerpt", "harmless"]

CONVERSATIONS_EACH: Final = 12
"""Of each person, behaviour and kind, this many conversations are looked at, latest first."""
BEFORE, AFTER = 110, 190
"""How much of a long turn is kept around what matters, in characters."""

# Marks that change the direction of what follows could make a quote read as other words than were said;
# control characters are not allowed in HTML. Neither is anything a person meant to say.
_UNSAFE = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"\w+")

Kind = Literal["shown", "missed", "avoided"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a turn. ``mark``: the hit itself; ``cue``: the words that called for something."""

    text: str
    kind: Literal["plain", "mark", "cue"] = "plain"


@dataclass(frozen=True, slots=True)
class Passage:
    """A turn, shortened around what matters."""

    role: str
    own: bool  # said by the person whom the quote is about
    segments: tuple[Segment, ...]
    start: float | None = None  # seconds from the start of the conversation
    private: bool = False

    @property
    def text(self) -> str:
        """The words without marks."""
        return "".join(segment.text for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Quote:
    """One piece of evidence in its context."""

    behaviour: str
    kind: Kind
    rule: str
    conversation: str
    at: datetime | None
    channel: str | None
    passages: tuple[Passage, ...]
    event: str | None = None  # kind of what was done, where nothing was said
    telling: float = field(compare=False, default=0.0)


def harmless(text: str) -> str:
    """Return ``text`` without what could deceive the eye or break the page; its lines stay."""
    return _UNSAFE.sub("", text)


def clean(text: str) -> str:
    """Return ``text`` in one line, without what could deceive the eye or break the page."""
    return _SPACE.sub(" ", harmless(text))


def excerpt(
    text: str, begin: int | None = None, end: int | None = None, *, kind: Literal["mark", "cue"] = "mark"
) -> tuple[Segment, ...]:
    """Cut ``text`` down to the words around the span ``begin``..``end`` (code points); its start where there is none.

    A span that does not lie in the text is moved into it; one that is longer than an excerpt is cut too.
    """
    size = len(text)
    if begin is None or end is None or end <= begin or begin >= size:
        stop = _word_end(text, min(size, BEFORE + AFTER))
        return (Segment(clean(text[:stop]).strip() + (" …" if stop < size else "")),)
    begin = max(0, begin)
    end = min(end, size, _word_end(text, begin + AFTER))
    left = _word_start(text, max(0, begin - BEFORE))
    right = _word_end(text, min(size, end + AFTER))
    head, tail = clean(text[left:begin]), clean(text[end:right])
    return tuple(
        segment
        for segment in (
            Segment(("… " if left else "") + head.lstrip()),
            Segment(clean(text[begin:end]), kind),
            Segment(tail.rstrip() + (" …" if right < size else "")),
        )
        if segment.text
    )


def _word_start(text: str, position: int) -> int:
    """Return the start of the next word at or after ``position``, at most 20 characters on."""
    if position == 0:
        return 0
    found = text.find(" ", position - 1, position + 20)
    return found + 1 if found >= 0 else position


def _word_end(text: str, position: int) -> int:
    """Return the end of the word around ``position``, at most 20 characters on."""
    if position >= len(text):
        return len(text)
    found = text.find(" ", position, position + 20)
    return found if found >= 0 else position


@dataclass(frozen=True)
class Shelf:
    """Candidate quotes by person and behaviour."""

    quotes: Mapping[tuple[str, str], list[Quote]]
    titles: Titles

    def side(self, quote: Quote) -> Literal["for", "against"]:
        """Return what ``quote`` argues for."""
        good = (self.titles.sign(quote.behaviour) == "+") == (quote.kind == "shown")
        return "for" if good else "against"

    def best(
        self,
        person: str,
        behaviours: Sequence[str],
        side: Literal["for", "against"],
        *,
        most: int = 3,
        without: Collection[Quote] = (),
    ) -> list[Quote]:
        """Return the ``most`` telling quotes of ``side``.

        ``behaviours`` come in the order of their weight in the argument. Each gives one quote before any gives
        two, no two come from one conversation while others are left, and none repeats the words of another, nor is
        one of ``without``.
        """
        found: list[Quote] = []
        places: set[str] = set()
        said: set[str] = set()
        piles = [
            [
                quote
                for quote in self.quotes.get((person, behaviour), [])
                if self.side(quote) == side and quote not in without and (quote.kind == "avoided") == avoided
            ]
            # that something bad did not happen speaks less than what was done, so it comes last
            for avoided in (False, True)
            for behaviour in behaviours
        ]
        for fresh in (True, False):
            for depth in range(most):
                for pile in piles:
                    taken = sum(quote in found for quote in pile)
                    if taken > depth or len(found) >= most:
                        continue
                    for quote in pile:
                        words = _key(quote)
                        if words in said or (fresh and quote.conversation in places):
                            continue
                        found.append(quote)
                        places.add(quote.conversation)
                        said.add(words)
                        break
        return found


def _key(quote: Quote) -> str:
    """What makes two quotes the same to a reader: the words of the turn that decides, without figures."""
    if not quote.passages:
        return f"{quote.event} {quote.conversation}"
    decisive = next((passage for passage in quote.passages if passage.own), quote.passages[0])
    return " ".join(_WORD.findall(decisive.text.casefold()))[:80]


def collect(results: Results, people: Collection[str], titles: Titles) -> Shelf:
    """Read the candidate quotes of ``people`` from ``results``."""
    signs = pl.LazyFrame(
        {"behaviour": list(titles.behaviours), "sign": [entry.sign for entry in titles.behaviours.values()]},
        schema={"behaviour": pl.String, "sign": pl.String},
    ).filter(pl.col("sign") != "0")
    ours = pl.col("person").is_in(list(people))
    hits = (
        results.scan("hits")
        .filter(ours, pl.col("turn").is_not_null() | pl.col("event").is_not_null())
        .select(
            "person",
            "behaviour",
            "conversation",
            "turn",
            "event",
            "begin",
            "end",
            "score",
            "rule",
            kind=pl.lit("shown"),
        )
    )
    lapses = (
        results.scan("opportunities")
        .filter(ours, pl.col("met").not_(), pl.col("event").is_null())
        .join(signs, on="behaviour")
        .select(
            "person",
            "behaviour",
            "conversation",
            "turn",
            "event",
            begin=pl.lit(None, pl.Int32),
            end=pl.lit(None, pl.Int32),
            score=pl.lit(0.5, pl.Float32),
            rule=pl.lit(""),
            kind=pl.when(pl.col("sign") == "+").then(pl.lit("missed")).otherwise(pl.lit("avoided")),
        )
    )
    # Latest first, as a number: the scans below then carry numbers, and a lake of hits never stands in memory.
    order = (
        results.scan("conversations")
        .select("conversation", "channel", "started_at")
        .sort("started_at", "conversation", descending=True, nulls_last=True)
        .with_row_index("recent")
        .collect()
        .lazy()
    )
    rows = pl.concat([hits.join(signs, on="behaviour").drop("sign"), lapses]).join(order, on="conversation")
    group = ["person", "behaviour", "kind"]
    picked = rows.group_by(group).agg(pl.col("recent").unique().bottom_k(CONVERSATIONS_EACH)).explode("recent")
    candidates = (
        rows.join(picked.collect(engine="streaming").lazy(), on=[*group, "recent"], how="semi")
        .collect(engine="streaming")
        .sort(*group, "recent", "score", "turn", descending=[False] * 4 + [True, False], nulls_last=True)
        .unique([*group, "recent"], keep="first", maintain_order=True)
    )
    texts = _Texts(results, candidates["conversation"].unique())
    found: dict[tuple[str, str], list[Quote]] = {}
    for row in candidates.iter_rows(named=True):
        quote = _quote(row, texts, titles)
        if quote is not None:
            found.setdefault((row["person"], row["behaviour"]), []).append(quote)
    for pile in found.values():
        pile.sort(key=lambda quote: (-quote.telling, quote.conversation))
    return Shelf(found, titles)


class _Texts:
    """Turns, events and customer-side cues of the conversations that candidates come from."""

    def __init__(self, results: Results, conversations: pl.Series) -> None:
        wanted = pl.col("conversation").is_in(conversations.implode())
        self.turns = (
            results.scan("turns")
            .filter(wanted)
            .select("conversation", "turn", "person", "role", "text", "start", "private")
            .sort("conversation", "turn")
            .collect()
        )
        bounds = (
            self.turns.with_row_index("row")
            .group_by("conversation", maintain_order=True)
            .agg(first=pl.col("row").min(), last=pl.col("row").max())
        )
        self.bounds: dict[str, tuple[int, int]] = {name: (first, last) for name, first, last in bounds.iter_rows()}
        signals = (
            results.scan("signals")
            .filter(wanted, pl.col("end") > pl.col("begin"))
            .sort("conversation", "turn", "begin")
            .select("conversation", "turn", "signal", "begin", "end")
            .collect()
        )
        events = results.scan("events").filter(wanted).select("conversation", "event", "kind").collect()
        self.events: dict[tuple[str, int], str] = {(name, event): kind for name, event, kind in events.iter_rows()}
        self.cues: dict[tuple[str, int], list[tuple[str, int, int]]] = {}
        for conversation, turn, signal, begin, end in signals.iter_rows():
            self.cues.setdefault((conversation, turn), []).append((signal, begin, end))

    def conversation(self, name: str) -> list[dict[str, Any]]:
        """Return the turns of a conversation, in order."""
        if name not in self.bounds:
            return []
        first, last = self.bounds[name]
        return self.turns[first : last + 1].to_dicts()

    def cue(self, turn: Mapping[str, Any], signals: Iterable[str]) -> tuple[int, int] | None:
        """Return the span that called for a behaviour in ``turn``."""
        wanted = set(signals)
        for signal, begin, end in self.cues.get((turn["conversation"], turn["turn"]), []):
            if signal in wanted:
                return begin, end
        return None


def _quote(row: Mapping[str, Any], texts: _Texts, titles: Titles) -> Quote | None:
    turns = [turn for turn in texts.conversation(row["conversation"]) if turn["text"]]
    entry = titles.behaviours[row["behaviour"]]
    person = row["person"]
    if row["turn"] is None and row["event"] is not None:
        return Quote(
            behaviour=row["behaviour"],
            kind=row["kind"],
            rule=row["rule"] or "",
            conversation=row["conversation"],
            at=row["started_at"],
            channel=row["channel"],
            passages=(),
            event=texts.events.get((row["conversation"], row["event"]), "event"),
            telling=row["score"] or 0.0,
        )
    if row["turn"] is None:
        own = [position for position, turn in enumerate(turns) if turn["person"] == person]
        if not own:
            return None
        opening = getattr(entry.rule, "place", "anywhere") == "first_turn"
        place = own[0] if opening else own[-1]
    else:
        found = [position for position, turn in enumerate(turns) if turn["turn"] == row["turn"]]
        if not found:
            return None
        place = found[0]
    anchor = turns[place]
    passages: list[Passage] = []
    if anchor["person"] == person:
        if place:
            passages.append(_passage(turns[place - 1], person, texts, entry.opportunity.signals))
        spanned = row["kind"] == "shown"
        span = (row["begin"], row["end"]) if spanned else texts.cue(anchor, entry.opportunity.signals)
        passages.append(_cut(anchor, person, span, "mark" if spanned else "cue"))
        decisive = anchor
    else:
        passages.append(_passage(anchor, person, texts, entry.opportunity.signals))
        reply = next((turn for turn in turns[place + 1 :] if turn["person"] == person), None)
        if reply is None:
            return None
        passages.append(_cut(reply, person, None, "mark"))
        decisive = reply
    return Quote(
        behaviour=row["behaviour"],
        kind=row["kind"],
        rule=row["rule"] or "",
        conversation=row["conversation"],
        at=row["started_at"],
        channel=row["channel"],
        passages=tuple(passages),
        telling=_telling(decisive["text"], row["score"] or 0.0, bool(passages[0] is not passages[-1])),
    )


def _passage(turn: Mapping[str, Any], person: str, texts: _Texts, signals: Iterable[str]) -> Passage:
    return _cut(turn, person, texts.cue(turn, signals), "cue")


def _cut(turn: Mapping[str, Any], person: str, span: tuple[int, int] | None, kind: Literal["mark", "cue"]) -> Passage:
    begin, end = span or (None, None)
    role = turn["role"] or "agent"
    own = turn["person"] == person
    return Passage(
        role="colleague" if role in ASSESSED and not own else role,
        own=own,
        segments=excerpt(turn["text"], begin, end, kind=kind),
        start=turn["start"],
        private=bool(turn["private"]),
    )


def _telling(text: str, score: float, context: bool) -> float:
    """Rank: sure hits first, then turns long enough to mean something and short enough to be read."""
    words = len(text[:2_000].split())
    length = min(words / 8, 1.0) if words <= 35 else max(0.2, 1 - (words - 35) / 60)
    return score + length + (0.5 if context else 0.0)
