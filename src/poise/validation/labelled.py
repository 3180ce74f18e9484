"""Labelled sets, found by file name, each beside what the detector finds in it.

What of Poise answers for a label follows from two definitions, that of the act in the knowledge files and that of the
label in the data; the reasons are in ``docs/method/accuracy.md``. Rows of ``evaluation/`` are scored, never shown.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.detection.detector import Detector
from poise.detection.timing import detect_timing, entries
from poise.model import CONVERSATIONS, PEOPLE, TURNS, Tables, empty
from poise.validation.heard import Heard, tables_of
from poise.validation.metrics import Judged, Metric

__all__ = ["SETS", "Rows", "read_rows"]

Rows = list[dict[str, Any]]

_PRF: Final[tuple[Metric, ...]] = ("precision", "recall", "f1")
_CUSTOMER_TURNS: Final = 3  # how far back an echo may reach
_ECHO: Final = 0.75  # share of a turn's content that must be the customer's own words to be an echo of them
_QUARTER: Final = 0.25
_SHORT: Final = 6  # words: twice the median turn of the calls


def read_rows(path: Path) -> Rows:
    """Return the rows of a JSON Lines file, gzipped or not.

    Raises
    ------
    ValueError
        Naming file and line that is no JSON object.
    """
    rows: Rows = []
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                rows.append(msgspec.json.decode(line, type=dict[str, Any]))
            except (msgspec.DecodeError, msgspec.ValidationError) as error:
                raise ValueError(f"{path}, line {number}: {error}") from None
    return rows


def _numbered(names: list[str]) -> NDArray[np.int64]:
    return np.unique(np.array(names, dtype=np.str_), return_inverse=True)[1].astype(np.int64)


def _each_alone(rows: Rows, role: str) -> Tables:
    """Return each row's text as a conversation of one turn."""
    return tables_of((str(i), [(role, row["text"])]) for i, row in enumerate(rows))


# ---------------------------------------------------------------- telephone calls

_SALUTATIONS: Final = frozenset(
    {"hi", "hello", "hey", "howdy", "greetings", "g'day", "good", "morning", "afternoon", "evening", "welcome", "dear"}
)
_OWN_INTENT: Final = frozenset({"i", "i'll", "i'm", "i'd", "i've", "let", "it'll", "that'll", "it", "this", "that"})
_COURTESY: Final = ("courtesy.greeting", "courtesy.closing", "courtesy.thanks", "courtesy.apology")
_HOW_TO_HELP: Final = frozenset({"how", "what", "is", "any", "anything", "can", "may", "could"})
_ADVICE: Final = frozenset({"you", "try", "let's", "if", "the", "how", "what", "why"})

_ACTS: Final[dict[str, tuple[str, tuple[str, ...], dict[str, Any]]]] = {
    "greet": ("courtesy.greeting, words of salutation", ("courtesy.greeting",), {"begins": _SALUTATIONS}),
    "thank": ("courtesy.thanks", ("courtesy.thanks",), {}),
    "bye": ("courtesy.closing without its thanks", ("courtesy.closing",), {"besides": ("courtesy.thanks",)}),
    "expressRegret": ("courtesy.apology", ("courtesy.apology",), {}),
    "hold": (
        "agent.delay and agent.holding that ask to wait",
        ("agent.delay", "agent.holding"),
        {"never_begins": _OWN_INTENT, "besides": ("courtesy.thanks",)},
    ),
    "offer": (
        "help.offer and agent.proposal, without the opening question and without advice",
        ("help.offer", "agent.proposal"),
        {"never_begins": _HOW_TO_HELP | _ADVICE},
    ),
    "confirm": ("agent.agreement", ("agent.agreement",), {}),
}
"""Acts of the SPAAC scheme (Leech and Weisser 2003), which the labels of BT Oasis follow: ours, entries, narrowing."""


