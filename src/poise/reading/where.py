"""What a vendor's reader is told besides the record."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from poise.reading.canonical import Person
from poise.reading.labels import role_of
from poise.reading.people import PeopleMap
from poise.reading.problems import RecordError, preview

__all__ = ["Where", "in_order", "text_of"]


_NUMBERED: Final = re.compile(r"\s*(?:speaker|spk|s|channel|ch|participant|person)?[\s_-]*\d*\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Where:
    """Where a record stands, and what the user said about speakers.

    Parameters
    ----------
    name
        Id of a conversation that does not say its own.
    roles
        Speaker's label -> role.
    people
        The people file: its names are agents.
    """

    name: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    people: PeopleMap | None = None

    def role(self, label: str) -> str:
        """Return the role of a speaker, or raise :class:`RecordError` with the option that says it."""
        said = self.roles.get(label.strip())
        if said is None and self.people is not None and self.people.knows(label):
            said = "agent"
        role = said or role_of(label, self.roles)
        if role is None:
            raise RecordError(
                "speaker",
                f"the role of {preview(label)!r} is not known",
                f'Say it with the roles option, such as {{{preview(label)!r}: "agent", "*": "customer"}}',
            )
        return role

    def names_someone(self, label: str) -> bool:
        """Return whether a label is a name, not a role ("Agent 2") or a number that a model gave ("SPEAKER_00").

        The latter are somebody else in the next file, so that they are people named only by role.
        """
        if self.people is not None and self.people.knows(label):
            return True
        return role_of(label) is None and not _NUMBERED.match(label)

    @staticmethod
    def person(person: str, role: str, *, name: str | None = None, team: str | None = None) -> Person:
        """Return a person of the conversation."""
        return Person(id=person, role=role, name=name, team=team)  # type: ignore[arg-type]


Item = TypeVar("Item")


def in_order(items: Sequence[Item], moment: Callable[[Item], str | None]) -> list[Item]:
    """Return items by the instants that they carry (ISO 8601; UTC where no zone is given).

    Where one of them has none that can be read, all stay as they stand; the checks will name the wrong one.
    """
    try:
        keys = [datetime.fromisoformat(moment(item) or "") for item in items]
    except ValueError:
        return list(items)
    keys = [key if key.tzinfo else key.replace(tzinfo=UTC) for key in keys]
    return [items[index] for index in sorted(range(len(items)), key=keys.__getitem__)]


def text_of(value: Any) -> str:
    """Return an id as text."""
    return value if isinstance(value, str) else str(value)
