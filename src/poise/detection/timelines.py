"""What only shows on one agent's clock over all of their conversations: how waiting customers were shared out.

Nothing here reads text. The reference is equal sharing (processor sharing): with k customers waiting, each is answered
after k answers. So a wait is compared with the answers that the agent gave during it, and neither a slow day nor a slow
system counts against anyone (science 3.8).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import polars as pl

from poise.detection.clocks import Clocks, area, jain, overlapping, shared
from poise.detection.followups import detect_promises, detect_recontacts
from poise.detection.found import MEASURES, TIER, Found, nothing, shaped, together
from poise.knowledge.rules import Timeline, Timely
from poise.knowledge.schema import Behaviour
from poise.model import ASSESSED, COUNTERPART, HITS, OPPORTUNITIES

__all__ = ["PRIORITIES", "TimelineParameters", "detect_timelines", "usual_of", "usual_waits", "waits"]

PRIORITIES: Final[Mapping[str, int]] = {
    "low": 1, "minor": 1, "trivial": 1, "p4": 1, "normal": 2, "medium": 2, "none": 2, "p3": 2,
    "high": 3, "major": 3, "p2": 3, "urgent": 4, "critical": 4, "p1": 4,
}  # fmt: skip
"""Words for a priority, as help desks write them, and their rank."""
_URGENT: Final = 3
_TRIVIAL_BELOW: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineParameters:
    """What counts as what on a timeline.

    Parameters
    ----------
    channels
        Where a customer waits live; an e-mail thread that is open for days is not juggled.
    longer_than
        A wait is long when it is longer than the queue's usual one by this factor.
    neglected
        A wait in which this many times more answers were given than equal sharing asks for is shown as a hit.
    react_s
        Seconds that an urgent customer must have waited before answering a trivial one is an inversion.
    recontact
        The window in which a new contact on the same topic counts as one.
    """

    channels: tuple[str, ...] = ("chat", "call", "shift")
    longer_than: float = 2.0
    neglected: float = 3.0
    react_s: float = 30.0
    recontact: timedelta = timedelta(days=7)


_DEFAULT: Final = TimelineParameters()


def _public(turns: pl.DataFrame) -> pl.DataFrame:
    """Turns that the other side saw and whose instant is known, in order of time."""
    return (
        turns.filter(
            pl.col("role").is_in([*ASSESSED, *COUNTERPART])
            & ~pl.col("private").fill_null(False)
            & pl.col("at").is_not_null()
        )
        .with_columns(
            ms=pl.col("at").dt.epoch("ms"),
            ours=pl.col("role").is_in(ASSESSED),
            holding=pl.col("holding").fill_null(False),
        )
        .sort("conversation", "ms", "turn")
    )


def _opened(public: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Return when each person took each conversation on, and when it was over for them (ms)."""
    key = ["person", "conversation"]
    spoke = public.filter("ours").group_by(key).agg(pl.col("ms").min())
    assigned = (
        events.filter(pl.col("kind").is_in(["assigned", "transfer"]) & pl.col("at").is_not_null())
        .with_columns(ms=pl.col("at").dt.epoch("ms"))
        .join(spoke.select(key), on=key, how="semi")
        .group_by(key)
        .agg(pl.col("ms").min())
    )
    over = public.group_by("conversation").agg(pl.col("ms").max().alias("over"))
    return (
        pl.concat([spoke, assigned])
        .group_by(key)
        .agg(pl.col("ms").min().alias("opened"))
        .sort("conversation", "opened", "person")
        .with_columns(next=pl.col("opened").shift(-1).over("conversation"))
        .join(over, on="conversation", how="left", maintain_order="left")
        .with_columns(closed=pl.max_horizontal("opened", pl.min_horizontal("next", "over")))
        .drop("next", "over")
    )


def waits(turns: pl.DataFrame, events: pl.DataFrame, *, through_holding: bool = False) -> pl.DataFrame:
    """Return every wait of a customer that an assessed person ended.

    Parameters
    ----------
    turns
        ``conversation, turn, person, role, at, private, holding``; any order.
    events
        :data:`poise.model.EVENTS`; ``assigned`` and ``transfer`` (the person is who gets it) say when a conversation
        was theirs.
    through_holding
        Whether a holding message leaves the customer waiting.

    Returns
    -------
    ``person`` (who ended it), ``conversation``, ``turn`` (with which it began), ``answer`` (turn that ended it),
    ``from_ms``, ``to_ms`` (since 1970), ``held`` (there was a holding message). A wait before the person took the
    conversation on is the queue's, not theirs.
    """
    public = _public(turns)
    return _waits(public, _opened(public, events), through_holding=through_holding)


