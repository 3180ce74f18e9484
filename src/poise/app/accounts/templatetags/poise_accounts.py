"""How pages of accounts say what is stored as codes."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from poise.app.access import Capability
from poise.app.accounts.forms import GRANTED_TO_TOKENS

register = template.Library()


@register.filter
def granted(capabilities: Iterable[str]) -> str:
    """What a token may do, in words."""
    return ", ".join(str(GRANTED_TO_TOKENS.get(Capability(one), one)) for one in capabilities)