def _bt_oasis(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    heard = Heard(
        detector,
        tables_of(((row["id"], [(t["role"], t["text"]) for t in row["turns"]]) for row in rows), channel="call"),
    )
    said = [(i, t["role"], t["act"]) for i, row in enumerate(rows) for t in row["turns"]]
    agent = np.array([role == "agent" for _, role, _ in said], bool)
    acts = np.array([act for _, _, act in said], np.str_)[agent]
    cluster = np.array([i for i, _, _ in said], np.int64)[agent]
    short = (heard.scene.stream.words_of_turn <= _SHORT)[agent]
    for act, (ours, names, narrowed) in _ACTS.items():
        found = heard.has(*names, **narrowed)[agent]
        yield name, Judged(act, ours, cluster, acts == act, _PRF, found)
        # a label names one act, and a long turn has several
        own = f"{ours}; turns of at most {_SHORT} words"
        yield f"{name}/short", Judged(act, own, cluster[short], acts[short] == act, _PRF, found[short])
    ours = "a turn wholly of words of listening.backchannel, no answer to a question, wherever it stands"
    yield name, Judged("backch", ours, cluster, acts == "backch", _PRF, heard.listening("listening.backchannel")[agent])
    asks_or_greets = heard.has("agent.question", "agent.request", *_COURTESY)
    echo = ((heard.repeated(_CUSTOMER_TURNS) >= _ECHO) & ~asks_or_greets)[agent]
    ours = f"at least {_ECHO:.0%} of the turn's content is the customer's; no question, request or courtesy"
    yield name, Judged("echo", ours, cluster, acts == "echo", _PRF, echo)


# ---------------------------------------------------------------- single texts


def _goemotions(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    customer, agent = (Heard(detector, _each_alone(rows, role)) for role in ("customer", "agent"))
    emotions = [set(row["emotions"]) for row in rows]
    cluster = np.arange(len(rows))

    def felt(*names: str) -> NDArray[np.bool_]:
        return np.array([not emotion.isdisjoint(names) for emotion in emotions], bool)

    thanked = customer.has("customer.thanks")
    yield name, Judged("gratitude", "customer.thanks", cluster, felt("gratitude"), _PRF, thanked)
    caring = agent.has("calm.acknowledges", "help.patience", "courtesy.closing", besides=["courtesy.thanks"])
    ours = "calm.acknowledges, help.patience, good wishes of courtesy.closing"
    yield name, Judged("caring", ours, cluster, felt("caring"), _PRF, caring)
    sorry = agent.has("courtesy.apology")
    yield name, Judged("remorse", "courtesy.apology", cluster, felt("remorse"), _PRF, sorry)
    complains = customer.has("customer.complaint", "customer.disagreement")
    anger = customer.level("customer.anger")
    upset = felt("anger", "annoyance", "disappointment", "disapproval")
    ours = "customer.anger by its level, customer.complaint, customer.disagreement"
    yield (
        name,
        Judged("upset", ours, cluster, upset, (*_PRF, "auc"), complains | (anger > 0), anger + complains),
    )


def _receptiveness(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    heard = Heard(detector, _each_alone(rows, "agent"))
    score = heard.receptiveness("debate.receptive")
    truth = np.array([row["receptive"] for row in rows], float)
    ours = "debate.receptive, of the text as a whole"
    yield name, Judged("receptive", ours, np.arange(len(rows)), truth, ("spearman",), score=score)


_POLITE: Final = {
    "courtesy.thanks": 0.87,
    "courtesy.please": 0.49,
    "courtesy.greeting": 0.43,
    "courtesy.apology": 0.36,
    "agent.positive": 0.12,
    "agent.negative": -0.13,
}
"""Mean politeness of requests with the strategy (Danescu-Niculescu-Mizil et al. 2013, table 3)."""


def _politeness(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    heard = Heard(detector, _each_alone(rows, "agent"))
    total = np.sum([worth * heard.has(act) for act, worth in _POLITE.items()], axis=0)
    score = np.array([row["score"] for row in rows], float)
    community = np.array([row["community"] for row in rows], np.str_)
    for which in np.unique(community):
        own = community == which
        low, high = np.quantile(score[own], [_QUARTER, 1 - _QUARTER])
        judged = own & ((score <= low) | (score >= high))
        yield (
            f"{name}/{which}",
            Judged(
                "polite",
                "sum of courtesy signals by their published strength; polite where above zero",
                np.flatnonzero(judged),
                score[judged] >= high,
                ("accuracy", "auc"),
                total[judged] > 0,
                total[judged],
            ),
        )


# ---------------------------------------------------------------- replies and conversations


def _uptake(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    pairs = ((str(i), [*(("customer", t) for t in r["previous"]), ("agent", r["text"])]) for i, r in enumerate(rows))
    heard = Heard(detector, tables_of(pairs))
    last = heard.scene.stream.first_turn[1:] - 1
    truth = np.array([row["uptake"] for row in rows], float)
    cluster = _numbered([str(row["group"]) for row in rows])
    ours = "share of words in common, by rarity, as listening.paraphrase reckons it"
    score = heard.restated("listening.paraphrase")[last]
    yield name, Judged("uptake", ours, cluster, truth, ("spearman",), score=score)


def _multidogo(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    places = [re.fullmatch(r"(.*?)<TURN>(\d+)", row["id"]) for row in rows]
    keys = [(m[1], int(m[2])) if m else (row["id"], 0) for m, row in zip(places, rows, strict=True)]
    order = sorted(range(len(rows)), key=lambda i: keys[i])
    talks: dict[str, list[tuple[str, str]]] = {}
    for i in order:
        talks.setdefault(keys[i][0], []).append(("customer", rows[i]["text"]))
    heard = Heard(detector, tables_of(talks.items()))
    intents = np.array([rows[i]["intent"] for i in order], np.str_)
    cluster = _numbered([keys[i][0] for i in order])
    for intent, act in (
        ("openinggreeting", "customer.greeting"),
        ("thankyou", "customer.thanks"),
        ("closinggreeting", "customer.closing"),
    ):
        yield name, Judged(intent, act, cluster, intents == intent, _PRF, heard.has(act))


_COLLABORATION: Final = {
    "promote-coordination": ("agent.proposal, help.offer", ("agent.proposal", "help.offer")),
    "showing-empathy": ("calm.acknowledges, agent.agreement", ("calm.acknowledges", "agent.agreement")),
    "other-need": ("agent.formulation", ("agent.formulation",)),
}


def _casino(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    # each dialogue once for each of its two people, who is the agent there
    talks: list[tuple[str, list[tuple[str, str]]]] = []
    labels: list[tuple[int, list[str] | None]] = []
    for i, row in enumerate(rows):
        for who in sorted({turn["speaker"] for turn in row["turns"]}):
            mine = [turn["speaker"] == who for turn in row["turns"]]
            talks.append(
                (
                    f"{i} {who}",
                    [("agent" if own else "customer", t["text"]) for own, t in zip(mine, row["turns"], strict=True)],
                )
            )
            labels += [(i, t["strategies"] if own else None) for own, t in zip(mine, row["turns"], strict=True)]
    heard = Heard(detector, tables_of(talks))
    judged = np.array([strategies is not None for _, strategies in labels], bool)
    cluster = np.array([i for i, _ in labels], np.int64)[judged]
    truth: list[NDArray[np.bool_]] = []
    found: list[NDArray[np.bool_]] = []
    for strategy, (ours, acts) in _COLLABORATION.items():
        truth.append(np.array([strategy in (strategies or ()) for _, strategies in labels], bool)[judged])
        found.append(heard.has(*acts)[judged])
        yield name, Judged(strategy, ours, cluster, truth[-1], _PRF, found[-1])
    ours = "mean over the three strategies"
    macro: tuple[Metric, ...] = ("macro_f1",)
    yield name, Judged("collaboration", ours, cluster, np.column_stack(truth), macro, np.column_stack(found))


def _annomi(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    roles = {"therapist": "agent", "client": "customer"}
    talks = ((row["id"], [(roles[t["role"]], t["text"]) for t in row["turns"]]) for row in rows)
    heard = Heard(detector, tables_of(talks, channel="call"))
    turns = [(i, turn) for i, row in enumerate(rows) for turn in row["turns"]]
    therapist = np.array([turn["role"] == "therapist" for _, turn in turns], bool)
    # several annotators: more than half of them
    reflects = np.array([_most(turn["reflection"]) for _, turn in turns], bool)[therapist]
    cluster = np.array([i for i, _ in turns], np.int64)[therapist]
    found = heard.has("listening.paraphrase")[therapist]
    yield name, Judged("reflection", "listening.paraphrase", cluster, reflects, _PRF, found)
    spoken = np.bincount(cluster, minlength=len(rows))
    some = np.flatnonzero(spoken)
    share = np.bincount(cluster, weights=found, minlength=len(rows))[some] / spoken[some]
    good = np.array([rows[i]["quality"] == "high" for i in some], bool)
    ours = "share of the therapist's turns with listening.paraphrase"
    yield name, Judged("session_quality", ours, some, good, ("auc",), score=share)


def _most(labels: list[str]) -> bool:
    return sum(label != "none" for label in labels) * 2 > len(labels)


# ---------------------------------------------------------------- timed meetings


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


def _mrda(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
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
            _numbered(stopped["meeting"].to_list()),
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
    cluster = _numbered(judged["meeting"].to_list())
    hit = judged["hit"].fill_null(False).to_numpy()
    yield name, Judged("backchannel", ours, cluster, judged["b"].to_numpy(), _PRF, hit)


SETS: Final[dict[str, tuple[str, Callable[[str, Rows, Detector], Iterator[tuple[str, Judged]]]]]] = {
    "bt_oasis": ("evaluation", _bt_oasis),
    "uptake": ("open", _uptake),
    "annomi": ("evaluation", _annomi),
    "receptiveness": ("open", _receptiveness),
    "politeness": ("evaluation", _politeness),
    "goemotions_dev": ("open", _goemotions),
    "multidogo_dev": ("open", _multidogo),
    "casino": ("open", _casino),
    "mrda": ("evaluation", _mrda),
}
"""Sets by file name: the folder they lie in, and what is asked of them."""
