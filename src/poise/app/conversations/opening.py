"""A conversation opened by somebody: what they may see of it, found anew."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from poise.app.access import Capability
from poise.app.accounts.models import User
from poise.app.conversations.findings import Finding, find
from poise.app.conversations.loading import load
from poise.app.conversations.models import Contest, Conversation, Participant
from poise.app.conversations.reach import conversations_within, covers
from poise.app.people.models import Person
from poise.app.people.reading import names
from poise.model import ASSESSED

__all__ = ["Opened", "open_conversation", "opened_by"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation with the findings of those in it whom the reader reaches.

    Attributes
    ----------
    participants
        By the id that turns call them.
    people
        Whose findings are shown.
    """

    conversation: Conversation
    participants: dict[str, Participant]
    people: list[Person]
    findings: list[Finding]

    def speaker(self, finding: Finding) -> str:
        """Return the id by which the conversation calls whom a finding is about."""
        return next(key for key, one in self.participants.items() if one.person_id == finding.person.pk)

    def at(self, place: str) -> Finding | None:
        """Return the finding at a place; None where there is none."""
        return next((one for one in self.findings if one.place == place), None)


def open_conversation(request: HttpRequest, key: int, capability: Capability = Capability.VIEW_CONVERSATION) -> Opened:
    """Open a conversation with a capability for whoever asks (:func:`opened_by`)."""
    return opened_by(request.user, key, capability)


def opened_by(user: User | AnonymousUser, key: int, capability: Capability) -> Opened:
    """Open a conversation with a capability.

    Raises
    ------
    Http404
        Where there is none, or none within the reader's reach.
    """
    conversation = get_object_or_404(conversations_within(user, capability), pk=key)
    participants = {one.key: one for one in conversation.participants.select_related("person").order_by("pk")}
    assessed = {
        one.person.person_id: one.person
        for one in participants.values()
        if one.person is not None and one.role in ASSESSED
    }
    contests = Contest.objects.filter(conversation=conversation).select_related("by", "person").order_by("pk")
    seen = {one.pk for one in assessed.values() if covers(user, capability, one)}
    findings = find(load([key]), contests, assessed, names(), lambda person: person.pk in seen)
    return Opened(conversation, participants, [one for one in assessed.values() if one.pk in seen], findings)
