"""API tokens, and the settings page."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPException
from typing import cast

from django.contrib import messages
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from poise.app.access import Capability, needs, scope
from poise.app.accounts import mail
from poise.app.accounts.forms import GRANTED_TO_TOKENS, MailForm, TestMailForm, TokenForm
from poise.app.accounts.installation import started_with
from poise.app.accounts.models import ApiToken, MailSettings, User
from poise.app.accounts.sealing import SealError
from poise.app.audit.log import record
from poise.app.audit.models import Action

__all__ = ["revoke", "settings", "test_mail", "tokens"]


@needs(Capability.MANAGE_TOKENS)
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The tokens in force, and a new one, whose secret is shown once."""
    user = cast("User", request.user)
    form = TokenForm(request.POST or None, user=user)
    secret = ""
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            token, secret = ApiToken.objects.issue(
                user,
                form.cleaned_data["name"],
                [Capability(one) for one in form.cleaned_data["capabilities"]],
                timedelta(days=form.cleaned_data["days"]),
            )
            record(Action.ADDED, token, capabilities=token.capabilities)
        form = TokenForm(user=user)
    mine = ApiToken.objects.filter(revoked_at=None).select_related("user")
    if not scope(user, Capability.MANAGE_TOKENS).everything:
        mine = mine.filter(user=user)
    return render(
        request,
        "accounts/tokens.html",
        {"tokens": mine, "form": form, "secret": secret, "titles": GRANTED_TO_TOKENS, "now": timezone.now()},
        status=422 if form.errors else 200,
    )


@needs(Capability.MANAGE_TOKENS)
@require_POST
def revoke(request: HttpRequest, key: int) -> HttpResponse:
    """Put a token out of force at once."""
    user = cast("User", request.user)
    allowed = ApiToken.objects.filter(revoked_at=None)
    if not scope(user, Capability.MANAGE_TOKENS).everything:
        allowed = allowed.filter(user=user)
    with transaction.atomic():
        token = get_object_or_404(allowed, pk=key)
        ApiToken.objects.filter(pk=key).update(revoked_at=timezone.now())
        record(Action.REMOVED, token)
    messages.success(request, _("The token is revoked."))
    return redirect("tokens")


def _settings(request: HttpRequest, form: MailForm, trial: TestMailForm) -> HttpResponse:
    return render(
        request,
        "accounts/settings.html",
        {
            "form": form,
            "trial": trial,
            "from_environment": mail.from_environment(),
            "set_up": mail.is_set_up(),
            "started_with": started_with(),
        },
        status=422 if form.errors or trial.errors else 200,
    )


@needs(Capability.MANAGE_SETTINGS)
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """How e-mail leaves, what the server was started with, and the way to what is set elsewhere."""
    form = MailForm(request.POST or None, instance=MailSettings.objects.first())
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            record(Action.CHANGED, form.save(), fields=form.changed_data)
        messages.success(request, _("Saved."))
        return redirect("settings")
    return _settings(request, form, TestMailForm(initial={"to": cast("User", request.user).email}))


@needs(Capability.MANAGE_SETTINGS)
@require_POST
def test_mail(request: HttpRequest) -> HttpResponse:
    """Send a trial message, and say what the server said where it did not work."""
    trial = TestMailForm(request.POST)
    if not trial.is_valid():
        return _settings(request, MailForm(instance=MailSettings.objects.first()), trial)
    to = trial.cleaned_data["to"]
    try:
        send_mail(_("Trial message from Poise"), _("E-mail from Poise works."), None, [to])
    except mail.MailNotSetUpError:
        messages.error(request, _("Enter a server first."))
    except SealError:
        messages.error(
            request, _("The stored password no longer opens, because the secret key changed. Enter it again.")
        )
    except (OSError, SMTPException) as error:
        messages.error(request, _("It did not work. What came back: %(error)s") % {"error": error})
    else:
        messages.success(request, _("The server took the message for %(address)s.") % {"address": to})
    return redirect("settings")
