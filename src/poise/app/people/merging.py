"""One person's several names: joined, and parted again."""

from __future__ import annotations

from django.db import transaction

from poise.app.accounts.models import Team, User
from poise.app.conversations.storing import lock_writers
from poise.app.importing.models import Import
from poise.app.people.models import Alias, Person, folded
from poise.app.rows import batches
from poise.app.work.jobs import enqueue_soon
from poise.reading.people import PeopleMap

__all__ = ["join", "part", "take_in_map"]


def join(person: Person, into: Person, *, by: User | None = None) -> Alias:
    """Let everything that sources say of ``person`` count for ``into``; :func:`part` takes it back.

    The work itself, finding the evidence of all their conversations anew, is done in the background.

    Raises
    ------
    ValueError
        For a person and themselves.
    """
    if person.pk == into.pk:
        raise ValueError("a person is not joined with themselves")
    with transaction.atomic():
        lock_writers()
        alias, _ = Alias.objects.update_or_create(
            folded=folded(person.person_id), defaults={"person": into, "name": person.person_id, "added_by": by}
        )
        person.aliases.exclude(pk=alias.pk).update(person=into)
        Person.objects.filter(pk=person.pk).update(active=False)
        enqueue_soon("redetect", {"person": person.pk}, topic=f"redetect:{person.pk}")
    return alias


def part(alias: Alias) -> None:
    """Take a name away again: what sources say under it counts for a person of their own."""
    with transaction.atomic():
        lock_writers()
        Person.objects.filter(person_id=alias.name).update(active=True)
        person = alias.person
        alias.delete()
        enqueue_soon("redetect", {"person": person.pk}, topic=f"redetect:{person.pk}")


def take_in_map(people: PeopleMap, meant: set[str], imported: Import) -> None:
    """Take in a file that merges names: its people, their teams and their other names. Needs a transaction.

    Parameters
    ----------
    meant
        Those of its people whom the import speaks of; the others are left out.

    Notes
    -----
    A name that already means somebody here keeps its meaning.
    """
    lock_writers()
    known = {one.person_id: one for some in batches(meant) for one in Person.objects.filter(person_id__in=some)}
    teams: dict[str, Team] = {}
    for key in sorted(meant - known.keys()):
        name = people.teams.get(key, "")[:200]
        if name and name not in teams:
            teams[name], _ = Team.objects.get_or_create(name=name)
        known[key] = Person.objects.create(person_id=key, name=key[:300], team=teams.get(name), first_import=imported)
    Alias.objects.bulk_create(
        (
            Alias(person=known[person], name=name[:500], folded=name[:500])
            for name, person in people.persons.items()
            if person in known and name != folded(person)
        ),
        ignore_conflicts=True,
        batch_size=500,
    )