def _waits(public: pl.DataFrame, opened: pl.DataFrame, *, through_holding: bool) -> pl.DataFrame:
    answers = pl.col("ours") & ~pl.col("holding") if through_holding else pl.col("ours")
    runs = (
        public.with_columns(answers=answers)
        .with_columns(
            run=(
                (pl.col("conversation") != pl.col("conversation").shift(1))
                | (pl.col("answers") != pl.col("answers").shift(1))
            )
            .fill_null(True)
            .cum_sum()
        )
        .group_by("run", maintain_order=True)
        .agg(
            pl.col("conversation", "answers", "turn", "person", "ms").first(),
            (pl.col("ours") & pl.col("holding")).any().alias("held"),
        )
    )
    follow = {"answer": "turn", "by": "person", "to_ms": "ms"}
    return (
        runs.with_columns(**{new: pl.col(old).shift(-1).over("conversation") for new, old in follow.items()})
        .filter(~pl.col("answers") & pl.col("to_ms").is_not_null())
        .drop("person")
        .rename({"by": "person", "ms": "from_ms"})
        .join(
            opened.select("person", "conversation", "opened"),
            on=["person", "conversation"],
            how="inner",
            maintain_order="left",
        )
        .with_columns(from_ms=pl.max_horizontal("from_ms", "opened"))
        .filter(pl.col("to_ms") > pl.col("from_ms"))
        .select("person", "conversation", "turn", "answer", "from_ms", "to_ms", "held")
    )


