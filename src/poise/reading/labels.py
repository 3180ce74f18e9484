"""Words by which sources name channels and languages, and labels by which they name roles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from poise.model import ROLES
from poise.reading.problems import InputError

__all__ = ["CHANNELS", "LANGUAGES", "checked_roles", "role_of"]

_CHANNEL_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "call": (
        *("call", "voice", "phone", "telephone", "phone_call", "phonecall", "telephony", "voip", "call_center"),
        *("inbound_call", "outbound_call"),
    ),
    "chat": (
        *("chat", "web", "web_widget", "webchat", "live_chat", "messaging", "native_messaging", "messenger"),
        *("conversation", "in-app", "inapp", "whatsapp", "sms", "telegram", "line", "facebook", "instagram"),
        *("twitter", "viber", "api", "channel::webwidget", "channel::whatsapp", "channel::api", "channel::sms"),
        *("channel::telegram", "channel::facebookpage", "channel::twiliosms"),
    ),
    "email": ("email", "mail", "e-mail", "channel::email", "ticket"),
    "interview": ("interview",),
    "shift": ("shift",),
}
CHANNELS: Final = {name: channel for channel, names in _CHANNEL_NAMES.items() for name in names}
"""Names of channels, lower case -> the five that Poise compares by. Others stay as they are."""

LANGUAGES: Final[Mapping[str, str]] = {
    "english": "en",
    "hebrew": "he",
    "iw": "he",
    "norwegian": "nb",
    "no": "nb",
    "norsk": "nb",
    "bokmål": "nb",
    "norwegian bokmål": "nb",
    "עברית": "he",
}
"""Names of languages, lower case -> ISO 639-1."""

_ROLE_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "agent": (
        *("agent", "teammate", "representative", "rep", "operator", "advisor", "adviser", "support", "staff", "csr"),
        *("assistant", "נציג", "נציגה", "נציג/ה", "מוקדן", "מוקדנית"),
        *("saksbehandler", "kundebehandler", "kunderådgiver", "rådgiver", "medarbeider"),
    ),
    "customer": (
        *("customer", "caller", "client", "user", "visitor", "consumer", "guest", "end_user", "enduser"),
        *("לקוח", "לקוחה", "kunde", "innringer"),
    ),
    "bot": ("bot", "ai", "chatbot", "ivr", "automated", "בוט"),
    "system": ("system",),
    "candidate": ("candidate",),
    "interviewer": ("interviewer",),
    "colleague": ("colleague", "supervisor"),
}
_LABELS: Final = {name: role for role, names in _ROLE_NAMES.items() for name in names}
_NUMBER: Final = re.compile(r"[\s_#-]*\d*$")


def role_of(label: str, roles: Mapping[str, str] | None = None) -> str | None:
    """Return the role that a speaker's label stands for.

    ``roles`` decides first (``{"SPEAKER_00": "agent"}``), then plain words such as "Agent 2", "Teammate" or
    "customer", then the entry ``"*"`` of ``roles``, which is for everyone not named.
    """
    name = label.strip()
    if roles and name in roles:
        return roles[name]
    plain = _NUMBER.sub("", name.casefold()).replace(" ", "_")
    return _LABELS.get(plain) or (roles.get("*") if roles else None)


def checked_roles(roles: Mapping[str, str] | None) -> Mapping[str, str]:
    """Return ``roles``, or raise :class:`InputError` for a role that Poise does not know."""
    for label, role in (roles or {}).items():
        if role not in ROLES:
            raise InputError(
                f"unknown role {role!r}", field=f"roles[{label!r}]", remedy=f"Use one of {', '.join(ROLES)}"
            )
    return roles or {}
