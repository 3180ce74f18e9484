"""Who is meant by the names that sources use."""

from __future__ import annotations

import polars as pl

from poise.app.accounts.models import Team
from poise.app.importing.models import Import
from poise.app.people.models import Alias, Person, folded
from poise.app.rows import batches
from poise.model import ASSESSED

__all__ = ["known_people", "named_people", "take_in"]


def named_people(people: pl.DataFrame) -> pl.DataFrame:
    """Return one row a person whose work is looked at and who is known by name: ``person, name, team``.

    Parameters
    ----------
    people
        :data:`poise.model.PEOPLE`.
    """
    return (
        people.filter(pl.col("named") & pl.col("role").is_in(list(ASSESSED)))
        .group_by("person", maintain_order=True)
        .agg(pl.col("name", "team").drop_nulls().first())
    )


def known_people(named: pl.DataFrame) -> dict[str, Person]:
    """Return whom the ids of :func:`named_people` stand for: by an alias of the id or the name, else by the id.

    Ids of people who are not here yet are left out. Two queries for each nine hundred ids.
    """
    rows = list(named.select("person", "name").iter_rows())
    names = {folded(text) for row in rows for text in row if text}
    aliases: dict[str, Person] = {}
    for some in batches(names):
        for alias in Alias.objects.filter(folded__in=some).select_related("person"):
            aliases[alias.folded] = alias.person
    people: dict[str, Person] = {}
    for some in batches({key for key, _ in rows}):
        people.update({one.person_id: one for one in Person.objects.filter(person_id__in=some)})
    found: dict[str, Person] = {}
    for key, name in rows:
        person = aliases.get(folded(key)) or people.get(key) or (aliases.get(folded(name)) if name else None)
        if person is not None:
            found[key] = person
    return found


def take_in(named: pl.DataFrame, imported: Import | None) -> dict[str, Person]:
    """Return everyone of :func:`named_people`, with those added who are not here yet. Needs the writers' lock.

    A person's team is set once, by the first source that names one; after that it is the installation's to change.
    """
    found = known_people(named)
    teams = _teams(named)
    fresh = []
    for key, name, team in named.iter_rows():
        if key not in found:
            person = Person(
                person_id=key, name=(name or key)[:300], team=teams.get(team), first_import=imported, active=True
            )
            fresh.append(person)
            found[key] = person
            continue
        person = found[key]
        changed = []
        if person.team_id is None and teams.get(team) is not None:
            person.team = teams[team]
            changed.append("team")
        if name and person.name == person.person_id:
            person.name = name[:300]
            changed.append("name")
        if changed:
            person.save(update_fields=changed)
    Person.objects.bulk_create(fresh, batch_size=500)
    return found


def _teams(named: pl.DataFrame) -> dict[str | None, Team]:
    names: list[str] = named["team"].drop_nulls().unique().to_list()
    called = {name: name[:200] for name in names if name.strip()}
    known = {team.name: team for some in batches(set(called.values())) for team in Team.objects.filter(name__in=some)}
    for name in sorted(set(called.values()) - known.keys()):
        known[name] = Team.objects.create(name=name)
    return {name: known[short] for name, short in called.items()}