def usual_waits(turns: pl.DataFrame, conversations: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Return ``channel, queue, usual_s``: the median wait of each queue, holding messages not ending it."""
    return usual_of(waits(turns, events, through_holding=True), conversations)


def usual_of(found: pl.DataFrame, conversations: pl.DataFrame) -> pl.DataFrame:
    """Return the same from :func:`waits` (``through_holding``) that were found a bucket of agents at a time."""
    return (
        found.join(conversations.select("conversation", "channel", "queue"), on="conversation", how="inner")
        .group_by("channel", "queue")
        .agg(((pl.col("to_ms") - pl.col("from_ms")) / 1000).median().alias("usual_s"))
        .sort("channel", "queue")
    )


def _live(conversations: pl.DataFrame, behaviour: Behaviour, p: TimelineParameters) -> pl.DataFrame:
    allowed = behaviour.opportunity.channels or list(p.channels)
    return conversations.filter(pl.col("channel").is_in(allowed))


def _sharing(found: pl.DataFrame, opened: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return waits while others were open, with ``ratio`` to equal sharing, and open intervals with their places."""
    axis = Clocks.of(opened["person"], opened["opened"], opened["closed"], found["from_ms"], found["to_ms"])
    since, until = axis.place(opened["person"], opened["opened"]), axis.place(opened["person"], opened["closed"])
    a, b = axis.place(found["person"], found["from_ms"]), axis.place(found["person"], found["to_ms"])
    waiting = (area(a, b, b) - area(a, b, a)) / np.maximum(b - a, 1)
    ends = np.sort(b)
    answers = np.searchsorted(ends, b, "right") - np.searchsorted(ends, a, "right")
    together_ms = shared(since, until, b) - shared(since, until, a)
    held = found.with_columns(
        ratio=pl.Series(answers / np.maximum(waiting, 1.0)),
        fair_ms=pl.Series((b - a) * np.maximum(waiting, 1.0) / np.maximum(answers, 1)),
        shared_ms=pl.Series(together_ms),
    ).filter(pl.col("shared_ms") > 0)
    return held, opened.with_columns(_since=pl.Series(since), _until=pl.Series(until))


def _fairness(held: pl.DataFrame, opened: pl.DataFrame, behaviour: Behaviour) -> Found:
    key = ["person", "conversation"]
    slowness = held.group_by(key, maintain_order=True).agg(
        ((pl.col("to_ms") - pl.col("from_ms")).sum() / pl.col("fair_ms").sum()).alias("slowdown"),
        pl.len().alias("weight"),
    )
    open_ = opened.join(slowness, on=key, how="inner", maintain_order="left")
    since, until = open_["_since"].to_numpy(), open_["_until"].to_numpy()
    i, j = overlapping(since, until)
    own = np.arange(open_.height)
    slow = open_["slowdown"].to_numpy()
    groups, values = np.concatenate([own, i, j]), np.concatenate([slow, slow[j], slow[i]])
    company = np.bincount(groups, minlength=open_.height)
    measured = open_.with_columns(value=pl.Series(jain(values, groups)), company=pl.Series(company)).filter(
        pl.col("company") > 1
    )
    return Found(nothing().hits, nothing().opportunities, shaped(measured, MEASURES, behaviour=behaviour.id))


def _neglect(held: pl.DataFrame, behaviour: Behaviour, p: TimelineParameters) -> Found:
    worst = held.group_by("person", "conversation", maintain_order=True).agg(
        pl.col("ratio").max().alias("value"), pl.len().alias("weight")
    )
    left = held.filter(pl.col("ratio") >= p.neglected).with_columns(
        turn=pl.col("answer"), score=(1 - 1 / pl.col("ratio")).clip(0, 1)
    )
    return Found(
        shaped(left, HITS, behaviour=behaviour.id, rule="timeline.neglect", tier=TIER),
        nothing().opportunities,
        shaped(worst, MEASURES, behaviour=behaviour.id),
    )


def _holding(
    turns: pl.DataFrame,
    found: pl.DataFrame,
    live: pl.DataFrame,
    usual: pl.DataFrame,
    behaviour: Behaviour,
    p: TimelineParameters,
) -> Found:
    long = (
        found.join(
            live.select("conversation", "channel", "queue"), on="conversation", how="inner", maintain_order="left"
        )
        .join(usual, on=["channel", "queue"], how="left", nulls_equal=True, maintain_order="left")
        .filter((pl.col("to_ms") - pl.col("from_ms")) / 1000 > p.longer_than * pl.col("usual_s"))
        .with_columns(met=pl.col("held"))
    )
    told = turns.filter(pl.col("holding").fill_null(False) & ~pl.col("private").fill_null(False)).with_columns(
        ms=pl.col("at").dt.epoch("ms")
    )
    spans = {"holding_begin": "begin", "holding_end": "end"}
    told = told.select(
        "conversation", "turn", "ms", *(pl.col(a).alias(b) for a, b in spans.items() if a in turns.columns)
    )
    hits = (
        told.join(
            long.filter("met").select("conversation", "person", "from_ms", pl.col("to_ms").alias("until")),
            on="conversation",
        )
        .filter(pl.col("ms").is_between("from_ms", "until"))
        .sort("conversation", "turn")
        .unique(["conversation", "turn", "person"], maintain_order=True)
    )
    return Found(
        shaped(hits, HITS, behaviour=behaviour.id, rule="timeline.holding", tier=TIER, score=1.0),
        shaped(long, OPPORTUNITIES, behaviour=behaviour.id),
        nothing().measures,
    )


def _ranks(conversations: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Return ``conversation, rank`` where the source says how urgent it is: in a ``priority`` event, or in ``meta``."""
    said = events.filter(pl.col("kind") == "priority").with_columns(
        word=pl.col("data").str.json_path_match("$.priority"),
    )
    meta = conversations.filter(pl.col("meta").is_not_null()).with_columns(
        word=pl.col("meta").str.json_path_match("$.priority"), value=pl.lit(None, pl.Float64)
    )
    both = pl.concat([said.select("conversation", "word", "value"), meta.select("conversation", "word", "value")])
    rank = pl.col("word").str.to_lowercase().replace_strict(dict(PRIORITIES), default=None, return_dtype=pl.Int64)
    ranked = both.select("conversation", pl.coalesce(rank, pl.col("value").cast(pl.Int64)).alias("rank"))
    return ranked.filter(pl.col("rank").is_not_null()).unique("conversation", keep="first", maintain_order=True)


def _inversion(found: pl.DataFrame, ranks: pl.DataFrame, behaviour: Behaviour, p: TimelineParameters) -> Found:
    ranked = found.join(ranks, on="conversation", how="inner", maintain_order="left")
    axis = Clocks.of(ranked["person"], ranked["from_ms"], ranked["to_ms"])
    start, end = axis.place(ranked["person"], ranked["from_ms"]), axis.place(ranked["person"], ranked["to_ms"])
    rank, own = ranked["rank"].to_numpy(), ranked["conversation"].rank("dense").to_numpy()
    i, j = overlapping(start, end)
    urgent, other = np.concatenate([i, j]), np.concatenate([j, i])
    pair = (rank[urgent] >= _URGENT) & (rank[urgent] - rank[other] >= _TRIVIAL_BELOW) & (own[urgent] != own[other])
    urgent, other = urgent[pair], other[pair]
    before = (end[other] < end[urgent]) & (end[other] >= start[urgent] + int(p.react_s * 1000))
    met = np.zeros(ranked.height, bool)
    met[urgent[before]] = True
    occasion = np.zeros(ranked.height, bool)
    occasion[urgent] = True
    occasions = ranked.with_columns(met=pl.Series(met)).filter(pl.Series(occasion))
    hits = occasions.filter("met").with_columns(turn=pl.col("answer"))
    return Found(
        shaped(hits, HITS, behaviour=behaviour.id, rule="timeline.inversion", tier=TIER, score=1.0),
        shaped(occasions, OPPORTUNITIES, behaviour=behaviour.id),
        nothing().measures,
    )


def detect_timelines(
    turns: pl.DataFrame,
    conversations: pl.DataFrame,
    events: pl.DataFrame,
    *,
    behaviours: Mapping[str, Behaviour],
    people: Collection[str] | None = None,
    usual: pl.DataFrame | None = None,
    promises: pl.DataFrame | None = None,
    until: datetime | None = None,
    parameters: TimelineParameters = _DEFAULT,
) -> Found:
    """Find what shows on the clocks of some agents over all their conversations.

    Parameters
    ----------
    turns
        All turns, of both sides, of every conversation in which one of ``people`` takes part: ``conversation, turn,
        person, role, at, private, holding`` (it has a holding message), optionally ``holding_begin, holding_end``
        (its span). Turns without an instant take part in nothing.
    conversations
        ``conversation, channel, queue, customer, topic, started_at, resolved, meta`` of the whole run: a recontact
        may be with somebody else.
    events
        Of those conversations (:data:`poise.model.EVENTS`).
    behaviours
        By id; those with the rules ``timeline``, and ``timely`` with ``kept``, are used.
    people
        Whose evidence is asked for; everyone's unless given. Turn a run into buckets of people with this, and no
        result depends on the buckets.
    usual
        ``channel, queue, usual_s`` of :func:`usual_waits` over the whole run, or of the norms; from ``turns`` unless
        given, which is right only where they are the whole run.
    promises
        ``conversation, turn, person, due`` (instant), optionally ``begin, end``: see
        :func:`poise.detection.followups.detect_promises`, which must also see the customer's other conversations.
    until
        The end of the data; what would be decided after it has no opportunity. The last instant unless given.

    Returns
    -------
    Measures of fairness (Jain's index, 1 is fair) and neglect (how many times more answers were given during the worst
    wait than equal sharing asks for, 1 is fair), both per conversation with the number of waits as weight;
    opportunities of the others.
    """
    rules = {b.rule.kind: b for b in behaviours.values() if isinstance(b.rule, Timeline)}
    kept = [b for b in behaviours.values() if isinstance(b.rule, Timely) and b.rule.kept]
    if until is None:
        # pl.Series.max is typed for every kind of column
        instants = [t for t in (turns["at"].max(), conversations["started_at"].max()) if isinstance(t, datetime)]
        until = max(instants, default=None)
    public = _public(turns)
    opened = _opened(public, events)
    found = _waits(public, opened, through_holding=False)
    parts: list[Found] = []
    for kind in ("fairness", "neglect"):
        if kind in rules:
            live = _live(conversations, rules[kind], parameters).select("conversation")
            held, placed = _sharing(
                *(frame.join(live, on="conversation", how="semi", maintain_order="left") for frame in (found, opened))
            )
            parts.append(
                _fairness(held, placed, rules[kind]) if kind == "fairness" else _neglect(held, rules[kind], parameters)
            )
    if "holding" in rules:
        held = _waits(public, opened, through_holding=True)
        norm = usual_of(held, conversations) if usual is None else usual
        live = _live(conversations, rules["holding"], parameters)
        parts.append(_holding(turns, held, live, norm, rules["holding"], parameters))
    if "inversion" in rules:
        live = _live(conversations, rules["inversion"], parameters).select("conversation")
        here = found.join(live, on="conversation", how="semi", maintain_order="left")
        parts.append(_inversion(here, _ranks(conversations, events), rules["inversion"], parameters))
    if "recontact" in rules and until is not None:
        parts.append(
            detect_recontacts(
                turns, conversations, behaviour=rules["recontact"], window=parameters.recontact, until=until
            )
        )
    if kept and promises is not None and until is not None:
        parts.append(detect_promises(promises, turns, conversations, events, behaviour=kept[0], until=until))
    out = together(*parts)
    if people is None:
        return out
    mine = pl.col("person").is_in(sorted(people))
    return Found(out.hits.filter(mine), out.opportunities.filter(mine), out.measures.filter(mine))
