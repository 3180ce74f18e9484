"""The demo's accounts, one or more for each role. Never on a real installation."""

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

__all__ = ["DOMAIN", "MARK", "TEAM", "NotADemoError", "SignIn", "check", "come_in_once", "open_accounts", "readers"]

MARK: Final = "this-is-a-demo"
"""File in a home by which it says that nothing in it is real."""
DOMAIN: Final = "demo.example"
TEAM: Final = "Harbour"
_AGENT: Final = "jonas"

#: start of the address → (role, name, team; None for all)
_CAST: Final[dict[str, tuple[Role, str, str | None]]] = {
    "administrator": (Role.ADMINISTRATOR, "Ruth Levi", None),
    "coach": (Role.COACH, "Kari Nordmann", None),
    "agent": (Role.AGENT, "Jonas Weber", TEAM),
    "auditor": (Role.AUDITOR, "Omar Haddad", None),
    "hiring-manager": (Role.HIRING_MANAGER, "Helen Brook", TEAM),
    "second-manager": (Role.HIRING_MANAGER, "Marta Nowak", TEAM),
    "interviewer": (Role.INTERVIEWER, "Ivan Petrov", TEAM),
    "second-interviewer": (Role.INTERVIEWER, "Ida Moe", TEAM),
    "third-interviewer": (Role.INTERVIEWER, "Samir Khoury", TEAM),
    "candidate": (Role.CANDIDATE, "Clara Lindqvist", TEAM),
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
    """Make the accounts, or give them a new password where they are there. The sample must be imported.

    All have the same password, made anew at each call; the candidate comes in by a link, as candidates do.
    """
    password = f"demo-{secrets.token_hex(5)}"
    teams = {team.name: team for team in Team.objects.all()}
    signs = []
    with transaction.atomic():
        for start, (role, name, team) in _CAST.items():
            email = f"{start}@{DOMAIN}"
            given = None if role is Role.CANDIDATE else password
            user = User.objects.filter(email=email).first() or User.objects.create_user(email, given, name=name)
            user.set_password(given)
            user.language = language
            user.save()
            Membership.objects.get_or_create(user=user, role=role, team=teams[team] if team else None)
            if role is Role.AGENT:
                Person.objects.filter(user=user).exclude(person_id=_AGENT).update(user=None)
                Person.objects.filter(person_id=_AGENT).update(user=user)
            signs.append(SignIn(role, name, email, given, "") if given else come_in_once(user))
    return signs


def come_in_once(candidate: User) -> SignIn:
    """Return a link by which a candidate signs in once."""
    return SignIn(Role.CANDIDATE, candidate.name, "", "", joining.sign_in_address(candidate))


def readers() -> dict[Role, list[User]]:
    """Return the demo's accounts by role, the one that is printed first, first."""
    found: dict[Role, list[User]] = {}
    held = Membership.objects.filter(user__email__endswith=f"@{DOMAIN}").select_related("user")
    for one in held.order_by("pk"):
        found.setdefault(Role(one.role), []).append(one.user)
    return found
