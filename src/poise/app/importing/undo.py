"""An import taken back whole: its conversations, evidence, estimates, and the people that only it brought."""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, ProtectedError, QuerySet
from django.utils import timezone

from poise.app.conversations.models import Contest, Conversation, Decision, Replacement
from poise.app.conversations.restoring import forget, restore
from poise.app.conversations.storing import lock_writers
from poise.app.importing.files import drop
from poise.app.importing.models import AlsoBrought, Import
from poise.app.people.estimating import ESTIMATED, ask_for_estimates
from poise.app.people.models import Person
from poise.app.work.jobs import enqueue
from poise.app.work.models import Job
from poise.app.work.running import Running

__all__ = ["ask", "contested", "undo"]

_AT_ONCE: Final = 200  # conversations in one transaction


def ask(imported: Import) -> Job | None:
    """Have an import undone; None where there is nothing to undo."""
    with transaction.atomic():
        states = (Import.State.RUNNING, Import.State.DONE, Import.State.UNDOING)
        held = Import.objects.select_for_update().filter(pk=imported.pk, state__in=states).first()
        if held is None:
            return None
        held.state = Import.State.UNDOING
        held.save(update_fields=["state"])
        return enqueue("undo", {"import": held.pk}, key=f"undo:{held.pk}")


def contested(imported: Import) -> tuple[int, int]:
    """Return how many contests of findings would go with an import's conversations, and how many decisions on them."""
    heirs = _heirs(imported).filter(conversation=OuterRef("pk"), content=OuterRef("content"))
    before = Replacement.objects.filter(conversation=OuterRef("pk"), replaced_by=imported)
    gone = Conversation.objects.filter(~Exists(heirs), ~Exists(before), imported=imported)
    contests = Contest.objects.filter(conversation__in=gone)
    return contests.count(), Decision.objects.filter(contest__in=contests).count()


def _heirs(imported: Import) -> QuerySet[AlsoBrought]:
    """Return what others brought as well and have not undone."""
    return AlsoBrought.objects.exclude(imported=imported).exclude(imported__state=Import.State.UNDONE)


def undo(running: Running) -> dict[str, Any]:
    """Do a job ``undo``. What the import replaced is put back; what another import brought as well stays that one's."""
    imported = Import.objects.get(pk=running.payload["import"])
    if imported.state != Import.State.UNDOING:
        return {"state": imported.state}
    mine = Conversation.objects.filter(imported=imported).order_by("pk")
    running.progress(done=0, total=mine.count(), message="undoing")
    gone = back = kept = 0
    while True:
        with running.transaction():
            lock_writers()
            keys = list(mine.values_list("pk", flat=True)[:_AT_ONCE])
            if not keys:
                break
            others = _leave_to_others(keys, imported)
            kept += len(others)
            keys = [key for key in keys if key not in others]
            latest = {
                one.conversation_id: one
                for one in Replacement.objects.filter(conversation__in=keys, replaced_by=imported)
                .select_related("conversation", "brought_by")
                .order_by("pk")
            }
            own = [key for key in keys if key not in latest]
            gone += forget(own)
            restore(list(latest.values()))
            back += len(latest)
            ask_for_estimates(ESTIMATED)
        running.progress(done=gone + back + kept)
    with running.transaction():
        lock_writers()
        people = Person.objects.filter(
            first_import=imported, user=None, participations=None, evidence=None, aliases__added_by=None
        )
        left = sum(_take_away(person) for person in Person.objects.filter(pk__in=people.values("pk")))
        Import.objects.filter(pk=imported.pk).update(state=Import.State.UNDONE, finished_at=timezone.now())
        ask_for_estimates(ESTIMATED)
    drop(imported)
    return {"conversations": gone, "restored": back, "kept": kept, "people": left}


def _leave_to_others(keys: list[int], imported: Import) -> set[int]:
    """Give each conversation that another import brought as it now stands to that import; return which these are."""
    others = _heirs(imported).filter(conversation__in=keys, content=F("conversation__content"))
    heirs: dict[int, AlsoBrought] = {}
    for one in others.order_by("-pk"):
        heirs[one.conversation_id] = one  # of several the first
    for key, heir in heirs.items():
        Conversation.objects.filter(pk=key).update(imported=heir.imported_id)
        # what stood there before would come back only where the heir is undone too
        Replacement.objects.filter(conversation=key, replaced_by=imported).update(replaced_by=heir.imported_id)
        heir.delete()
    return set(heirs)


def _take_away(person: Person) -> bool:
    """Delete somebody whom nothing else holds; tell whether that was so."""
    try:
        with transaction.atomic():
            person.delete()
    except ProtectedError:
        return False
    return True
