"""One's own account, and joining by link."""

from __future__ import annotations

from typing import cast

from allauth.account.utils import perform_login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from poise.app.access import Capability, Role, needs
from poise.app.accounts import joining
from poise.app.accounts.forms import JoinForm, OwnAccountForm
from poise.app.accounts.languages import forget_language, put_language
from poise.app.accounts.models import OneTimeLink, User
from poise.app.accounts.models.links import Kind
from poise.app.accounts.models.users import ROLE_NAMES

__all__ = ["account", "join", "sign_in_by_link"]


@needs(Capability.ACCOUNT)
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Name, language, and the ways to password and second factor."""
    user = cast("User", request.user)
    form = OwnAccountForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        with translation.override(user.language or get_language()):
            messages.success(request, _("Saved."))
        response = redirect("account")
        if user.language:
            put_language(response, user.language)
        else:
            forget_language(response)
        return response
    return render(request, "accounts/account.html", {"form": form})


def _gone(request: HttpRequest) -> HttpResponse:
    text = _("It has been used, has grown too old, or was withdrawn. Ask whoever sent it for a new one.")
    return render(
        request,
        "failure.html",
        {"status": 410, "title": _("This link does not work any more"), "text": text},
        status=410,
    )


@needs(Capability.OPEN)
@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """Follow an invitation, or the link by which the first administrator is made."""
    for kind in (Kind.INVITATION, Kind.SETUP):
        link = OneTimeLink.objects.open(kind, secret)
        if link is not None:
            break
    else:
        return _gone(request)
    known = bool(link.email) and User.objects.filter(email=link.email).exists()
    form = JoinForm(request.POST or None, email=link.email, with_password=not known, initial={"name": link.name})
    if known:
        del form.fields["name"]
    if request.method == "POST" and (known or form.is_valid()):
        entered = {} if known else form.cleaned_data
        user = joining.accept(
            kind,
            secret,
            email=entered.get("email", ""),
            name=entered.get("name", ""),
            password=entered.get("password"),
            language="",
        )
        if user is None:
            return _gone(request)
        if known or not user.check_password(entered["password"]):
            # the account was there before: the link gave it a role, but proves nothing about who follows it
            messages.success(request, _("You have the new role. Sign in to use it."))
            return redirect("account_login")
        return cast("HttpResponse", perform_login(request, user, email_verification="none"))
    role = ROLE_NAMES[Role(link.role)]
    return render(request, "accounts/join.html", {"form": form, "link": link, "role": role, "known": known})


@needs(Capability.OPEN)
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_by_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Sign a candidate in. Opening the page uses nothing up: e-mail scanners open links too."""
    link = OneTimeLink.objects.open(Kind.SIGN_IN, secret)
    if link is None or link.user is None or not joining.may_sign_in_by_link(link.user):
        return _gone(request)
    if request.method == "POST":
        user = joining.sign_in(secret)
        if user is None:
            return _gone(request)
        return cast("HttpResponse", perform_login(request, user, email_verification="none"))
    return render(request, "accounts/sign_in_by_link.html", {"link": link})
