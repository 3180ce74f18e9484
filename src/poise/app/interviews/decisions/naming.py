"""Whose names a candidate's report leaves out, and how they are found in what people wrote.

What cannot be known here are nicknames, a name in another spelling or alphabet, and a first name or surname of one or
two letters that stands alone: too many words are as short.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import Final

from django.db.models import Q

from poise.app.access import Role
from poise.app.accounts.models import User
from poise.app.interviews.campaigns.models import Candidate, Seat
from poise.app.interviews.decisions.models import Decision
from poise.languages import LANGUAGES

__all__ = ["others_hidden", "without_names"]

_GONE: Final = "…"
_LEAST: Final = 3
"""Letters that a first name or surname has to have to be recognised by itself."""
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’׳][^\W\d_]+)*")
_POSSESSIVE: Final = re.compile(r"['’]?s\Z")
"""English "Dana's" and Norwegian "Danas" name somebody, too."""
_JOINED: Final = LANGUAGES["he"].prefixes
_MOST_JOINED: Final = LANGUAGES["he"].max_prefixes


def others_hidden(candidate: Candidate) -> Callable[[str], str]:
    """Return what takes everybody else's name out of a text about a candidate.

    Everybody else are the other candidates of the campaign, its raters, whoever decided in it, and the hiring managers
    of its team.
    """
    campaign = candidate.campaign
    rated = Seat.objects.filter(interview__candidate__campaign=campaign).values("rater")
    decided = Decision.objects.filter(candidate__campaign=campaign).values("decided_by")
    leading = Q(memberships__role=Role.HIRING_MANAGER) & (
        Q(memberships__team=campaign.team_id) | Q(memberships__team=None)
    )
    users = User.objects.filter(Q(pk__in=rated) | Q(pk__in=decided) | leading).values_list("name", flat=True)
    others = campaign.candidates.exclude(pk=candidate.pk).values_list("name", flat=True)
    return without_names({*others, *users}, own=candidate.name)


def without_names(names: Iterable[str], own: str = "") -> Callable[[str], str]:
    """Return what takes these names out of a text: whole, and each part of one that has at least three letters.

    A whole name is found as it is written; a part by its capital, even where the account's name has none: "Will" is not
    "will". In Hebrew, which has no capitals, one-letter words may be joined to a name; they stay. What ``own`` is made
    of stays, too: it is whom the text is about.
    """
    mine = {_folded(one) for one in _WORD.findall(own)}
    others = {one.strip() for one in names} - {"", own.strip()}
    whole = [one for one in others if not _made_of(one, mine)]
    parts = {_folded(part) for one in whole for part in _parts(one)} - mine
    if not whole:
        return str
    written = "|".join(re.escape(one) for one in sorted(whole, key=len, reverse=True))
    found = re.compile(rf"(?<!\w)([{_JOINED}]{{0,{_MOST_JOINED}}}?)(?:{written})(?!\w)")

    def hidden(word: re.Match[str]) -> str:
        return word[0] if _folded(word[0]) in mine else _unnamed(word[0], parts)

    return lambda text: _WORD.sub(hidden, found.sub(rf"\1{_GONE}", text))


def _folded(word: str) -> str:
    return word.replace("’", "'").replace("׳", "'").casefold()


def _made_of(name: str, words: Collection[str]) -> bool:
    parts = _WORD.findall(name)
    return bool(parts) and all(_folded(one) in words for one in parts)


def _parts(name: str) -> list[str]:
    """The parts of a name that say by themselves whose it is: not the "van" and "de" of one with capitals."""
    capitals = any(letter.isupper() for letter in name)
    return [one for one in _WORD.findall(name) if len(one) >= _LEAST and not (capitals and one[0].islower())]


def _unnamed(word: str, parts: Collection[str]) -> str:
    """Return a word, or what is left around the part of a name that it is."""
    for joined in range(min(_MOST_JOINED + 1, len(word))):
        if joined and word[joined - 1] not in _JOINED:
            break
        for form in (word[joined:], _POSSESSIVE.sub("", word[joined:])):
            if form and not form[0].islower() and _folded(form) in parts:
                return word[:joined] + _GONE + word[joined + len(form) :]
    return word
