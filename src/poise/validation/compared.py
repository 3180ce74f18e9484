"""What others reached, and what Poise aims at, for each figure of the accuracy table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["COMPARED", "Compared"]


@dataclass(frozen=True, slots=True)
class Compared:
    """An aim, and the best figure known with what was done for it."""

    aim: float | None
    elsewhere: str | None = None


def _trained(value: str) -> str:
    return f"{value} simple heads trained on it, across calls"


COMPARED: Final[dict[tuple[str, str, str], Compared]] = {
    ("bt_oasis", "greet", "f1"): Compared(0.88, _trained(".86")),
    ("bt_oasis", "thank", "f1"): Compared(0.92, _trained(".88")),
    ("bt_oasis", "bye", "f1"): Compared(0.96, _trained(".97")),
    ("bt_oasis", "expressRegret", "f1"): Compared(0.85, _trained(".79")),
    ("bt_oasis", "hold", "f1"): Compared(0.88, _trained(".86")),
    ("bt_oasis", "offer", "f1"): Compared(0.72, _trained(".67")),
    ("bt_oasis", "backch", "f1"): Compared(0.60, ".39 simple means, without context"),
    ("bt_oasis", "echo", "f1"): Compared(0.65, ".51 simple means, without context"),
    ("bt_oasis", "confirm", "f1"): Compared(0.40, ".23 simple means, without context"),
    ("uptake", "uptake", "spearman"): Compared(0.58, "about .54, Demszky et al. 2021; word overlap .47"),
    ("annomi", "reflection", "f1"): Compared(0.70, ".71 trained on it, across sessions"),
    ("receptiveness", "receptive", "spearman"): Compared(0.52, ".48 simple means; model of Yeomans et al. 2020"),
    ("politeness/wikipedia", "polite", "accuracy"): Compared(
        0.80, ".83 trained on it, Danescu-Niculescu-Mizil et al. 2013; people about .87"
    ),
    ("goemotions_dev", "upset", "f1"): Compared(0.65),
    ("goemotions_dev", "upset", "auc"): Compared(0.90),
    ("goemotions_dev", "gratitude", "f1"): Compared(0.88, ".86 BERT on the test part, Demszky et al. 2020"),
    ("goemotions_dev", "caring", "f1"): Compared(0.45, ".40 BERT on the test part, Demszky et al. 2020"),
    ("goemotions_dev", "remorse", "f1"): Compared(0.66, ".66 BERT on the test part, Demszky et al. 2020"),
    ("norec_sentence_dev", "sentiment", "macro_f1"): Compared(0.65),
    ("multidogo_dev", "openinggreeting", "f1"): Compared(0.97),
    ("multidogo_dev", "thankyou", "f1"): Compared(0.97),
    ("multidogo_dev", "closinggreeting", "f1"): Compared(0.97),
    ("casino", "collaboration", "macro_f1"): Compared(0.70, "about .65 BERT trained on it, Chawla et al. 2021"),
    ("mrda", "interrupted", "auc"): Compared(0.95),
    ("mrda", "backchannel", "f1"): Compared(0.85),
}
"""By data set, target and metric."""
