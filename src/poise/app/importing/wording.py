"""What reading refuses, in the reader's language.

The library says in English what is wrong with an input and what to do about it; so it stands in files, on the command
line and in the REST API, and so an import keeps it. Pages look up which template (:mod:`poise.app.importing.sentences`)
a sentence was made from, and say it in the language of whoever reads, with the same values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from poise.app.importing.sentences import SENTENCES

__all__ = ["worded", "worded_error"]

_WHERE: Final = (_("%(file)s, line %(line)d, %(field)s"), _("%(file)s, line %(line)d"))
_ELSEWHERE: Final = _("%(where)s: %(problem)s")
_PLACE: Final = re.compile(r"%\((\w+)\)([sd])")
_REASONS: Final = re.compile(r"; (?=[^;]*: )")
"""Between reasons, each of a file that it names; within one there may be a semicolon as well."""
_MOST: Final = 4000
"""Characters of a text that is looked up; what is longer stays as it is."""
_CUTS: Final = 12
"""Places at which a text may be cut into where, problem and remedy."""
_DEPTH: Final = 3


class _Template(NamedTuple):
    """A sentence with places: the words between them, and the places' names with whether whole numbers stand there."""

    said: str
    words: tuple[str, ...]
    places: tuple[tuple[str, bool], ...]

    def values(self, text: str) -> dict[str, str] | None:
        """Return what stands in the places; None where ``text`` is another sentence. No text takes long."""
        first, *between, last = self.words
        begin, end = len(first), len(text) - len(last)
        if begin >= end or not (text.startswith(first) and text.endswith(last)):
            return None
        found = []
        for word in between:
            at = text.find(word, begin, end)
            if at < 0:
                return None
            found.append(text[begin:at])
            begin = at + len(word)
        found.append(text[begin:end])
        for value, (_name, whole) in zip(found, self.places, strict=True):
            if not value or (whole and not (value.isascii() and value.isdecimal())):
                return None
        return {name: value for value, (name, _whole) in zip(found, self.places, strict=True)}


def _templates(sentences: Iterable[str]) -> list[_Template]:
    found = []
    for said in sentences:
        parts = _PLACE.split(said)
        if len(parts) > 1:
            places = tuple((name, kind == "d") for name, kind in zip(parts[1::3], parts[2::3], strict=True))
            found.append(_Template(said, tuple(parts[::3]), places))
    # the most definite first: what has more words of its own
    return sorted(found, key=lambda one: -sum(map(len, one.words)))


_PLAIN: Final = frozenset(said for said in SENTENCES if not _PLACE.search(said))
_WITH_PLACES: Final = _templates(SENTENCES)
_LINES: Final = _templates(_WHERE)
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def worded(text: str) -> str:
    """Return one sentence (a problem, a remedy) in the active language; as it is where it is none that is known."""
    return _sentence(text) or text


def worded_error(text: str) -> str:
    """Return a whole error in the active language: where, what is wrong and what to do about it, or one sentence."""
    if len(text) > _MOST:
        return text
    return _sentence(text) or _error(text, _DEPTH) or text


@lru_cache(1024)  # the rows of a table say the same again and again
def _known(text: str) -> tuple[str, Mapping[str, str]] | None:
    if text in _PLAIN:
        return text, _NOTHING
    for one in _WITH_PLACES:
        values = one.values(text)
        if values is not None:
            return one.said, values
    return None


def _sentence(text: str, depth: int = _DEPTH) -> str | None:
    known = _known(text) if depth and 0 < len(text) <= _MOST else None
    if known is None:
        return None
    said, values = known

    def value(place: re.Match[str]) -> str:
        name, kept = place[1], values[place[1]]
        if name == "why":
            return _sentence(kept, depth - 1) or kept
        if name == "reasons":
            return "; ".join(_reason(one, depth - 1) for one in _REASONS.split(kept))
        return kept

    return _PLACE.sub(value, gettext(said))


def _reason(text: str, depth: int) -> str:
    """Say why one file is left aside: ``name: why``, or why alone."""
    file, colon, why = text.partition(": ")
    if not colon:
        return _sentence(text, depth) or text
    return f"{file}: {_sentence(why, depth) or why}"


def _error(text: str, depth: int) -> str | None:
    """Say ``where: problem. remedy``; the remedy may be such an error again, of the first record that was refused."""
    for end in _cuts(f"{text} " if text.endswith(".") else text, ". "):
        problem = _placed(text[:end])
        if problem is not None:
            rest = text[end + 2 :]
            remedy = _sentence(rest) or (_error(rest, depth - 1) if depth else None) or rest
            return f"{problem}. {remedy}".rstrip()
    return None


def _placed(text: str) -> str | None:
    """Say ``where: problem``, whose first letter may be a capital."""
    for begin in [0, *(at + 2 for at in _cuts(text, ": "))]:
        where, problem = text[:begin].removesuffix(": "), text[begin:]
        said = _sentence(problem)
        if said is None:
            said = _sentence(problem[:1].lower() + problem[1:])
            said = None if said is None else said[:1].upper() + said[1:]
        if said is not None:
            return _at(where, said) if where else said
    return None


def _at(where: str, problem: str) -> str:
    for one in _LINES:
        values = one.values(where)
        if values is not None:
            return f"{gettext(one.said) % {**values, 'line': int(values['line'])}}: {problem}"
    return gettext(_ELSEWHERE) % {"where": where, "problem": problem}


def _cuts(text: str, mark: str) -> list[int]:
    """Return where ``mark`` stands, the first few times."""
    found: list[int] = []
    at = text.find(mark)
    while at >= 0 and len(found) < _CUTS:
        found.append(at)
        at = text.find(mark, at + len(mark))
    return found
