"""Who speaks when: back-channels, interruptions, butting in, interruptions of a pause (science 3.1).

Overlap by itself is normal (about 40 % of changes of speaker, Heldner and Edlund 2010) and is never counted. Counted
is what Beattie (1982) and Gravano and Hirschberg (2012) call an interruption: speech that cuts into a clause which is
left unfinished.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from poise.detection.clauses import CLAUSE_WORDS, ClauseWords, with_completeness
from poise.detection.cut_off import spurts, with_cut_off
from poise.detection.found import MEASURES, TIER, Found, nothing, shaped, together
from poise.detection.short import pattern, with_backchannels, with_tokens
from poise.detection.speech import FAR, nearest, speech_units, timed, two_channels
from poise.knowledge.rules import Backchannel, Overlap
from poise.knowledge.schema import Behaviour
from poise.model import HITS, OPPORTUNITIES, Tables

__all__ = ["COUNTED", "TimingParameters", "cut_offs", "detect_timing", "entries", "timed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingParameters:
    """Thresholds of science 3.1, in seconds unless said; chosen, not fitted, and the same for everyone.

    Parameters
    ----------
    unit_gap_s
        A silence this long ends a unit of speech (0.18 to 0.2 s is the usual least pause).
    perceived_s
        Overlap shorter than this is not heard as one (Heldner 2011).
    simultaneous_s
        Two who start within this did not know of each other.
    terminal_s
        The other side ends within this after the start, with the clause finished: terminal overlap, neutral.
    stops_s
        No speech for this long: the other side gave the floor up.
    holds_s
        Speech for at least this long took the floor.
    pause_s
        A pause shorter than this after an unfinished clause still belongs to the one who made it.
    spurt_gap_s
        Silences shorter than this belong to one spurt, when it is asked how long it held.
    completion_s, completion_tokens
        The longest spurt, and most words of it, that can be a completion for the other side.
    accepted_within_s
        A completion is accepted within this after it.
    stretch_s
        Speech of the other side on one floor that makes an occasion for a back-channel.
    clause_words
        By language code: what leaves a clause open, accepts a completion, or is a stop for identity or safety.
    """

    unit_gap_s: float = 0.2
    perceived_s: float = 0.12
    simultaneous_s: float = 0.2
    terminal_s: float = 0.5
    stops_s: float = 1.0
    holds_s: float = 1.0
    pause_s: float = 1.0
    spurt_gap_s: float = 0.5
    completion_s: float = 2.0
    completion_tokens: int = 6
    accepted_within_s: float = 1.0
    stretch_s: float = 5.0
    clause_words: Mapping[str, ClauseWords] = field(default_factory=lambda: CLAUSE_WORDS)


COUNTED: Final = ("interruption", "butting_in", "pause_interruption")
"""Labels of :func:`entries` that count; all others are neutral."""
_DEFAULT: Final = TimingParameters()
_SURE, _LIKELY = 1.0, 0.7


def _entered(ours: pl.DataFrame, theirs: pl.DataFrame, p: TimingParameters) -> pl.DataFrame:
    """Return each start of assessed speech into speech of the other side, with all that the definitions ask for."""
    voice = ["c", "person"]
    speech = spurts(ours.filter(~(pl.col("backchannel") | pl.col("filler"))), gap_s=p.spurt_gap_s).with_columns(
        before=pl.col("to_s").cum_max().shift(1).over(voice).fill_null(-FAR)
    )
    floor = theirs.filter(~(pl.col("token") | pl.col("filler"))).with_columns(
        next_s=pl.col("from_s").shift(-1).over(voice).fill_null(FAR)
    )
    into = floor.select(
        "c",
        "from_s",
        pl.col("from_s").alias("since"),
        pl.col("to_s").alias("until"),
        "next_s",
        "complete",
        "by_word",
        "cut_off",
        pl.col("person").alias("counterpart"),
        pl.col("turn").alias("counterpart_turn"),
        pl.col("worded").alias("placed"),
    )
    out = nearest(speech, into, "from_s", exact=False).filter(pl.col("since").is_not_null())
    replies = theirs.select("c", "from_s", pl.col("from_s").alias("reply_s"), pl.col("text").alias("reply"))
    out = nearest(out, replies, "from_s", ahead=True, exact=False)
    continues = (pl.col("before") > pl.col("since") + p.perceived_s) & (pl.col("from_s") - pl.col("before") < p.stops_s)
    return out.filter(~continues & (pl.col("from_s") - pl.col("until") < p.pause_s)).with_columns(
        overlap=pl.col("until") - pl.col("from_s"),
        hold=pl.col("spurt_end") - pl.col("from_s"),
        silence=pl.col("next_s") - pl.col("until"),
    )


def _labelled(out: pl.DataFrame, behaviours: Mapping[str, Behaviour], p: TimingParameters) -> pl.DataFrame:
    """Add ``label`` and ``score`` to entries."""
    overlaps = pl.col("overlap") > p.perceived_s
    kept = (pl.col("until") >= pl.col("spurt_end")) | (pl.col("silence") < p.stops_s)
    first = pl.struct("c", "counterpart", "since").is_first_distinct()
    kind = (
        pl.when(overlaps & (pl.col("from_s") - pl.col("since") < p.simultaneous_s))
        .then(pl.lit("simultaneous_start"))
        .when(overlaps & pl.col("complete") & (pl.col("overlap") <= p.terminal_s))
        .then(pl.lit("terminal_overlap"))
        .when(overlaps & ~pl.col("complete") & ~kept & (pl.col("hold") >= p.holds_s))
        .then(pl.lit("interruption"))
        .when(overlaps & kept & (~pl.col("complete") | (pl.col("overlap") > p.terminal_s)))
        .then(pl.lit("butting_in"))
        .when(overlaps)
        .then(pl.lit("overlap"))
        .when(~pl.col("complete") & first)
        .then(pl.lit("pause_interruption"))
        .otherwise(pl.lit("turn"))
    )
    out = out.with_columns(label=kind)
    spoken = (
        pl.col("text")
        .str.to_lowercase()
        .str.replace_all("[’‘`´]", "'")
        .str.replace_all(r"[^\w']+", " ")
        .str.strip_chars()
    )
    accepts, stops = pl.lit(False), pl.lit(False)
    reply = pl.col("reply").str.to_lowercase().str.replace_all("’", "'").str.extract(r"([^\W_]+(?:['-][^\W_]+)*)")
    for code, words in sorted(p.clause_words.items()):
        own = pl.col("language") == code
        extra = [
            phrase
            for behaviour in behaviours.values()
            if isinstance(behaviour.rule, Overlap) and code in behaviour.phrases
            for phrase in behaviour.phrases[code].except_
        ]
        accepts |= own & reply.is_in(sorted(words.accepts))
        stops |= own & spoken.str.contains(pattern(code, (*words.stops, *extra)))
    completion = (
        (pl.col("hold") <= p.completion_s)
        & (pl.col("tokens") <= p.completion_tokens)
        & (pl.col("reply_s") <= pl.col("spurt_end") + p.accepted_within_s)
        & accepts
    ).fill_null(False)
    counted = pl.col("label").is_in(COUNTED)
    return out.with_columns(
        label=pl.when(counted & stops.fill_null(False))
        .then(pl.lit("protective_stop"))
        .when(counted & completion)
        .then(pl.lit("accepted_completion"))
        .otherwise(pl.col("label")),
        # who keeps the floor is not cut off; without word times, what was talked into is less sure
        score=pl.when(pl.col("label") != "butting_in")
        .then(pl.col("cut_off"))
        .when(pl.col("by_word") | pl.col("placed"))
        .then(_SURE)
        .otherwise(_LIKELY),
    )


@dataclass(frozen=True, slots=True)
class _Floor:
    """What was said when, with back-channels marked: the common ground of all timing behaviours."""

    units: pl.DataFrame
    ours: pl.DataFrame
    theirs: pl.DataFrame


def _floor(tables: Tables, behaviour: Behaviour | None, rule: Backchannel, p: TimingParameters) -> _Floor:
    units = with_tokens(speech_units(tables, gap_s=p.unit_gap_s), behaviour, rule)
    ours = with_backchannels(units, rule, spurt_gap_s=p.spurt_gap_s)
    theirs = with_cut_off(
        with_completeness(units.filter(pl.col("side") == 1), words=p.clause_words),
        ours,
        words=p.clause_words,
        holds_s=p.holds_s,
        pause_s=p.pause_s,
        spurt_gap_s=p.spurt_gap_s,
    )
    return _Floor(units, ours, theirs)


def _rule(behaviours: Mapping[str, Behaviour]) -> tuple[Behaviour | None, Backchannel]:
    for behaviour in behaviours.values():
        if isinstance(behaviour.rule, Backchannel):
            return behaviour, behaviour.rule
    return None, Backchannel()


def entries(
    tables: Tables, *, behaviours: Mapping[str, Behaviour], parameters: TimingParameters = _DEFAULT
) -> pl.DataFrame:
    """Return every start of an assessed person into, or within a second after, speech of the other side.

    Only conversations in which overlap can be seen, in a language whose clauses can be judged. Times in seconds.

    Returns
    -------
    Columns ``conversation``, ``turn``, ``person``, ``label``, ``begin``, ``end`` (code points), ``from_s``,
    ``overlap_s`` (negative: a gap), ``hold_s``, ``silence_s`` (of the other side afterwards), ``complete`` (their
    clause), ``counterpart``, ``counterpart_turn``, ``score`` (0..1: how surely the counterpart was cut off,
    :func:`poise.detection.cut_off.with_cut_off`; of ``butting_in``: how surely it was that).
    Labels: :data:`COUNTED`, and the neutral ``terminal_overlap``, ``overlap`` (into a clause that was finished all the
    same, or too short to hold), ``simultaneous_start``, ``accepted_completion``, ``protective_stop``, ``turn``.
    """
    floor = _floor(tables, *_rule(behaviours), parameters)
    return _entries(floor, tables, behaviours, parameters)


def _entries(floor: _Floor, tables: Tables, behaviours: Mapping[str, Behaviour], p: TimingParameters) -> pl.DataFrame:
    seen = two_channels(tables)
    known = pl.col("language").is_in(sorted(p.clause_words)).fill_null(False)
    ours = floor.ours.filter(known).join(seen, on="conversation", how="semi", maintain_order="left")
    theirs = floor.theirs.filter(known).join(seen, on="conversation", how="semi", maintain_order="left")
    return _labelled(_entered(ours, theirs, p), behaviours, p).select(
        "conversation",
        "turn",
        "person",
        "label",
        "begin",
        "end",
        "from_s",
        pl.col("overlap").alias("overlap_s"),
        pl.col("hold").alias("hold_s"),
        pl.col("silence").alias("silence_s"),
        "complete",
        "counterpart",
        "counterpart_turn",
        "score",
    )


def cut_offs(
    tables: Tables, *, behaviours: Mapping[str, Behaviour], parameters: TimingParameters = _DEFAULT
) -> pl.DataFrame:
    """Return how surely each turn of the other side was cut off at its end by an assessed person.

    Only conversations in which overlap can be seen, in a language whose clauses can be judged.

    Returns
    -------
    Columns ``conversation``, ``turn``, ``person`` (who may have been cut off), ``cut_off`` (0..1).
    """
    floor = _floor(tables, *_rule(behaviours), parameters)
    return (
        floor.theirs.filter(pl.col("language").is_in(sorted(parameters.clause_words)).fill_null(False))
        .join(two_channels(tables), on="conversation", how="semi", maintain_order="left")
        .group_by("conversation", "turn", "person", maintain_order=True)
        .agg(pl.col("cut_off").sort_by("to_s").last())
    )


def _channels(tables: Tables, behaviour: Behaviour) -> pl.DataFrame:
    allowed = behaviour.opportunity.channels
    there = tables.conversations
    return (there.filter(pl.col("channel").is_in(allowed)) if allowed else there).select("conversation")


def _listeners(theirs: pl.DataFrame, ours: pl.DataFrame) -> pl.DataFrame:
    """Add ``listener``: the assessed person who speaks next, or else spoke last."""
    who = ours.select("c", "from_s", pl.col("person").alias("next"))
    out = nearest(theirs, who, "from_s", ahead=True)
    out = nearest(out, who.rename({"next": "last"}), "from_s")
    return out.with_columns(listener=pl.coalesce("next", "last")).drop("next", "last")


def _overlaps(floor: _Floor, tables: Tables, behaviours: Mapping[str, Behaviour], p: TimingParameters) -> Found:
    wanted = {b.rule.kind: b for b in behaviours.values() if isinstance(b.rule, Overlap)}
    if not wanted:
        return nothing()
    known = pl.col("language").is_in(sorted(p.clause_words)).fill_null(False)
    seen = two_channels(tables)
    theirs = floor.theirs.filter(known).join(seen, on="conversation", how="semi", maintain_order="left")
    exposure = (
        _listeners(theirs, floor.ours)
        .filter(pl.col("listener").is_not_null())
        .group_by("conversation", "listener", maintain_order=True)
        .agg((pl.col("to_s") - pl.col("from_s")).sum().alias("exposure_s"))
        .rename({"listener": "person"})
    )
    found = _entries(floor, tables, behaviours, p)
    parts: list[Found] = []
    for kind in COUNTED:
        if kind not in wanted:
            continue
        behaviour = wanted[kind]
        allowed = _channels(tables, behaviour)
        hits = found.filter(pl.col("label") == kind).join(allowed, on="conversation", how="semi", maintain_order="left")
        counts = hits.group_by("conversation", "person").agg(pl.len().alias("hits"))
        measures = (
            exposure.join(allowed, on="conversation", how="semi", maintain_order="left")
            .join(counts, on=["conversation", "person"], how="full", coalesce=True, maintain_order="left")
            .with_columns(pl.col("hits").fill_null(0), pl.col("exposure_s").fill_null(0.0))
        )
        parts.append(
            Found(
                shaped(hits, HITS, behaviour=behaviour.id, rule=f"timing.{kind}", tier=TIER),
                nothing().opportunities,
                shaped(measures, MEASURES, behaviour=behaviour.id),
            )
        )
    return together(*parts)


def _listening(floor: _Floor, tables: Tables, behaviour: Behaviour, p: TimingParameters) -> Found:
    known = pl.col("language").is_in(sorted(behaviour.phrases)).fill_null(False)
    allowed = _channels(tables, behaviour).join(timed(tables), on="conversation", how="semi")
    ours = floor.ours.filter(known).join(allowed, on="conversation", how="semi", maintain_order="left")
    theirs = floor.theirs.filter(known).join(allowed, on="conversation", how="semi", maintain_order="left")
    hits = ours.filter("backchannel")
    # the floor changes with every word of ours that is no back-channel
    changes = (
        ours.filter(~pl.col("backchannel")).select("c", "from_s").with_columns(floor=pl.int_range(pl.len()).over("c"))
    )
    key = ["c", "conversation", "floor"]
    stretches = (
        nearest(_listeners(theirs, ours), changes, "from_s")
        .with_columns(pl.col("floor").fill_null(-1))
        .group_by(key, maintain_order=True)
        .agg(
            pl.col("turn").first(),
            pl.col("listener").last().alias("person"),
            (pl.col("to_s") - pl.col("from_s")).sum().alias("speech"),
        )
        .filter((pl.col("speech") >= p.stretch_s) & pl.col("person").is_not_null())
    )
    given = nearest(hits, changes, "from_s").with_columns(pl.col("floor").fill_null(-1)).select(key).unique()
    opportunities = stretches.join(given.with_columns(met=pl.lit(True)), on=key, how="left", maintain_order="left")
    return Found(
        shaped(hits, HITS, behaviour=behaviour.id, rule="timing.backchannel", tier=TIER, score=_SURE),
        shaped(opportunities.with_columns(pl.col("met").fill_null(False)), OPPORTUNITIES, behaviour=behaviour.id),
        nothing().measures,
    )


def detect_timing(
    tables: Tables, *, behaviours: Mapping[str, Behaviour], parameters: TimingParameters = _DEFAULT
) -> Found:
    """Find back-channels and the three kinds of interruption by times.

    Parameters
    ----------
    tables
        A batch of conversations. Interruptions are looked for only where each side has its own audio channel, or
        words have times; back-channels wherever both sides have turns with start and end.
    behaviours
        By id; those with the rules ``overlap`` and ``backchannel`` are used, with their channels, and the languages
        of the back-channel's phrases (without any, there is no occasion for one).
    parameters
        Thresholds and words.

    Returns
    -------
    Hits; opportunities of the back-channel (each floor of the other side of at least ``stretch_s`` seconds of
    speech); measures of interruptions (count per second of the other side's speech).

    Notes
    -----
    Speech of the other side is heard by the assessed person who speaks next. Vendors' own counts of interruptions
    follow other rules and are never mixed in.
    """
    if tables.turns["start"].null_count() == tables.turns.height and tables.words.is_empty():
        return nothing()
    behaviour, rule = _rule(behaviours)
    floor = _floor(tables, behaviour, rule, parameters)
    if floor.units.is_empty():
        return nothing()
    overlaps = _overlaps(floor, tables, behaviours, parameters)
    if behaviour is None:
        return overlaps
    return together(_listening(floor, tables, behaviour, parameters), overlaps)
