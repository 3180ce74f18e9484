"""Everything that can be asked for, by name, with its places filled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver, reverse

#: what fills the places of an address
SAMPLES: dict[str, Any] = {
    "IntConverter": 1,
    "StringConverter": "x",
    "SlugConverter": "x",
    "PathConverter": "x",
    "UUIDConverter": UUID(int=1),
    "provider_id": "oidc",
    "uidb36": "1",
    "key": "a-b",
}


def _addresses(
    patterns: list[URLPattern | URLResolver] | None = None, space: str = "", places: dict[str, Any] | None = None
) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """(full name, path, view) of everything that can be asked for."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        kinds = getattr(pattern.pattern, "converters", {})
        filled = dict(places or {})
        for place in getattr(getattr(pattern.pattern, "regex", None), "groupindex", ()):
            filled[place] = SAMPLES[type(kinds[place]).__name__ if place in kinds else place]
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _addresses(pattern.url_patterns, inner, filled)
        else:
            assert pattern.name, f"{pattern.pattern} needs a name"
            yield f"{space}{pattern.name}", reverse(f"{space}{pattern.name}", kwargs=filled), pattern.callback


ADDRESSES = sorted(_addresses(), key=lambda one: one[0])
