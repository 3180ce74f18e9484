"""Imports: what was handed in, what came of it, and what was refused."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from poise.app.people.models import Purpose

__all__ = ["AlsoBrought", "Chunk", "Delivery", "Import", "Reject", "Thread", "Upload", "WatchedFile"]


class Import(models.Model):
    """One delivery of conversations, from preview to the last chunk; it can be undone as a whole.

    Attributes
    ----------
    way
        How it came.
    origin
        The system it comes from, part of its conversations' identity; empty unless several systems share ids.
    format, roles
        Read every file as this format, and the roles of speaker labels, where they were set by hand.
    folder
        Name of the folder of its files: never used before, whatever became of an attempt to make this row.
    preview
        What would be read (:mod:`poise.app.importing.preview`).
    new, unchanged, changed, turns, rejected
        What came of it so far: conversations by what they were here before, turns written, records refused.
    knowledge
        Version of the knowledge that it was read with.
    """

    class Way(models.TextChoices):
        """How an import came."""

        UPLOAD = "upload", _("Upload")
        FOLDER = "folder", _("Watched folder")
        API = "api", _("REST API")
        CHATWOOT = "chatwoot", _("Chatwoot")
        SAMPLE = "sample", _("Invented sample")

    class State(models.TextChoices):
        """Where an import stands."""

        PREVIEWING = "previewing", _("Looking at the files")
        PREVIEWED = "previewed", _("Waiting for confirmation")
        REFUSED = "refused", _("Cannot be read")
        RUNNING = "running", _("Importing")
        DONE = "done", _("Imported")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        DISCARDED = "discarded", _("Discarded")

    way = models.CharField(max_length=20, choices=Way.choices)
    state = models.CharField(max_length=20, choices=State.choices, default=State.PREVIEWING)
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.COACHING)
    origin = models.CharField(max_length=100, blank=True)
    format = models.CharField(max_length=30, blank=True)
    roles = models.JSONField(default=dict)
    name = models.CharField(max_length=300)
    folder = models.UUIDField(default=uuid4, unique=True, editable=False)
    preview = models.JSONField(null=True)
    problem = models.TextField(blank=True)
    new = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    turns = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    knowledge = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="imports")
    created_at = models.DateTimeField(db_default=Now())
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first."""

        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name


class Upload(models.Model):
    """One file of an import, kept under :attr:`path` in the folder of uploads until the import is over.

    ``kind`` is ``conversations``, or ``people`` for the file that merges names.
    """

    imported = models.ForeignKey(Import, models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=300)
    path = models.CharField(max_length=500)
    kind = models.CharField(max_length=20, default="conversations")
    size = models.BigIntegerField()
    content = models.CharField(max_length=64)

    class Meta:
        """One row a name in an import."""

        constraints = (models.UniqueConstraint(fields=["imported", "path"], name="upload_once"),)
        indexes = (models.Index(fields=["content"], name="upload_content"),)

    def __str__(self) -> str:
        return self.name


class WatchedFile(models.Model):
    """A content that the watched folder brought; it is never taken twice, whatever its name."""

    content = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=300)
    imported = models.ForeignKey(Import, models.SET_NULL, null=True, related_name="+")
    seen_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class Chunk(models.Model):
    """A chunk of an import that is written; its row is part of the same transaction, so none is written twice."""

    imported = models.ForeignKey(Import, models.CASCADE, related_name="chunks", db_index=False)
    number = models.IntegerField()
    conversations = models.IntegerField()
    turns = models.IntegerField()

    class Meta:
        """One row an import and number."""

        constraints = (models.UniqueConstraint(fields=["imported", "number"], name="chunk_once"),)

    def __str__(self) -> str:
        return f"{self.imported_id}:{self.number}"


class Reject(models.Model):
    """A record that was refused (:data:`poise.model.REJECTS`), with personal data hidden in ``record``."""

    imported = models.ForeignKey(Import, models.CASCADE, related_name="rejects")
    chunk = models.IntegerField()
    file = models.CharField(max_length=300)
    line = models.BigIntegerField(null=True)
    field = models.CharField(max_length=300, blank=True)
    problem = models.TextField()
    remedy = models.TextField(blank=True)
    record = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.problem}"


class AlsoBrought(models.Model):
    """A conversation that was here already when another import brought the same: undoing the first leaves it to this.

    ``content`` is what was brought (:attr:`poise.app.conversations.models.Conversation.content`); it counts while the
    conversation still says that.
    """

    imported = models.ForeignKey(Import, models.CASCADE, related_name="also_brought")
    conversation = models.ForeignKey("conversations.Conversation", models.CASCADE, related_name="also_brought_by")
    content = models.CharField(max_length=64)

    class Meta:
        """One row an import and conversation."""

        constraints = (models.UniqueConstraint(fields=["imported", "conversation"], name="also_brought_once"),)

    def __str__(self) -> str:
        return f"{self.imported_id}:{self.conversation_id}"


class Delivery(models.Model):
    """A canonical conversation handed to the REST API: acknowledged, and not yet read into the tables.

    ``key`` makes accepting it again do nothing.
    """

    key = models.CharField(max_length=200, unique=True)
    record = models.BinaryField()
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    origin = models.CharField(max_length=100, blank=True)
    received_at = models.DateTimeField(db_default=Now())
    imported = models.ForeignKey(Import, models.CASCADE, null=True, related_name="deliveries")

    class Meta:
        """Found by what waits."""

        indexes = (models.Index(fields=["id"], name="delivery_waiting", condition=models.Q(imported__isnull=True)),)

    def __str__(self) -> str:
        return self.key


class Thread(models.Model):
    """A Chatwoot conversation put together from the events that its webhook sent.

    ``record`` has the form of Chatwoot's API: a conversation with its messages. The same event again changes nothing.
    """

    account = models.CharField(max_length=50)
    conversation = models.CharField(max_length=50)
    record = models.JSONField()
    waiting = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        """One row an account and conversation."""

        constraints = (models.UniqueConstraint(fields=["account", "conversation"], name="thread_once"),)
        indexes = (models.Index(fields=["id"], name="thread_waiting", condition=models.Q(waiting=True)),)

    def __str__(self) -> str:
        return f"{self.account}:{self.conversation}"
