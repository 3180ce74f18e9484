"""What codes of the tables are called: reasons, needs, roles, channels, units, and what would change a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from poise.model import NormsUsed
from poise.reports.language import N_, Locale
from poise.reports.profile import Act
from poise.reports.quotes import Passage, Quote, clean
from poise.reports.titles import Titles

__all__ = [
    "CHANNELS",
    "EVENTS",
    "NEEDS",
    "PURPOSES",
    "REASONS",
    "ROLES",
    "amount",
    "basis",
    "changes",
    "heading",
    "label",
    "need",
    "norms",
    "reason",
    "short_reason",
    "speaker",
    "spread",
]

NEEDS: Final = {
    "text": N_("the words that were said"),
    "people": N_("the names of customers"),
    "times": N_("when each turn starts and ends"),
    "channels": N_("two audio channels, or the time of every word"),
    "clock": N_("the date and time of every turn"),
    "events": N_("events such as transfers and concessions"),
    "states": N_("agents' states (available, busy, on a break)"),
    "outcome": N_("how the conversation ended"),
    "topic": N_("the topic of conversations"),
    "customer": N_("which conversations have the same customer"),
    "human": N_("a person who watches and notes"),
    "shift": N_("a simulated shift"),
}
ROLES: Final = {
    "agent": N_("Agent"),
    "customer": N_("Customer"),
    "candidate": N_("Candidate"),
    "interviewer": N_("Interviewer"),
    "colleague": N_("Colleague"),
    "bot": N_("Bot"),
    "system": N_("System"),
}
CHANNELS: Final = {
    "call": N_("call"),
    "chat": N_("chat"),
    "email": N_("email"),
    "interview": N_("interview"),
    "shift": N_("shift"),
}
PURPOSES: Final = {
    "coaching": N_("coaching"),
    "selection": N_("selection"),
    "training": N_("training"),
}
EVENTS: Final = {
    "assigned": N_("the conversation was assigned"),
    "transfer": N_("the customer was transferred"),
    "concession": N_("a concession was made"),
    "refusal": N_("a request was refused"),
    "help_asked": N_("a colleague was asked for help"),
    "consult": N_("a colleague was asked for help"),
    "help_offer": N_("help was offered to a colleague"),
    "state": N_("the agent's state changed"),
    "resolved": N_("the conversation was marked as resolved"),
    "promise": N_("a promise was recorded"),
    "follow_up": N_("a promise was followed up"),
    "need": N_("a colleague needed a hand"),
    "help_needed": N_("a hand was needed here"),
    "priority": N_("the priority was set"),
    "reopened": N_("the conversation was opened again"),
    "typing": N_("somebody was typing"),
    "action": N_("something was done in a system"),
}
REASONS: Final = {
    "not_observed": (
        N_("Nothing called for it, or the input cannot show it."),
        N_("not observed"),
    ),
    "few_opportunities": (
        N_("There were too few occasions that called for it."),
        N_("too few occasions"),
    ),
    "few_conversations": (
        N_("There are too few conversations."),
        N_("too few conversations"),
    ),
    "no_norm": (
        N_("The norms do not have it, so there is nothing to compare with."),
        N_("no norm"),
    ),
    "one_peer": (
        N_("The norm is one person: there is nobody to compare with."),
        N_("one peer only"),
    ),
    "cluster_instead": (
        N_("The cluster says more about it than the trait's own evidence does: read the cluster."),
        N_("see the cluster"),
    ),
    "few_peers": (
        N_("With care: the norm is fewer than five people."),
        N_("few peers"),
    ),
    "one_peer_here": (
        N_("With care: where most of this evidence comes from, the norm has one person only."),
        N_("one peer here"),
    ),
}
"""Sentence, and the words that fit a cell, by code of the ``reason`` columns."""


_CHANGES = 3
_WORTH_SAYING = 0.05  # levels: a smaller gain would print as the same level


def label(table: dict[str, str], code: str | None, locale: Locale) -> str:
    """Return what ``code`` is called; the code itself where the table has no name for it."""
    return locale.gettext(table[code]) if code in table else (code or "")


def need(code: str, locale: Locale) -> str:
    """Return what the input must have; ``language:xx`` stands for words to look for in that language."""
    kind, _, language = code.partition(":")
    if kind == "language" and language:
        return locale.gettext("words to look for in %(language)s") % {"language": locale.language_name(language)}
    return label(NEEDS, code, locale)


def speaker(passage: Passage, name: str, locale: Locale) -> str:
    """Return who says ``passage``: the person's own ``name``, or the other's role."""
    return name if passage.own else label(ROLES, passage.role, locale)


def reason(code: str | None, locale: Locale) -> str:
    """Return why something is not shown, as a sentence."""
    if code in REASONS:
        return locale.gettext(REASONS[code][0])
    return code or locale.gettext("There is not enough evidence.")


def short_reason(code: str | None, locale: Locale) -> str:
    """Return why something is not shown, in the words that fit a cell."""
    if code in REASONS:
        return locale.gettext(REASONS[code][1])
    return locale.gettext("not enough evidence")


def amount(value: float | None, unit: str, locale: Locale) -> str:
    """Return a rate in its own unit; a dash where there is none."""
    if value is None:
        return "–"
    if unit == "share":
        return locale.isolated(locale.percent(value))
    if unit == "per_minute":
        return locale.gettext("%(n)s a minute") % {"n": locale.number(value, 2)}
    if unit == "seconds":
        return locale.gettext("%(n)s s") % {"n": locale.number(value, 0)}
    if unit == "turns":
        return locale.gettext("%(n)s turns") % {"n": locale.number(value, 1)}
    if unit == "grade":
        return locale.gettext("grade %(n)s") % {"n": locale.number(value, 1)}
    return locale.isolated(locale.number(value, 2))


def basis(act: Act, unit: str, locale: Locale) -> str:
    """Return what a rate rests on: how often, of how many occasions, in how many conversations."""
    conversations = locale.ngettext("%(n)s conversation", "%(n)s conversations", act.conversations) % {
        "n": locale.whole(act.conversations)
    }
    if unit == "share":
        return locale.gettext("%(hits)s of %(occasions)s, %(conversations)s") % {
            "hits": locale.whole(act.hits),
            "occasions": locale.whole(act.opportunities),
            "conversations": conversations,
        }
    if act.exposure_s:
        return locale.gettext("%(hits)s in %(minutes)s min, %(conversations)s") % {
            "hits": locale.whole(act.hits),
            "minutes": locale.number(act.exposure_s / 60, 0),
            "conversations": conversations,
        }
    return conversations


def heading(quote: Quote, titles: Titles, locale: Locale) -> str:
    """Return what a quote shows."""
    title = titles.behaviour(quote.behaviour)
    if quote.kind == "missed":
        return locale.gettext("Called for, not done: %(behaviour)s") % {"behaviour": title}
    if quote.kind == "avoided":
        return locale.gettext("Could have happened, did not: %(behaviour)s") % {"behaviour": title}
    return title


def changes(
    rows: Sequence[Mapping[str, Any]], titles: Titles, locale: Locale, *, shown: bool = True
) -> list[tuple[str, str]]:
    """Return what would change a number, as sentences with the advice that goes with each (or nothing).

    The behaviours that would raise the level most come first, then how many conversations would be needed. Of a
    level that may not be ``shown`` only what would let it be shown is told.
    """
    rows = [row for row in rows if shown or row["kind"] == "gate"]
    behaviours = [
        row
        for row in rows
        if row["kind"] == "behaviour"
        and _gain(row) >= _WORTH_SAYING
        and (row["met"] is None or row["met"] != row["usual"])  # a rare fault is not told to stay away as usual
    ]
    best = sorted(behaviours, key=lambda row: (-_gain(row), row["behaviour"]))[:_CHANGES]
    told = [(_better(row, titles, locale), titles.advice(row["behaviour"])) for row in best]
    for row in sorted(rows, key=lambda row: str(row["kind"])):
        needed = row["conversations"]
        if row["kind"] == "gate" and needed:
            message = locale.ngettext(
                "About %(n)s more conversation like these is needed before it may be shown.",
                "About %(n)s more conversations like these are needed before it may be shown.",
                needed,
            )
            told.append((message % {"n": locale.whole(needed)}, ""))
        elif row["kind"] == "half_interval" and needed:
            message = locale.ngettext(
                "About %(n)s more conversation would make the range half as wide.",
                "About %(n)s more conversations would make the range half as wide.",
                needed,
            )
            told.append((message % {"n": locale.whole(needed)}, ""))
        elif row["kind"] == "half_interval" and needed is None:
            told.append(
                (
                    locale.gettext(
                        "More conversations alone would not make the range half as wide: "
                        "how often the detectors err limits it."
                    ),
                    "",
                )
            )
    return told


def _gain(row: Mapping[str, Any]) -> float:
    if row["level"] is None or row["level_then"] is None:
        return 0.0
    return float(row["level_then"] - row["level"])


def _better(row: Mapping[str, Any], titles: Titles, locale: Locale) -> str:
    code = row["behaviour"]
    unit = titles.unit(code)
    places = {
        "behaviour": titles.behaviour(code),
        "occasions": locale.whole(row["occasions"] or 0),
        "level": locale.number(row["level"]),
        "then": locale.number(row["level_then"]),
    }
    if row["met"] is None:
        message = locale.gettext(
            "%(behaviour)s: %(value)s in the next %(occasions)s conversations would take the level "
            "from %(level)s to %(then)s."
        )
        return message % (places | {"value": amount(row["value"], unit, locale)})
    places |= {"met": locale.whole(row["met"]), "usual": locale.whole(row["usual"] or 0)}
    if unit == "per_minute":
        message = locale.gettext(
            "%(behaviour)s: %(met)s times in the next %(occasions)s minutes, not %(usual)s as usual, "
            "would take the level from %(level)s to %(then)s."
        )
    else:
        message = locale.gettext(
            "%(behaviour)s: in %(met)s of the next %(occasions)s occasions, not %(usual)s as usual, "
            "would take the level from %(level)s to %(then)s."
        )
    return message % places


def spread(low: float, high: float, unit: str, locale: Locale) -> str:
    """Return the interval of a rate in its own unit."""
    if unit == "share":
        return locale.percents(low, high)
    return locale.interval(low, high, 2 if unit in ("per_minute", "index", "score") else 1)


def norms(used: NormsUsed | None, locale: Locale) -> str:
    """Return whom people are compared with, and how far that can be trusted."""
    if used is None:
        return locale.gettext("No norms were used: there are rates and quotes, but no levels.")
    people = locale.ngettext("%(n)s person", "%(n)s people", used.people) % {"n": locale.whole(used.people)}
    conversations = locale.ngettext("%(n)s conversation", "%(n)s conversations", used.conversations) % {
        "n": locale.whole(used.conversations)
    }
    said = [
        locale.gettext("Comparison group: %(name)s, version %(version)s (%(people)s, %(conversations)s).")
        % {
            "name": locale.apart(clean(used.name)),
            "version": locale.apart(clean(used.version)),
            "people": people,
            "conversations": conversations,
        }
    ]
    if used.invented:
        said.append(locale.gettext("It is the sample's invented team: good for a first look, not for judging anyone."))
    if used.own:
        said.append(locale.gettext("It was fitted on these very conversations: people are compared with each other."))
    if used.people <= 1:
        said.append(
            locale.gettext(
                "A comparison group of one says nothing about anyone: read the quotes and rates, not the levels."
            )
        )
    return " ".join(said)
