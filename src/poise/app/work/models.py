"""Jobs."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

__all__ = ["Job"]


class Job(models.Model):
    """One piece of background work. A worker holds it by a lease; when the lease ends, another may take it up.

    Attributes
    ----------
    kind, payload
        What to do (:mod:`poise.app.work.kinds`), and with what.
    key
        Idempotency key: asking for the same work again gives the same job.
    available_at
        Not before this instant.
    attempts
        How often a worker took it up.
    lease_owner, lease_until
        Who works on it. Every transaction of the work checks that the lease is still its own.
    done, total, message
        Progress; ``message`` is a code that pages translate.
    error
        What went wrong at last, for people to read.
    """

    class State(models.TextChoices):
        """Where a job stands."""

        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    kind = models.CharField(max_length=50)
    payload = models.JSONField(default=dict)
    key = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    available_at = models.DateTimeField(db_default=Now())
    attempts = models.IntegerField(default=0)
    lease_owner = models.CharField(max_length=200, blank=True)
    lease_until = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    message = models.CharField(max_length=50, blank=True)
    error = models.TextField(blank=True)
    result = models.JSONField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """Found by what is due."""

        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = (
            models.Index(
                fields=["available_at", "id"],
                name="job_due",
                condition=models.Q(state__in=["waiting", "running"]),
            ),
            models.Index(fields=["kind", "state"], name="job_by_kind"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(state="running") | models.Q(lease_until__isnull=False), name="job_running_leased"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def percent(self) -> int | None:
        """Progress in whole percent; None where the whole is not known."""
        if not self.total:
            return None
        return min(100, 100 * self.done // self.total)

    @property
    def over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in (self.State.DONE, self.State.FAILED)
