"""Acts in service talk: agents on the telephone (BT Oasis), customers in chats (MultiDoGO)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from poise.detection.detector import Detector
from poise.validation.heard import Heard, tables_of
from poise.validation.metrics import Judged
from poise.validation.mistakes import Shown
from poise.validation.sets.rows import FOUND, Rows, numbered
from poise.validation.sets.running_on import own_texts

__all__ = ["bt_oasis", "multidogo"]

_EVEN: Final = 0.5
"""Probability from which on a turn is taken to be for an act: even odds, not fitted to any set."""
_OWN_INTENT: Final = frozenset({"i", "i'll", "i'm", "i'd", "i've", "let", "it'll", "that'll", "it", "this", "that"})
_COURTESY: Final = ("courtesy.greeting", "courtesy.closing", "courtesy.thanks", "courtesy.apology")
_CUSTOMER_TURNS: Final = 3  # how far back a turn that confirms may reach
_SAID_AGAIN: Final = 0.5  # share of a turn's content that the customer said before, to confirm it
_STATEMENT: Final = 3  # words that a statement has at least

_ACTS: Final[dict[str, tuple[str, tuple[str, ...], dict[str, Any]]]] = {
    "greet": ("main_greeting", ("courtesy.greeting",), {}),
    "thank": ("main_thanks", ("courtesy.thanks",), {}),
    "bye": ("main_closing", ("courtesy.closing",), {}),
    "hold": ("main_hold", ("agent.delay", "agent.holding"), {"never_begins": _OWN_INTENT}),
    "offer": ("main_offer", ("help.offer", "agent.proposal"), {}),
}
"""Acts of the SPAAC scheme (Leech and Weisser 2003), which the labels of BT Oasis follow: head, entries, narrowing.

The scheme gives each turn one act, what the turn is for. Ours is the same where phrases mark it and the head that was
trained on what turns are for takes it to be that.
"""


def bt_oasis(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    """Acts of agents in telephone calls."""
    talks = [(row["id"], [t["role"] for t in row["turns"]], _own(row)) for row in rows]
    heard = Heard(
        detector, tables_of(((key, list(zip(roles, own, strict=True))) for key, roles, own in talks), channel="call")
    )
    agent = np.array([role == "agent" for _, roles, _ in talks for role in roles], bool)
    goes_on = np.array([pair[0] == pair[1] for _, roles, _ in talks for pair in pairwise([*roles, ""])], bool)
    acts = np.array([t["act"] for row in rows for t in row["turns"]], np.str_)
    cluster = np.repeat(np.arange(len(rows)), [len(row["turns"]) for row in rows])[agent]
    texts = heard.tables.turns["text"].filter(agent).to_list()

    def judged(act: str, ours: str, found: NDArray[np.bool_]) -> tuple[str, Judged]:
        return name, Judged(act, ours, cluster, acts[agent] == act, FOUND, found[agent], texts=texts)

    for act, (head, names, narrowed) in _ACTS.items():
        found = heard.has(*names, **narrowed) & (heard.probability(head) >= _EVEN)
        yield judged(act, f"{' or '.join(names)}, and head {head}", found)
    words = heard.scene.stream.words_of_turn
    regrets = (heard.probability("main_apology") >= _EVEN) & (heard.has("courtesy.apology") | (words > 1))
    yield judged("expressRegret", "head main_apology; a turn of one word by courtesy.apology too", regrets)
    # without times, what the agent says behind a sign of listening stands as the next turn
    listens = (heard.probability("main_backchannel") >= _EVEN) & goes_on
    yield judged("backch", "head main_backchannel, and the agent says the next turn too", listens)
    # what sounds like an echo and what takes up the same words: both, or a strong case of one
    echo = np.sqrt(heard.probability("main_echo_words") * heard.probability("main_echo_reply")) >= _EVEN
    yield judged("echo", "heads main_echo_words and main_echo_reply, their geometric mean", echo)
    other = heard.has("agent.question", "agent.request", "agent.delay", "help.offer", *_COURTESY) | echo
    confirms = (heard.repeated(_CUSTOMER_TURNS) >= _SAID_AGAIN) & (words >= _STATEMENT) & ~other
    ours = f"a statement of which at least {_SAID_AGAIN:.0%} of the content is the customer's, and no echo"
    yield judged("confirm", ours, confirms)


def _own(row: dict[str, Any]) -> list[str]:
    return own_texts([(t["role"], t["text"]) for t in row["turns"]])


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
    for intent, act, head in (
        ("openinggreeting", "customer.greeting", "customer_greeting"),
        ("thankyou", "customer.thanks", "customer_thanks"),
        ("closinggreeting", "customer.closing", "customer_closing"),
    ):
        shown = Shown(heard, np.arange(len(order)), (act,))
        likely = heard.probability(head, side="customer")
        yield (
            name,
            Judged(intent, f"head {head}", cluster, intents == intent, FOUND, likely >= _EVEN, likely, shown=shown),
        )
