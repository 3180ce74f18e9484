"""What was found in one conversation, as its page shows it: hits, and occasions that were missed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from poise.app.conversations.contests.laying import fingerprint, laid_over, same_place
from poise.app.conversations.detecting import detector, version
from poise.app.conversations.models import Contest
from poise.app.knowledge.wording import rule
from poise.app.people.gathering import across_conversations
from poise.app.people.models import Person
from poise.knowledge.schema import Behaviour
from poise.model import Tables
from poise.reports.titles import Titles

__all__ = ["Finding", "find", "phrase_of"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One hit, or one occasion that called for something that was not done.

    Attributes
    ----------
    place
        What names it in addresses and forms; the same each time the same is found.
    kind
        ``hit`` or ``missed``.
    sign
        ``+`` where the behaviour is a strength, ``-`` where it is a weakness, ``0`` where it is neither.
    turn, event, begin, end
        Where (:data:`poise.model.HITS`); all null for what the whole conversation calls for.
    phrase, by
        The words of the rule that found it where they are known, and what kind of rule that is; of what was missed,
        what would show it.
    tier, score
        Which detectors found it, and how sure a trained one is.
    said
        The fingerprint of the turn.
    contests
        What was said and decided about it, oldest first.
    contestable
        False where it shows over several conversations only.
    """

    place: str
    kind: str
    behaviour: str
    title: str
    trait: str
    sign: str
    person: Person
    turn: int | None
    event: int | None
    begin: int | None
    end: int | None
    phrase: str
    by: str | Promise
    tier: str
    score: float | None
    said: str
    contests: tuple[Contest, ...]
    contestable: bool

    @property
    def upheld(self) -> bool:
        """Whether it counts no longer."""
        return any(one.state == Contest.State.UPHELD for one in self.contests)

    @property
    def open(self) -> bool:
        """Whether a contest waits for a decision."""
        return any(one.state == Contest.State.OPEN for one in self.contests)

    @property
    def confirmed(self) -> bool:
        """Whether a reviewer confirmed it."""
        return any(one.kind == Contest.Kind.CHECK for one in self.contests)

    def contest(self, conversation: int, speaker: str, kind: str, reason: str) -> Contest:
        """Return a contest of it, not yet stored."""
        check = kind == Contest.Kind.CHECK
        return Contest(
            conversation_id=conversation,
            person=self.person,
            speaker=speaker,
            behaviour=self.behaviour,
            kind=kind,
            turn=self.turn,
            event=self.event,
            begin=self.begin,
            end=self.end,
            said=self.said,
            rule=(self.phrase or str(self.by))[:300],
            score=self.score,
            knowledge=version(),
            reason=reason,
            state=Contest.State.STANDS if check else Contest.State.OPEN,
        )


def _mark(value: int | None) -> str:
    return "-" if value is None else str(value)


def find(
    tables: Tables,
    contests: Iterable[Contest],
    people: Mapping[str, Person],
    names: Titles,
    seen: Callable[[Person], bool],
) -> list[Finding]:
    """Return the findings of one conversation, in its order.

    Parameters
    ----------
    tables
        The conversation (:func:`poise.app.conversations.loading.load`).
    contests
        All of its contests, oldest first.
    people
        Who is assessed, by the id that the tables call them.
    seen
        Whose findings are to be returned.
    """
    looking = detector()
    found = looking.detect(tables)
    contests = list(contests)
    upheld = any(one.state == Contest.State.UPHELD for one in contests)
    occasions = laid_over(tables).opportunities if upheld else found.opportunities
    texts = dict(tables.turns.select("turn", "text").iter_rows())
    across = set(across_conversations(looking.knowledge))

    def made(row: Mapping[str, Any], kind: str) -> Finding | None:
        person = people.get(row["person"])
        if person is None or not seen(person):
            return None
        behaviour, turn, event = row["behaviour"], row["turn"], row["event"]
        entry = looking.knowledge.behaviours[behaviour]
        said = fingerprint(texts.get(turn) or "") if turn is not None else ""
        about = tuple(
            one
            for one in contests
            if one.said == said
            and (
                one.kind in {Contest.Kind.HIT, Contest.Kind.CHECK} and same_place(one, dict(row))
                if kind == "hit"
                else one.kind in {Contest.Kind.DONE, Contest.Kind.UNCALLED}
                and (one.behaviour, one.turn, one.event, one.person_id) == (behaviour, turn, event, person.pk)
            )
        )
        where = [turn, event, *((row["begin"], row["end"]) if kind == "hit" else (person.pk,))]
        return Finding(
            place=".".join([kind, *map(_mark, where), behaviour]),
            kind=kind,
            behaviour=behaviour,
            title=names.behaviour(behaviour),
            trait=names.trait(entry.trait),
            sign=entry.sign,
            person=person,
            turn=turn,
            event=event,
            begin=row.get("begin"),
            end=row.get("end"),
            phrase=phrase_of(row.get("rule")),
            by=names.advice(behaviour) if kind == "missed" else _by(row["rule"], entry),
            tier=row.get("tier") or "",
            score=row.get("score"),
            said=said,
            contests=about,
            contestable=behaviour not in across,
        )

    hits = [made(row, "hit") for row in found.hits.sort("turn", "begin", "end", nulls_last=True).iter_rows(named=True)]
    missed = {
        one.place: one
        for table in (found.opportunities, occasions)
        for row in table.filter(~table["met"]).iter_rows(named=True)
        if (one := made(row, "missed")) is not None and one.sign == "+"
    }
    still = {
        one.place
        for row in occasions.filter(~occasions["met"]).iter_rows(named=True)
        if (one := made(row, "missed")) is not None
    }
    # what a reviewer took away stays to be seen with what was said about it
    kept = [one for place, one in missed.items() if place in still or one.contests]
    unique = {one.place: one for one in hits if one is not None}
    return [*unique.values(), *kept]


def _by(label: str | None, entry: Behaviour) -> str | Promise:
    return _("A trained detector.") if label is not None and label.startswith("head:") else rule(entry.rule)


def phrase_of(label: str | None) -> str:
    """Return the phrase in a label of :meth:`Detector.rule_label`; a head or a rule has none."""
    return label.strip("“”") if label is not None and label.startswith("“") else ""
