"""Who may do what: the one table of capabilities and roles, and the one way to ask it.

Every view names the capability that it needs with :func:`needs` (or says :data:`Capability.OPEN`); the middleware
``Guard`` refuses a view that names none. A capability reaches *everything*, the person's own *teams*, or only what is
their *own*; views narrow their querysets with :func:`scope`. Nothing else decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth.models import AnonymousUser

if TYPE_CHECKING:
    from django.http import HttpRequest

    from poise.app.accounts.models import User

__all__ = [
    "PURPOSES",
    "TABLE",
    "Capability",
    "Purpose",
    "Reach",
    "Role",
    "Scope",
    "capability_of",
    "may",
    "needs",
    "scope",
]


class Role(StrEnum):
    """What somebody is here for. One person may hold several, each for one team or for all."""

    ADMINISTRATOR = "administrator"
    HIRING_MANAGER = "hiring_manager"
    INTERVIEWER = "interviewer"
    COACH = "coach"
    AGENT = "agent"
    CANDIDATE = "candidate"
    AUDITOR = "auditor"


class Purpose(StrEnum):
    """What records of a person were collected for. The two never mix."""

    COACHING = "coaching"
    SELECTION = "selection"


class Reach(Enum):
    """How far a capability goes for one role."""

    EVERYTHING = "everything"
    TEAMS = "teams"
    OWN = "own"


class Capability(StrEnum):
    """One thing that can be done. Views, buttons and API tokens name these."""

    OPEN = "open"  # no sign-in: signing in itself, health
    ACCOUNT = "account"  # one's own account: password, second factor, language, landing page
    TOKEN_CALL = "token_call"  # the REST API, which decides by token; a browser's session counts for nothing there

    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_TEAMS = "manage_teams"
    MANAGE_SETTINGS = "manage_settings"
    MANAGE_TOKENS = "manage_tokens"
    IMPORT = "import"
    CHANGE_KNOWLEDGE = "change_knowledge"
    VIEW_KNOWLEDGE = "view_knowledge"

    VIEW_TEAM = "view_team"  # the team page: people by name with their estimates
    VIEW_AGGREGATES = "view_aggregates"  # groups of five or more, nobody by name
    VIEW_PERSON = "view_person"
    VIEW_CONVERSATION = "view_conversation"
    MERGE_PEOPLE = "merge_people"
    CONTEST = "contest"
    DECIDE_CONTEST = "decide_contest"
    EXPORT_RESULTS = "export_results"

    VIEW_AUDIT = "view_audit"
    EXPORT_PERSON = "export_person"  # all that is held on one person
    ERASE_PERSON = "erase_person"
    SET_RETENTION = "set_retention"

    MANAGE_CAMPAIGNS = "manage_campaigns"  # kits, campaigns, candidates, schedules, letters
    VIEW_SELECTION = "view_selection"  # candidates with what was found, once all have submitted
    INTERVIEW = "interview"  # one's own seats, and one's own calibration
    DECIDE_CANDIDATE = "decide_candidate"
    VIEW_CANDIDACY = "view_candidacy"
    AUDIT_SELECTION = "audit_selection"  # panels by candidates' codes, nobody by name
    VIEW_FAIRNESS = "view_fairness"  # adverse impact by group, nobody by name


_EVERY_ROLE = dict.fromkeys(Role, Reach.OWN)

#: capability → role → reach. A role that is not named may not.
TABLE: Mapping[Capability, Mapping[Role, Reach]] = {
    Capability.OPEN: {},
    Capability.ACCOUNT: _EVERY_ROLE,
    Capability.TOKEN_CALL: {},
    Capability.MANAGE_ACCOUNTS: {Role.ADMINISTRATOR: Reach.EVERYTHING},
    Capability.MANAGE_TEAMS: {Role.ADMINISTRATOR: Reach.EVERYTHING},
    Capability.MANAGE_SETTINGS: {Role.ADMINISTRATOR: Reach.EVERYTHING},
    Capability.MANAGE_TOKENS: {
        Role.ADMINISTRATOR: Reach.EVERYTHING,
        Role.COACH: Reach.OWN,
        Role.HIRING_MANAGER: Reach.OWN,
    },
    Capability.IMPORT: {Role.ADMINISTRATOR: Reach.EVERYTHING},
    Capability.CHANGE_KNOWLEDGE: {Role.ADMINISTRATOR: Reach.EVERYTHING},
    Capability.VIEW_KNOWLEDGE: {role: Reach.EVERYTHING for role in Role if role is not Role.CANDIDATE},
    Capability.VIEW_TEAM: {Role.COACH: Reach.TEAMS},
    Capability.VIEW_AGGREGATES: {Role.COACH: Reach.TEAMS, Role.AUDITOR: Reach.EVERYTHING},
    Capability.VIEW_PERSON: {Role.COACH: Reach.TEAMS, Role.AGENT: Reach.OWN},
    Capability.VIEW_CONVERSATION: {Role.COACH: Reach.TEAMS, Role.AGENT: Reach.OWN},
    Capability.MERGE_PEOPLE: {Role.ADMINISTRATOR: Reach.EVERYTHING},
    Capability.CONTEST: {Role.COACH: Reach.TEAMS, Role.AGENT: Reach.OWN},
    Capability.DECIDE_CONTEST: {Role.COACH: Reach.TEAMS},
    Capability.EXPORT_RESULTS: {Role.COACH: Reach.TEAMS},
    Capability.VIEW_AUDIT: {Role.AUDITOR: Reach.EVERYTHING},
    Capability.EXPORT_PERSON: {Role.AUDITOR: Reach.EVERYTHING, Role.AGENT: Reach.OWN, Role.CANDIDATE: Reach.OWN},
    Capability.ERASE_PERSON: {Role.ADMINISTRATOR: Reach.EVERYTHING},
    Capability.SET_RETENTION: {Role.ADMINISTRATOR: Reach.EVERYTHING},
    Capability.MANAGE_CAMPAIGNS: {Role.HIRING_MANAGER: Reach.TEAMS},
    Capability.VIEW_SELECTION: {Role.HIRING_MANAGER: Reach.TEAMS},
    Capability.INTERVIEW: {Role.HIRING_MANAGER: Reach.TEAMS, Role.INTERVIEWER: Reach.TEAMS},
    Capability.DECIDE_CANDIDATE: {Role.HIRING_MANAGER: Reach.TEAMS},
    Capability.VIEW_CANDIDACY: {Role.CANDIDATE: Reach.OWN},
    Capability.AUDIT_SELECTION: {Role.AUDITOR: Reach.EVERYTHING},
    Capability.VIEW_FAIRNESS: {Role.AUDITOR: Reach.EVERYTHING},
}

#: capability → the purpose whose records it opens; a capability that is not named opens no record of a person's work.
#: A queryset of such records is narrowed by purpose as well as by team.
PURPOSES: Mapping[Capability, Purpose] = {
    Capability.VIEW_TEAM: Purpose.COACHING,
    Capability.VIEW_AGGREGATES: Purpose.COACHING,
    Capability.VIEW_PERSON: Purpose.COACHING,
    Capability.VIEW_CONVERSATION: Purpose.COACHING,
    Capability.CONTEST: Purpose.COACHING,
    Capability.DECIDE_CONTEST: Purpose.COACHING,
    Capability.EXPORT_RESULTS: Purpose.COACHING,
    Capability.MANAGE_CAMPAIGNS: Purpose.SELECTION,
    Capability.VIEW_SELECTION: Purpose.SELECTION,
    Capability.INTERVIEW: Purpose.SELECTION,
    Capability.DECIDE_CANDIDATE: Purpose.SELECTION,
    Capability.VIEW_CANDIDACY: Purpose.SELECTION,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """How far one person's capability goes: ``everything``, or the ``teams`` with these keys, and ``own`` records.

    It is false when it reaches nothing. ``purpose`` is the only purpose whose records may be read with it.
    """

    everything: bool = False
    teams: frozenset[int] = frozenset()
    own: bool = False
    purpose: Purpose | None = None

    def __bool__(self) -> bool:
        return self.everything or self.own or bool(self.teams)

    def covers(self, team: int | None) -> bool:
        """Whether a record of that team (``None``: of no team) lies within; a person's own records are asked apart."""
        return self.everything or (team is not None and team in self.teams)


