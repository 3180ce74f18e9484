"""Poise's rules laid into allauth: accounts come by invitation, addresses are not told, failures lock."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import ngettext

from poise.app.accounts import throttling
from poise.app.accounts.arrivals import note_failure
from poise.app.accounts.languages import put_language
from poise.app.accounts.models import User
from poise.app.middleware import origin_of

__all__ = ["ByInvitation", "KnownPeopleOnly"]


class ByInvitation(DefaultAccountAdapter):
    """Nobody signs up by themselves; too many failures lock."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: accounts are made by an administrator's invitation."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse while locked, before the password is looked at; that it was tried is logged.

        Raises:
            ValidationError: locked; says for how long.
        """
        address = credentials.get("email") or ""
        until = throttling.locked_until(address, origin_of(request))
        if until is not None:
            note_failure(address, locked=True)
            minutes = max(1, -int((timezone.now() - until).total_seconds() // 60))
            raise ValidationError(
                ngettext(
                    "Too many failed attempts. Try again in %(minutes)s minute.",
                    "Too many failed attempts. Try again in %(minutes)s minutes.",
                    minutes,
                )
                % {"minutes": minutes},
                code="locked",
            )
        super().pre_authenticate(request, **credentials)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """As allauth, and a success forgets the failures of this account from this origin."""
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            throttling.clear(credentials.get("email") or "", origin_of(request))
        return user

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        """As allauth, and the browser takes the user's language."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if isinstance(user, User) and user.language:
            put_language(response, user.language)
        return response

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Count it, and write it to the audit log."""
        address = credentials.get("email") or ""
        throttling.note_failure(address, origin_of(request))
        note_failure(address)


class KnownPeopleOnly(DefaultSocialAccountAdapter):
    """An OpenID provider says who somebody is; that they have an account is still decided here."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never."""
        return False
