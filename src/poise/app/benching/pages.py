"""Every page of the app as somebody who may see it asks for it, its places filled with what the database holds."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any, Final

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from poise.app.access import TABLE, Capability, Role, capability_of
from poise.app.accounts.models import Membership, Team, User
from poise.app.benching import hiring
from poise.app.conversations.models import Contest, Conversation
from poise.app.importing.models import Import
from poise.app.people.models import Alias, Estimate, Evidence, Person
from poise.app.work.models import Job

__all__ = ["Page", "pages", "somebody"]


_HERE: Final = {"host": "localhost"}


@dataclass(frozen=True, slots=True)
class Page:
    """An address with the role that opens it; ``fill`` gives it another subject each time.

    Attributes
    ----------
    reader
        Who was answered with a page.
    """

    name: str
    role: Role
    fill: Callable[[random.Random], str]
    reader: User


def _any(model: Any, **only: Any) -> Callable[[random.Random], int]:
    found = list(model.objects.filter(**only).order_by("pk").values_list("pk", flat=True)[:5_000])
    return lambda dice: int(dice.choice(found)) if found else 1


def _code(field: str, **only: Any) -> Callable[[random.Random], str]:
    model = Estimate if field == "trait" else Evidence
    some = model._base_manager.filter(**only)[:5_000].values_list(field, flat=True)
    found = sorted(set(some)) or ["none"]
    return lambda dice: str(dice.choice(found))


#: what a place of an address is filled with: start of the URL's name, place → model or code; the first that fits
def _subjects(reader: User) -> list[hiring.Subject]:
    person = _any(Person, active=True, estimate__isnull=False)
    conversation = _any(Conversation, purpose="coaching")
    behaviour = _code("behaviour", hits__gt=0)
    return [
        *hiring.subjects(reader),
        ("person_account", "key", _any(User)),
        ("person_trait", "code", _code("trait", kind="trait")),
        ("person_act", "code", behaviour),
        ("person", "key", person),
        ("people_name", "key", person),
        ("people_part", "key", _any(Alias)),
        ("people_join", "key", person),
        ("people_join", "into", person),
        ("export_person", "key", person),
        ("erase_person", "key", person),
        ("consents", "key", person),
        ("contest_new", "key", conversation),
        ("contest_sample", "behaviour", behaviour),
        ("contest", "key", _any(Contest, kind="hit")),
        ("conversation", "key", conversation),
        ("import", "number", _any(Import)),
        ("knowledge", "entry", behaviour),
        ("team", "key", _any(Team)),
        ("job", "number", _any(Job)),
    ]


#: pages again with what people ask of them: URL's name → what follows it
_ASKED: Final[tuple[tuple[str, str], ...]] = (
    ("people", "?show=traits"),
    ("people", "?page=3"),
    ("conversations", "?q=refund"),
    ("conversations", "?q=parcel+tomorrow&anger=2"),
    ("conversations", "?behaviour=courtesy.apology"),
    ("conversations", "?trait=helpful&missed=on"),
    ("interviews", "?show=submitted"),
)


def somebody(role: Role, number: int = 0) -> User:
    """Return a user with one role for all teams, made where there is none yet."""
    email = f"{role.value}{number}@bench.example"
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, None, name=f"{role} {number}")
    Membership.objects.get_or_create(user=user, role=role, team=None)
    return user


def _patterns(
    patterns: list[URLPattern | URLResolver], space: str = "", places: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...], Callable[..., Any]]]:
    for pattern in patterns:
        here = (*places, *getattr(getattr(pattern.pattern, "regex", None), "groupindex", ()))
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _patterns(pattern.url_patterns, inner, here)
        else:
            yield f"{space}{pattern.name}", here, pattern.callback


def _role(capability: Capability) -> Role | None:
    if capability is Capability.ACCOUNT:
        return Role.COACH
    held = TABLE[capability]
    first = (Role.COACH, Role.ADMINISTRATOR, Role.AUDITOR, Role.INTERVIEWER)
    return next((role for role in (*first, *Role) if role in held), None)


def pages(readers: Mapping[Role, Sequence[User]] | None = None) -> list[Page]:
    """Return what answers a signed-in reader's GET with a page (HTML and 200), by name.

    Parameters
    ----------
    readers
        By role, who is asked for in turn until somebody has such a page; somebody who reaches all teams where nobody
        is named.
    """
    readers = readers or {}
    found = []
    clients: dict[int, tuple[User, Client, list[hiring.Subject]]] = {}

    def asking(role: Role) -> Iterator[tuple[User, Client, list[hiring.Subject]]]:
        for user in readers.get(role) or [somebody(role)]:
            if user.pk not in clients:
                client = Client()
                client.force_login(user)
                clients[user.pk] = (user, client, _subjects(user))
            yield clients[user.pk]

    for name, places, view in sorted(_patterns(get_resolver().url_patterns), key=lambda one: one[0]):
        capability = capability_of(view, name)
        role = _role(capability) if capability else None
        if role is None or "logout" in name or name.endswith(("_pdf", "_csv")):
            continue
        for asked in ["", *(query for of, query in _ASKED if of == name)]:
            for user, client, subjects in asking(role):
                fillers = {
                    p: next((f for n, at, f in subjects if at == p and name.startswith(n)), None) for p in places
                }
                if None in fillers.values():
                    break
                page = Page(f"{name}{asked}", role, _filler(name, asked, fillers), user)
                if _is_page(client.get(page.fill(random.Random(1)), headers=_HERE)):
                    found.append(page)
                    break
    address = hiring.compared()
    if address is not None:
        manager = next(asking(Role.HIRING_MANAGER))[0]
        found.append(Page("panel_compare_chosen", Role.HIRING_MANAGER, lambda dice: address, manager))
    coach = Client()
    coach.force_login(somebody(Role.COACH))
    some = Conversation.objects.filter(purpose="coaching").order_by("pk").values_list("pk", flat=True)[:20]
    ways = [way for key in some if (way := _way_to_contest(coach, key)) is not None]
    if ways:
        found.append(Page("contest_new", Role.COACH, lambda dice: dice.choice(ways), somebody(Role.COACH)))
    return found


def _is_page(answer: Any) -> bool:
    html = answer.status_code == 200 and "html" in answer.headers.get("Content-Type", "")
    return html and "<html" in answer.text


def _way_to_contest(client: Client, key: int) -> str | None:
    text = client.get(reverse("conversation", args=[key]), headers=_HERE).text
    found = re.search(rf'href="({reverse("contest_new", args=[key])}\?place=[^"]+)"', text)
    return unescape(found[1]) if found else None


def _filler(name: str, asked: str, fillers: dict[str, Any]) -> Callable[[random.Random], str]:
    def fill(dice: random.Random) -> str:
        return reverse(name, kwargs={place: filler(dice) for place, filler in fillers.items()}) + asked

    return fill
