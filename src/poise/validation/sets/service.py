"""Acts in service talk: agents on the telephone (BT Oasis), customers in chats (MultiDoGO)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from poise.detection.detector import Detector
from poise.validation.heard import Heard, tables_of
from poise.validation.metrics import Judged
from poise.validation.mistakes import Shown
from poise.validation.sets.rows import FOUND, Rows, numbered

__all__ = ["bt_oasis", "multidogo"]

_CUSTOMER_TURNS: Final = 3  # how far back an echo may reach
_ECHO: Final = 0.75  # share of a turn's content that must be the customer's own words to be an echo of them
_SHORT: Final = 6  # words: twice the median turn of the calls

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


def bt_oasis(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    """Acts of agents in telephone calls."""
    heard = Heard(
        detector,
        tables_of(((row["id"], [(t["role"], t["text"]) for t in row["turns"]]) for row in rows), channel="call"),
    )
    said = [(i, t["role"], t["act"]) for i, row in enumerate(rows) for t in row["turns"]]
    agent = np.array([role == "agent" for _, role, _ in said], bool)
    acts = np.array([act for _, _, act in said], np.str_)[agent]
    cluster = np.array([i for i, _, _ in said], np.int64)[agent]
    short = (heard.scene.stream.words_of_turn <= _SHORT)[agent]
    texts = [t["text"] for row in rows for t in row["turns"] if t["role"] == "agent"]
    brief = [text for text, keep in zip(texts, short, strict=True) if keep]
    for act, (ours, names, narrowed) in _ACTS.items():
        found = heard.has(*names, **narrowed)[agent]
        yield name, Judged(act, ours, cluster, acts == act, FOUND, found, texts=texts)
        # a label names one act, and a long turn has several
        own = f"{ours}; turns of at most {_SHORT} words"
        yield (
            f"{name}/short",
            Judged(act, own, cluster[short], acts[short] == act, FOUND, found[short], texts=brief),
        )
    ours = "a turn wholly of words of listening.backchannel, no answer to a question, wherever it stands"
    listens = heard.listening("listening.backchannel")[agent]
    yield name, Judged("backch", ours, cluster, acts == "backch", FOUND, listens)
    asks_or_greets = heard.has("agent.question", "agent.request", *_COURTESY)
    echo = ((heard.repeated(_CUSTOMER_TURNS) >= _ECHO) & ~asks_or_greets)[agent]
    ours = f"at least {_ECHO:.0%} of the turn's content is the customer's; no question, request or courtesy"
    yield name, Judged("echo", ours, cluster, acts == "echo", FOUND, echo)


def multidogo(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    """Customers' intents in service chats."""
    places = [re.fullmatch(r"(.*?)<TURN>(\d+)", row["id"]) for row in rows]
    keys = [(m[1], int(m[2])) if m else (row["id"], 0) for m, row in zip(places, rows, strict=True)]
    order = sorted(range(len(rows)), key=lambda i: keys[i])
    talks: dict[str, list[tuple[str, str]]] = {}
    for i in order:
        talks.setdefault(keys[i][0], []).append(("customer", rows[i]["text"]))
    heard = Heard(detector, tables_of(talks.items()))
    intents = np.array([rows[i]["intent"] for i in order], np.str_)
    cluster = numbered([keys[i][0] for i in order])
    for intent, act in (
        ("openinggreeting", "customer.greeting"),
        ("thankyou", "customer.thanks"),
        ("closinggreeting", "customer.closing"),
    ):
        shown = Shown(heard, np.arange(len(order)), (act,))
        yield name, Judged(intent, act, cluster, intents == intent, FOUND, heard.has(act), shown=shown)