def scope(user: User | AnonymousUser, capability: Capability) -> Scope:
    """What ``user`` may reach with ``capability``: the union over their roles. One query per user object at most."""
    purpose = PURPOSES.get(capability)
    if not user.is_active or isinstance(user, AnonymousUser):
        return Scope(purpose=purpose)
    everything = own = False
    teams: set[int] = set()
    for role, team in user.roles():
        reach = TABLE[capability].get(role)
        if reach is Reach.OWN:
            own = True
        elif reach is Reach.EVERYTHING or (reach is Reach.TEAMS and team is None):
            everything = True
        elif reach is Reach.TEAMS and team is not None:
            teams.add(team)
    return Scope(everything, frozenset(teams), own, purpose)


def may(user: User | AnonymousUser, capability: Capability) -> bool:
    """Whether ``user`` may use ``capability`` at all. Which records it reaches is :func:`scope`'s answer."""
    if capability is Capability.OPEN:
        return True
    if capability is Capability.ACCOUNT:
        return bool(user.is_authenticated and user.is_active)
    return bool(scope(user, capability))


_View = TypeVar("_View", bound=Callable[..., Any])


def needs(capability: Capability) -> Callable[[_View], _View]:
    """Name the capability of a view function or view class; ``Guard`` refuses everyone who does not have it."""

    def mark(view: _View) -> _View:
        view.capability = capability  # type: ignore[attr-defined]
        return view

    return mark


#: views that other packages bring, by the start of their URL's full name; the first that fits holds
_BROUGHT: tuple[tuple[str, Capability], ...] = (
    ("account_login", Capability.OPEN),
    ("account_logout", Capability.OPEN),
    ("account_inactive", Capability.OPEN),
    ("account_reset_password", Capability.OPEN),
    ("account_signup", Capability.OPEN),
    ("account_change_password", Capability.ACCOUNT),
    ("account_set_password", Capability.ACCOUNT),
    ("account_reauthenticate", Capability.ACCOUNT),
    ("mfa_authenticate", Capability.OPEN),
    ("mfa_login_webauthn", Capability.OPEN),
    ("mfa_", Capability.ACCOUNT),
    ("openid_connect_", Capability.OPEN),
    ("socialaccount_", Capability.OPEN),
    ("api-", Capability.TOKEN_CALL),
    ("set_language", Capability.OPEN),
)


def capability_of(view: Callable[..., Any], name: str) -> Capability | None:
    """The capability that a resolved view needs, or ``None`` where it names none. ``name`` is its URL's full name."""
    for candidate in (view, getattr(view, "view_class", None)):
        found = getattr(candidate, "capability", None)
        if isinstance(found, Capability):
            return found
    for start, capability in _BROUGHT:
        if name.startswith(start):
            return capability
    return None


class _Can:
    """``{% if can.import %}`` in a template."""

    def __init__(self, user: User | AnonymousUser) -> None:
        self._user = user

    def __getitem__(self, name: str) -> bool:
        return may(self._user, Capability(name))


def for_templates(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``can``, by which pages show only what the reader may follow."""
    return {"can": _Can(getattr(request, "user", AnonymousUser()))}
