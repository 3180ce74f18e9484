"""Making kits: begun from the item bank, edited as drafts, published for good."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from poise.app.accounts.models import Team, User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews.kits.models import Kit, KitVersion, PublishedError
from poise.app.knowledge.bank import item_bank
from poise.app.people.models import Purpose
from poise.knowledge.interviews import Kit as Content
from poise.knowledge.interviews import kit_from_json, kit_to_json, start_kit

__all__ = ["IncompleteError", "begin", "change", "discard", "draft_of", "publish", "set_job_analysis", "start"]


class IncompleteError(Exception):
    """A draft lacks something without which nobody can be interviewed on it. The message says what."""


def start(team: Team, title: str, weights: Mapping[str, float], by: User | None, *, job_analysis: str = "") -> Kit:
    """Begin a kit for a job, with every question of the item bank for the traits of ``weights``, as a draft.

    Raises
    ------
    django.db.IntegrityError
        Where the team has a kit of this title.
    poise.knowledge.KnowledgeError
        Where the item bank cannot be used.
    """
    return begin(team, title, start_kit(item_bank(), dict(weights)), by, job_analysis=job_analysis)


def begin(team: Team, title: str, content: Content, by: User | None, *, job_analysis: str = "") -> Kit:
    """Begin a kit with this content, as a draft."""
    with transaction.atomic():
        kit = Kit.objects.create(team=team, title=title, created_by=by)
        KitVersion.objects.create(
            kit=kit, number=1, content=kit_to_json(content), job_analysis=job_analysis, created_by=by
        )
        record(Action.ADDED, kit, purpose=Purpose.SELECTION, team=team.pk, traits=sorted(content.traits))
    return kit


def draft_of(kit: Kit, by: User | None) -> KitVersion:
    """The kit's draft; where it has none, a new one that says what the latest version says."""
    with transaction.atomic():
        Kit.objects.select_for_update().get(pk=kit.pk)
        latest = kit.versions.order_by("-number").first()
        if latest is None:
            raise KitVersion.DoesNotExist(f"kit {kit.pk} has no version")
        if latest.published_at is None:
            return latest
        draft = KitVersion.objects.create(
            kit=kit,
            number=latest.number + 1,
            content=latest.content,
            job_analysis=latest.job_analysis,
            created_by=by,
        )
        record(Action.ADDED, draft, purpose=Purpose.SELECTION, kit=kit.pk, number=draft.number)
    return draft


def change(version: KitVersion, edit: Callable[[Content], Content], what: str) -> Content:
    """Change what a draft says: ``edit`` gets what is stored now and gives what shall be.

    Nobody else can store anything between the two, so that of two people who write at once neither undoes what the
    other did elsewhere in the kit. ``what`` is the code of the change for the audit log.

    Raises
    ------
    PublishedError
        Where it was published meanwhile.
    """
    with transaction.atomic():
        draft = _locked(version)
        before = draft.draft()
        after = edit(before)
        if after != before:
            draft.content = kit_to_json(after)
            draft.save(update_fields=["content"])
            record(Action.CHANGED, draft, purpose=Purpose.SELECTION, kit=draft.kit_id, what=what)
    return after


def set_job_analysis(version: KitVersion, text: str, seen: str) -> bool:
    """Write a draft's job analysis; False where it is no longer what the writer had ``seen``, and nothing is written.

    Raises
    ------
    PublishedError
        Where it was published meanwhile.
    """
    with transaction.atomic():
        draft = _locked(version)
        if draft.job_analysis not in (seen, text):
            return False
        if draft.job_analysis != text:
            draft.job_analysis = text
            draft.save(update_fields=["job_analysis"])
            record(Action.CHANGED, draft, purpose=Purpose.SELECTION, kit=draft.kit_id, what="job_analysis")
    return True


def _locked(version: KitVersion) -> KitVersion:
    draft = KitVersion.objects.select_for_update().get(pk=version.pk)
    if draft.published_at is not None:
        raise PublishedError(f"version {draft.number} of kit {draft.kit_id} is published and stays as it is")
    return draft


def publish(version: KitVersion, by: User | None, at: datetime | None = None) -> KitVersion:
    """Publish a draft, now (or at an earlier instant): from then on it never changes, its weights neither.

    Raises
    ------
    IncompleteError
        Where its content lacks something, or there is no job analysis.
    PublishedError
        Where it is published already.
    """
    with transaction.atomic():
        draft = _locked(version)
        try:
            content = kit_from_json(draft.content)
        except ValueError as error:
            raise IncompleteError(str(error)) from error
        if not draft.job_analysis.strip():
            raise IncompleteError("job analysis: it is not written")
        draft.published_at = at or timezone.now()
        draft.published_by = by
        draft.digest = content.digest()
        draft.save()
        record(
            Action.DECIDED, draft, purpose=Purpose.SELECTION, kit=draft.kit_id, number=draft.number, digest=draft.digest
        )
    version.refresh_from_db()
    return version


def discard(version: KitVersion) -> None:
    """Take a draft away; the kit too where it was the only version.

    Raises
    ------
    PublishedError
        Where it is published.
    """
    with transaction.atomic():
        draft = _locked(version)
        kit = draft.kit
        record(Action.REMOVED, draft, purpose=Purpose.SELECTION, kit=kit.pk, number=draft.number)
        draft.delete()
        if not kit.versions.exists():
            kit.delete()
