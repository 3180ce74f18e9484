"""A home that shows Poise at work: the invented sample, and an account for each role. Never on a real installation."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db import connection, transaction

from poise.app.access import Role
from poise.app.accounts import joining
from poise.app.accounts.models import Membership, Team, User
from poise.app.people.models import Person

__all__ = ["DOMAIN", "MARK", "NotADemoError", "SignIn", "check", "open_accounts"]

MARK: Final = "this-is-a-demo"
"""File in a home by which it says that nothing in it is real."""
DOMAIN: Final = "demo.example"
_TEAM: Final = "Harbour"
_AGENT: Final = "jonas"

#: role → (name, team; None for all)
_CAST: Final[dict[Role, tuple[str, str | None]]] = {
    Role.ADMINISTRATOR: ("Ruth Levi", None),
    Role.COACH: ("Kari Nordmann", None),
    Role.AGENT: ("Jonas Weber", _TEAM),
    Role.AUDITOR: ("Omar Haddad", None),
    Role.HIRING_MANAGER: ("Helen Brook", _TEAM),
    Role.INTERVIEWER: ("Ivan Petrov", _TEAM),
    Role.CANDIDATE: ("Clara Lindqvist", _TEAM),
}


class NotADemoError(RuntimeError):
    """This home or its database holds, or may come to hold, something real; the message says what to do."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to come in as one role: by ``email`` and ``password``, or by ``link`` once (then the others are empty)."""

    role: Role
    name: str
    email: str
    password: str
    link: str


def check(home: Path) -> None:
    """Make sure that nothing real can be here, before anything is written, tables included.

    Raises
    ------
    NotADemoError
        Where the home is not marked as a demo, or somebody has an account who is not of the demo.
    """
    if not (home / MARK).is_file():
        raise NotADemoError(
            f"{home} is not marked as a demo. bin/demo makes a home of its own; to make another, give POISE_HOME an "
            f"empty folder with a file called {MARK}"
        )
    there = User._meta.db_table in connection.introspection.table_names()
    if there and User.objects.exclude(email__endswith=f"@{DOMAIN}").exists():
        raise NotADemoError("the database holds accounts that are not of the demo; take DATABASE_URL away, or empty it")


def open_accounts(language: str = "") -> list[SignIn]:
    """Make the account of each role, or give it a new password where it is there. The sample must be imported.

    All have the same password, made anew at each call; the candidate comes in by a link, as candidates do.
    """
    password = f"demo-{secrets.token_hex(5)}"
    teams = {team.name: team for team in Team.objects.all()}
    signs = []
    with transaction.atomic():
        for role, (name, team) in _CAST.items():
            email = f"{role.value.replace('_', '-')}@{DOMAIN}"
            given = None if role is Role.CANDIDATE else password
            user = User.objects.filter(email=email).first() or User.objects.create_user(email, given, name=name)
            user.set_password(given)
            user.language = language
            user.save()
            Membership.objects.get_or_create(user=user, role=role, team=teams[team] if team else None)
            if role is Role.AGENT:
                Person.objects.filter(user=user).exclude(person_id=_AGENT).update(user=None)
                Person.objects.filter(person_id=_AGENT).update(user=user)
            link = "" if given else joining.sign_in_address(user)
            signs.append(SignIn(role, name, "" if link else email, given or "", link))
    return signs
