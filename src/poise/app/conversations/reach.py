"""Which conversations, and whose findings in them, somebody may see, contest and decide on."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet

from poise.app.access import Capability, scope
from poise.app.accounts.models import User
from poise.app.conversations.models import Contest, Conversation, Participant
from poise.app.people.models import Person
from poise.app.people.reading import reached, within

__all__ = ["contests_within", "conversations_within", "covers"]


def conversations_within(user: User | AnonymousUser, capability: Capability) -> QuerySet[Conversation]:
    """Return the conversations that ``user`` reaches: of the capability's purpose, with somebody within reach."""
    reach = scope(user, capability)
    found = Conversation.objects.filter(purpose=str(reach.purpose))
    if reach.everything:
        return found
    theirs = Participant.objects.filter(conversation=OuterRef("pk"), person__in=within(user, capability))
    return found.filter(Exists(theirs))


def covers(user: User | AnonymousUser, capability: Capability, person: Person) -> bool:
    """Whether ``user`` reaches this person's findings with a capability."""
    reach = scope(user, capability)
    return reach.covers(person.team_id) or (reach.own and person.user_id is not None and person.user_id == user.pk)


def contests_within(user: User | AnonymousUser, capability: Capability) -> QuerySet[Contest]:
    """Return the contests about people whom ``user`` reaches, of the capability's purpose."""
    reach = scope(user, capability)
    return Contest.objects.filter(reached(reach, user, "person__"), conversation__purpose=str(reach.purpose))
