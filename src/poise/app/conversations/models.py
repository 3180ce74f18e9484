"""Conversations with their turns, events and participants, and the text that search looks through.

Texts are stored as they were read, because detection and its spans need them whole. ``Turn.hidden`` holds the spans of
customers' personal data; pages show :attr:`Turn.shown`, in which they are dots and every code point keeps its place.
Search sees only what is shown.
"""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from poise.app.conversations.contests.models import Contest, Decision
from poise.app.people.models import Person, Purpose

__all__ = [
    "Contest",
    "Conversation",
    "Decision",
    "Event",
    "Participant",
    "Promise",
    "Replacement",
    "SearchText",
    "Turn",
    "hide",
]

DOT: Final = "•"


def hide(text: str, spans: list[list[int]] | None) -> str:
    """Return ``text`` with these spans (begin, end in code points) as dots; blanks stay, so that nothing moves."""
    if not spans:
        return text
    parts, last = [], 0
    for begin, end in spans:
        parts.append(text[last:begin])
        parts.append("".join(one if one.isspace() else DOT for one in text[begin:end]))
        last = end
    return "".join([*parts, text[last:]])


class Conversation(models.Model):
    """One conversation (:data:`poise.model.CONVERSATIONS`).

    Attributes
    ----------
    origin, source_id
        Where it comes from (empty unless the import names its system) and its id there: together its identity. The
        same identity again is the same conversation: unchanged, or replaced with a :class:`Replacement`.
    content
        SHA-256 of what was read.
    purpose
        Set when it is first read and never changed: what was given for coaching is not for selection.
    arrival_anger
        The customer's anger in words, 0 to 4, before the first assessed turn.
    turn_count
        Number of turns.
    imported
        The import that brought it as it stands.
    knowledge
        Version of the knowledge that its evidence was found with.
    """

    origin = models.CharField(max_length=100, blank=True)
    source_id = models.CharField(max_length=500)
    content = models.CharField(max_length=64)
    channel = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=20, blank=True)
    started_at = models.DateTimeField(null=True)
    topic = models.CharField(max_length=300, blank=True)
    queue = models.CharField(max_length=300, blank=True)
    customer = models.CharField(max_length=300, blank=True)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    csat = models.FloatField(null=True)
    resolved = models.BooleanField(null=True)
    file = models.CharField(max_length=300, blank=True)
    line = models.BigIntegerField(null=True)
    meta = models.TextField(blank=True)
    arrival_anger = models.SmallIntegerField(default=0)
    turn_count = models.IntegerField()
    imported = models.ForeignKey(
        "importing.Import", models.PROTECT, null=True, blank=True, related_name="conversations"
    )
    knowledge = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """One row an identity."""

        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = (models.UniqueConstraint(fields=["origin", "source_id"], name="conversation_once"),)
        indexes = (
            models.Index(fields=["purpose", "-started_at", "-id"], name="conversation_by_time"),
            models.Index(fields=["customer"], name="conversation_of_customer", condition=~models.Q(customer="")),
        )

    def __str__(self) -> str:
        return self.source_id


class Participant(models.Model):
    """Someone who takes part in a conversation (:data:`poise.model.PEOPLE`).

    Attributes
    ----------
    key
        The id as the source writes it; turns, events and promises name their speaker by it.
    named
        False where all that is known is the role.
    person
        The person whose work is looked at; null for customers, bots and those known by role only.
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="participants", db_index=False)
    key = models.CharField(max_length=500)
    role = models.CharField(max_length=20)
    name = models.CharField(max_length=300, blank=True)
    named = models.BooleanField()
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="participations", db_index=False)

    class Meta:
        """One row a conversation and key."""

        constraints = (models.UniqueConstraint(fields=["conversation", "key"], name="participant_once"),)
        indexes = (
            models.Index(
                fields=["person", "conversation"],
                name="participant_person",
                condition=models.Q(person__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.name or self.key


class Turn(models.Model):
    """One turn (:data:`poise.model.TURNS`), ``number`` counting from 0.

    Attributes
    ----------
    text
        As it was read. Pages show :attr:`shown`.
    hidden
        Spans of customers' personal data: ``[[begin, end], …]``.
    start, end
        Seconds from the start of the conversation.
    words
        Times of words: ``[[begin, end, from_s, to_s], …]``.
    holding
        Span of what only asks the customer to wait: ``[begin, end]``.
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="turns", db_index=False)
    number = models.IntegerField()
    speaker = models.CharField(max_length=500)
    role = models.CharField(max_length=20)
    text = models.TextField()
    hidden = models.JSONField(null=True)
    start = models.FloatField(null=True)
    end = models.FloatField(null=True)
    at = models.DateTimeField(null=True)
    audio_channel = models.CharField(max_length=100, blank=True)
    private = models.BooleanField()
    words = models.JSONField(null=True)
    holding = models.JSONField(null=True)

    class Meta:
        """One row a conversation and number."""

        constraints = (models.UniqueConstraint(fields=["conversation", "number"], name="turn_once"),)

    @property
    def shown(self) -> str:
        """The text with customers' personal data hidden, of the same length in code points."""
        return hide(self.text, self.hidden)

    def __str__(self) -> str:
        return f"{self.conversation_id}:{self.number}"


class Event(models.Model):
    """Something done, not said (:data:`poise.model.EVENTS`); ``data`` is JSON as it was read."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="events", db_index=False)
    number = models.IntegerField()
    at = models.DateTimeField(null=True)
    kind = models.CharField(max_length=100)
    speaker = models.CharField(max_length=500, blank=True)
    other = models.CharField(max_length=500, blank=True)
    value = models.FloatField(null=True)
    data = models.TextField(blank=True)

    class Meta:
        """One row a conversation and number."""

        constraints = (models.UniqueConstraint(fields=["conversation", "number"], name="event_once"),)

    def __str__(self) -> str:
        return f"{self.conversation_id}:{self.number} {self.kind}"


class Promise(models.Model):
    """A promise with the instant by which it is due; whether it was kept shows in later conversations too."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="promises")
    turn = models.IntegerField()
    speaker = models.CharField(max_length=500)
    begin = models.IntegerField()
    end = models.IntegerField()
    due = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.conversation_id}:{self.turn} {self.due}"


class Replacement(models.Model):
    """A conversation was read again with another content; what stood there before is kept here.

    Attributes
    ----------
    brought_by, replaced_by
        The import of the content before, and the one that replaced it.
    before
        The content before as the library's tables, packed (:mod:`poise.app.conversations.keeping`).
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="replacements")
    replaced_at = models.DateTimeField(db_default=Now())
    brought_by = models.ForeignKey("importing.Import", models.SET_NULL, null=True, related_name="+")
    replaced_by = models.ForeignKey("importing.Import", models.SET_NULL, null=True, related_name="replacements")
    content_before = models.CharField(max_length=64)
    turns_before = models.IntegerField()
    before = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.replaced_at}"


class SearchText(models.Model):
    """The words of a conversation as they are shown, for search; the database keeps the index by itself.

    PostgreSQL has a generated column ``document`` (tsvector, ``simple``) with a GIN index; SQLite an FTS5 table
    ``conversations_search`` that triggers keep in step.
    """

    conversation = models.OneToOneField(Conversation, models.CASCADE, primary_key=True, related_name="search_text")
    text = models.TextField()

    def __str__(self) -> str:
        return str(self.conversation_id)
