"""Levels, conversations and evidence, as estimation would leave them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from poise.app.conversations.detecting import everything
from poise.app.conversations.models import Conversation, Participant
from poise.app.people.models import Estimate, Evidence, Person

HOSTILE = "</script><img src=x onerror=alert(1)>\u202eevil"


def level(person: Person, code: str, mean: float | None, below: float | None = None, **fields: Any) -> Estimate:
    """One estimate; without a mean it may not be shown."""
    shown = mean is not None
    return Estimate(
        **{
            "person": person,
            "purpose": "coaching",
            "trait": code,
            "kind": "cluster" if code in everything().clusters else "trait",
            "source": "conversation",
            "period": "",
            # what may not be shown is there all the same: no page may let it out
            "mean": 1.2345 if mean is None else mean,
            "low": (1.2345 if mean is None else mean) - 0.4,
            "high": (1.2345 if mean is None else mean) + 0.4,
            "conversations": 12,
            "opportunities": 80,
            "below_standard": 0.97 if mean is None else below,
            "shown": shown,
            "reason": "" if shown else "few_opportunities",
            "norms": "n",
            "knowledge": "k",
        }
        | fields
    )


def talk(
    person: Person,
    behaviour: str,
    found: Iterable[tuple[int, int]],
    *,
    begin: datetime = datetime(2026, 9, 1, tzinfo=UTC),
    purpose: str = "coaching",
    start: int = 0,
) -> None:
    """Conversations, a day apart, with (hits, opportunities) of a behaviour."""
    for place, (hits, opportunities) in enumerate(found, start):
        conversation = Conversation.objects.create(
            source_id=f"{person.pk}-{purpose}-{behaviour}-{place}",
            content="c",
            channel="chat",
            language="en",
            started_at=begin + timedelta(days=place - start),
            topic=HOSTILE,
            purpose=purpose,
            turn_count=4,
            knowledge="k",
        )
        Participant.objects.create(
            conversation=conversation, key=person.person_id, role="agent", named=True, person=person
        )
        Evidence.objects.create(
            person=person,
            conversation=conversation,
            behaviour=behaviour,
            hits=hits,
            opportunities=opportunities,
            knowledge="k",
        )
