"""What the app acknowledged, and whether all of it is there: whole, once, and nothing half."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from django.db import connection, transaction
from django.db.models import Count, Sum

from poise.app.accounts.models import Team, User
from poise.app.audit.models import Action, Entry
from poise.app.audit.verifying import verify
from poise.app.conversations.detecting import knowledge
from poise.app.conversations.models import Contest, Conversation, Decision, SearchText, Turn
from poise.app.conversations.redetection import redetect_now
from poise.app.importing.models import Delivery, Import, Upload
from poise.app.people.gathering import across_conversations
from poise.app.people.models import Estimate, Evidence
from poise.app.work.models import Job

__all__ = ["Promised"]


_TOLD: Final = 10
"""Rows of evidence that are named where some differ."""


@dataclass
class Promised:
    """Everything that was acknowledged so far; actors write to it, checks read it."""

    imports: set[int] = field(default_factory=set)
    confirmed: set[int] = field(default_factory=set)
    deliveries: dict[str, list[str]] = field(default_factory=dict)
    contests: set[int] = field(default_factory=set)
    decisions: Counter[int] = field(default_factory=Counter)
    teams: set[str] = field(default_factory=set)
    names: list[tuple[int, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self) -> dict[str, int]:
        """How many changes of each kind were acknowledged."""
        with self.lock:
            return {
                "imports handed in": len(self.imports),
                "imports confirmed": len(self.confirmed),
                "calls with conversations": len(self.deliveries),
                "contests": len(self.contests),
                "decisions": sum(self.decisions.values()),
                "teams saved": len(self.teams),
                "names saved": len(self.names),
            }

    def wrong(self) -> list[str]:
        """Return what is missing, double or half at this moment, while work may go on."""
        with self.lock:  # what is acknowledged after this is not asked for
            imports, confirmed, teams = set(self.imports), set(self.confirmed), set(self.teams)
            deliveries, contests = dict(self.deliveries), set(self.contests)
            decisions = Counter(self.decisions)
            name = self.names[-1] if self.names else None
        with transaction.atomic():
            if connection.vendor == "postgresql":  # one moment for all of it: else each query sees a later one
                connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return [
                *_imports(imports, confirmed),
                *_deliveries(deliveries),
                *_reviews(contests, decisions),
                *(f"team {one} is missing" for one in teams - set(Team.objects.values_list("name", flat=True))),
                *_name(name),
                *_whole(),
            ]

    def wrong_at_the_end(self) -> list[str]:
        """Return what is wrong when all work is over."""
        found = self.wrong()
        found += [f"import {one.pk} ended {one.state}" for one in Import.objects.exclude(state=Import.State.DONE)]
        found += [f"{Delivery.objects.filter(imported=None).count()} deliveries unread"] * bool(
            Delivery.objects.filter(imported=None).count()
        )
        # work that was given up after five kills in a row is nothing lost where a later job did it
        done = dict(Job.objects.filter(state=Job.State.DONE).order_by("pk").values_list("kind", "pk"))
        found += [
            f"job {one.pk} ({one.kind}) is {one.state}"
            for one in Job.objects.exclude(state=Job.State.DONE)
            if one.state != Job.State.FAILED or done.get(one.kind, 0) < one.pk
        ]
        before = _evidence()
        with transaction.atomic():
            redetect_now(list(Conversation.objects.values_list("pk", flat=True)))
        after = _evidence()
        for row in sorted(before ^ after, key=str)[:_TOLD]:
            found.append(f"evidence is {'not' if row in before else ''} what detection finds: {row}")
        if not Estimate.objects.exists():
            found.append("no estimates")
        return found


def _imports(imports: set[int], confirmed: set[int]) -> list[str]:
    rows = {one.pk: one for one in Import.objects.all()}
    found = [f"import {key} is missing" for key in imports - rows.keys()]
    found += [
        f"the file of import {key} is missing"
        for key in imports - set(Upload.objects.values_list("imported", flat=True))
    ]
    found += [
        f"import {key} was confirmed and is {rows[key].state}"
        for key in confirmed & rows.keys()
        if rows[key].state not in (Import.State.RUNNING, Import.State.DONE)
    ]
    counted = Conversation.objects.values_list("imported").annotate(Count("pk"), Sum("turn_count"))
    held = {key: (number, turns) for key, number, turns in counted}
    for key, one in rows.items():
        number, turns = held.get(key, (0, 0))
        if (one.new, one.turns) != (number, turns):
            found.append(f"import {key} says {one.new} and {one.turns}, holds {number} and {turns}")
        expected = (one.preview or {}).get("conversations")
        if one.way == Import.Way.UPLOAD and one.state == Import.State.DONE and number != expected:
            found.append(f"import {key} is done with {number} of {expected} conversations")
    return found


def _deliveries(deliveries: dict[str, list[str]]) -> list[str]:
    # the token's number, the call's key, the record's place in the call, and a digest of what it says
    rows = {
        key.split(":", 1)[1].rsplit(":", 1)[0]: waits for key, waits in Delivery.objects.values_list("key", "imported")
    }
    here = set(Conversation.objects.values_list("source_id", flat=True))
    found = []
    for key, ids in deliveries.items():
        for number, one in enumerate(ids):
            place = f"{key}:{number}"
            if place not in rows:
                found.append(f"delivery {place} is missing")
            elif rows[place] is not None and one not in here:
                found.append(f"conversation {one} was read and is missing")
    return found


def _reviews(contests: set[int], decisions: Counter[int]) -> list[str]:
    rows = dict(Contest.objects.values_list("pk", "state"))
    made = Counter(Decision.objects.values_list("contest", flat=True))
    found = [f"contest {key} is missing" for key in contests - rows.keys()]
    found += [f"contest {key} lacks a decision" for key, number in decisions.items() if made[key] < number]
    last = dict(Decision.objects.order_by("pk").values_list("contest", "upheld"))
    for key, state in rows.items():
        held = Contest.State.OPEN if key not in last else Contest.State.UPHELD if last[key] else Contest.State.STANDS
        if state != held:
            found.append(f"contest {key} is {state}, its decisions say {held}")
    for action, numbers in ((Action.CONTESTED, Counter(rows.keys())), (Action.DECIDED, made)):
        logged = Counter(int(key) for key in Entry.objects.filter(action=action).values_list("key", flat=True))
        if logged != numbers:
            found.append(f"the audit log does not tell of each contest and decision once ({action})")
    return found


def _name(saved: tuple[int, str] | None) -> list[str]:
    """Names are saved one after the other: the last acknowledged stands, or a later one that was not acknowledged."""
    if saved is None:
        return []
    number = int(saved[1].rsplit(" ", 1)[1])
    now = User.objects.values_list("name", flat=True).get(pk=saved[0])
    return [] if int(now.rsplit(" ", 1)[1]) >= number else [f"the name {saved[1]} went back to {now}"]


def _whole() -> list[str]:
    found = [
        f"conversation {row['source_id']} is here {row['number']} times"
        for row in Conversation.objects.order_by()
        .values("origin", "source_id")
        .annotate(number=Count("pk"))
        .filter(number__gt=1)
    ]
    said = Conversation.objects.aggregate(turns=Sum("turn_count"), number=Count("pk"))
    if (said["turns"] or 0) != Turn.objects.count():
        found.append(f"{said['turns']} turns announced, {Turn.objects.count()} there")
    if said["number"] != SearchText.objects.count():
        found.append("not every conversation can be searched")
    teams = Team.objects.values("name").annotate(number=Count("pk")).filter(number__gt=1)
    found += [f"team {row['name']} is here {row['number']} times" for row in teams]
    verdict = verify()
    if not verdict.holds:
        found.append(f"the audit log breaks at {verdict.broken_at}: {verdict.problem}")
    return found


def _evidence() -> set[tuple[object, ...]]:
    """Return what is held, numbers to nine digits: sums of seconds differ in the last ones by the order of summing."""
    columns = ("conversation", "person", "behaviour", "hits", "opportunities", "exposure_s", "value", "weight")
    # what shows over several conversations only comes with the estimates, not with a conversation's own detection
    rows = Evidence.objects.exclude(behaviour__in=across_conversations(knowledge())).values_list(*columns)
    return {tuple(float(f"{one:.9g}") if isinstance(one, float) else one for one in row) for row in rows}
