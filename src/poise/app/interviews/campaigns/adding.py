"""Candidates as they come in, by a form, a file or a program: each once, however often they are handed in."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass, fields
from typing import Final, Literal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from poise.app.interviews.campaigns.models import Campaign, Candidate
from poise.knowledge.interviews import LANGUAGES

__all__ = ["COLUMNS", "CandidateError", "Given", "Outcome", "Register", "fresh_code"]

_LETTERS: Final = "23456789BCDFGHJKMNPQRSTVWXZ"
"""No vowels, so that no code is a word; nothing that is read for something else."""
_LONGEST: Final = {"name": 200, "email": 254, "phone": 50, "external_id": 200}


@dataclass(frozen=True, slots=True)
class Given:
    """What is said of a candidate; empty where nothing is."""

    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    external_id: str = ""


COLUMNS: Final = tuple(field.name for field in fields(Given))


class CandidateError(ValueError):
    """Somebody cannot be taken in: which field, what is wrong, what to do about it."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem, self.remedy = field, problem, remedy


@dataclass(frozen=True, slots=True)
class Outcome:
    """What taking somebody in came to. ``candidate`` is None for somebody new of whom it is only asked."""

    what: Literal["new", "changed", "unchanged"]
    candidate: Candidate | None


def fresh_code(taken: set[str]) -> str:
    """Return a code that tells nothing of when somebody applied, and add it to those that are taken."""
    while True:
        letters = "".join(secrets.choice(_LETTERS) for _ in range(6))
        code = f"{letters[:3]}-{letters[3:]}"
        if code not in taken:
            taken.add(code)
            return code


class Register:
    """The candidates of one campaign. Whoever takes somebody in holds the campaign's row, so that nobody comes twice.

    Candidates are known by their id in the applicant tracking system, and otherwise by their e-mail address.
    """

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        here = list(campaign.candidates.filter(anchor=False).select_related("user"))
        self._codes = set(campaign.candidates.values_list("code", flat=True))
        self._by_id = {one.external_id: one for one in here if one.external_id}
        self._by_email = {one.email.lower(): one for one in here if one.email}
        self._names = {one.name.casefold() for one in here}
        self._first = campaign.stages.order_by("number").first()

    def knows_name(self, name: str) -> bool:
        """Whether somebody of this name is a candidate already; two people may share a name."""
        return name.casefold() in self._names

    def look(self, given: Given) -> Outcome:
        """Say what taking somebody in would come to, and change nothing.

        Raises
        ------
        CandidateError
            Where a value is wrong, or what is given belongs to two different candidates.
        """
        known = self._known(check(given))
        if known is None:
            return Outcome("new", None)
        return Outcome("changed" if _differing(known, given) else "unchanged", known)

    def take(self, given: Given) -> Outcome:
        """Take somebody in, or bring what is known of them up to date; needs a transaction.

        What is not given stays as it is. Raises as :meth:`look` does.
        """
        looked = self.look(given)
        if looked.candidate is None:
            candidate = Candidate.objects.create(
                campaign=self._campaign,
                code=fresh_code(self._codes),
                stage=self._first,
                name=given.name,
                email=given.email,
                phone=given.phone,
                language=given.language or self._campaign.language,
                external_id=given.external_id,
            )
        else:
            candidate = looked.candidate
            differing = _differing(candidate, given)
            for name in differing:
                setattr(candidate, name, getattr(given, name))
            if "email" in differing:
                self._by_email = {key: one for key, one in self._by_email.items() if one.pk != candidate.pk}
                # the next letter goes to the new address, with an account of its own
                candidate.user = None
                differing.append("user")
            if differing:
                candidate.save(update_fields=differing)
        self._names.add(candidate.name.casefold())
        if candidate.external_id:
            self._by_id[candidate.external_id] = candidate
        if candidate.email:
            self._by_email[candidate.email.lower()] = candidate
        return Outcome(looked.what, candidate)

    def _known(self, given: Given) -> Candidate | None:
        by_id = self._by_id.get(given.external_id) if given.external_id else None
        by_email = self._by_email.get(given.email.lower()) if given.email else None
        if by_id is not None:
            if by_email is not None and by_email.pk != by_id.pk:
                raise CandidateError(
                    "email",
                    _("another candidate of this campaign has this address"),
                    _("Correct the address, or leave it out"),
                )
            return by_id
        if by_email is not None and given.external_id and by_email.external_id:
            raise CandidateError(
                "external_id",
                _("the candidate with this address has another id already"),
                _("Correct the id or the address"),
            )
        return by_email


def check(given: Given) -> Given:
    """Return what is given where every value can be stored.

    Raises
    ------
    CandidateError
        For the first value that cannot.
    """
    for field, longest in _LONGEST.items():
        value = getattr(given, field)
        if len(value) > longest:
            raise CandidateError(
                field,
                _("longer than %(longest)s characters") % {"longest": longest},
                _("Shorten it"),
            )
        if any(unicodedata.category(one) in {"Cc", "Cs"} for one in value):
            raise CandidateError(field, _("has characters that cannot be printed"), _("Type it anew"))
    if not given.name:
        raise CandidateError("name", _("is missing"), _("Write the candidate's name"))
    if given.email:
        try:
            validate_email(given.email)
        except ValidationError:
            raise CandidateError(
                "email", _("is no e-mail address"), _("Write one such as name@example.org, or leave it empty")
            ) from None
    if given.language and given.language not in LANGUAGES:
        raise CandidateError(
            "language",
            _("is none that there is"),
            _("Write %(languages)s, or leave it empty for the campaign's") % {"languages": ", ".join(LANGUAGES)},
        )
    return given


def _differing(candidate: Candidate, given: Given) -> list[str]:
    return [name for name in COLUMNS if getattr(given, name) and getattr(given, name) != getattr(candidate, name)]
