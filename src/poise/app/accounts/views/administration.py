"""Accounts, roles, teams and invitations, for administrators."""

from __future__ import annotations

from smtplib import SMTPException
from typing import cast

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.mail import send_mail
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from poise.app.access import Capability, Role, needs
from poise.app.accounts import joining, mail
from poise.app.accounts.forms import InvitationForm, RoleForm, TeamForm, UserForm
from poise.app.accounts.models import Membership, OneTimeLink, Team, User
from poise.app.accounts.models.links import Kind
from poise.app.accounts.models.users import ROLE_NAMES
from poise.app.accounts.sealing import SealError
from poise.app.audit.log import record
from poise.app.audit.models import Action

__all__ = [
    "accounts",
    "add_role",
    "drop_role",
    "invite",
    "link_for_candidate",
    "person",
    "reset_second_factor",
    "team",
    "teams",
    "withdraw",
]

_A_PAGE = 50


@needs(Capability.MANAGE_ACCOUNTS)
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """Everybody who may sign in, and the invitations that are open."""
    return _accounts(request, InvitationForm())


def _accounts(request: HttpRequest, form: InvitationForm, address: str = "", status: int = 200) -> HttpResponse:
    words = request.GET.get("q", "").strip()
    found = User.objects.order_by("name", "email").prefetch_related(
        Prefetch("memberships", Membership.objects.select_related("team").order_by("role", "team__name"))
    )
    if words:
        found = found.filter(Q(name__icontains=words) | Q(email__icontains=words))
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    invitations = OneTimeLink.objects.filter(
        kind=Kind.INVITATION, used_at=None, withdrawn_at=None, expires_at__gt=timezone.now()
    ).select_related("team")
    return render(
        request,
        "accounts/accounts.html",
        {
            "page": page,
            "words": words,
            "form": form,
            "address": address,
            "invitations": invitations,
            "role_names": ROLE_NAMES,
        },
        status=status,
    )


def _send(request: HttpRequest, to: str, template: str, address: str) -> bool:
    """Send a link by e-mail; tell, and return false, where that cannot be done."""
    if not mail.is_set_up():
        messages.warning(request, _("E-mail is not set up, so nothing was sent. Pass the link on yourself."))
        return False
    lines = render_to_string(template, {"address": address, "by": request.user}).strip().split("\n", 1)
    try:
        send_mail(lines[0].strip(), lines[1].strip() + "\n", None, [to])
    except (OSError, SMTPException, SealError) as error:
        messages.error(
            request, _("The e-mail could not be sent (%(error)s). Pass the link on yourself.") % {"error": error}
        )
        return False
    messages.success(request, _("An e-mail with the link is on its way to %(address)s.") % {"address": to})
    return True


@needs(Capability.MANAGE_ACCOUNTS)
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody. Where no e-mail can be sent the page shows the link once, to be passed on."""
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _accounts(request, form, status=422)
    entered = form.cleaned_data
    with transaction.atomic():
        link, address = joining.invite(
            entered["email"], Role(entered["role"]), entered["team"], entered["name"], cast("User", request.user)
        )
        record(Action.ADDED, link, role=link.role, team=link.team_id)
    sent = _send(request, link.email, "accounts/mail/invitation.txt", address)
    return _accounts(request, InvitationForm(), address="" if sent else address)


@needs(Capability.MANAGE_ACCOUNTS)
@require_POST
def withdraw(request: HttpRequest, key: int) -> HttpResponse:
    """Take an invitation back."""
    with transaction.atomic():
        link = get_object_or_404(OneTimeLink, pk=key, kind=Kind.INVITATION, used_at=None)
        OneTimeLink.objects.filter(pk=key, used_at=None).update(withdrawn_at=timezone.now())
        record(Action.REMOVED, link)
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("accounts")


@needs(Capability.MANAGE_ACCOUNTS)
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, key: int) -> HttpResponse:
    """One account: name, whether it may sign in, roles, second factor."""
    user = get_object_or_404(User, pk=key)
    form = UserForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        try:
            with joining.keep_an_administrator():
                form.save()
                record(Action.CHANGED, user, fields=form.changed_data, active=user.is_active)
        except joining.LastAdministratorError:
            _explain_last(request)
        else:
            messages.success(request, _("Saved."))
        return redirect("person_account", key)
    return _person(request, key, form)


def _person(
    request: HttpRequest, key: int, form: UserForm, role_form: RoleForm | None = None, status: int = 200
) -> HttpResponse:
    user = get_object_or_404(User, pk=key)
    return render(
        request,
        "accounts/person.html",
        {
            "person": user,
            "form": form,
            "role_form": role_form or RoleForm(),
            "memberships": user.memberships.select_related("team").order_by("role", "team__name"),
            "second_factor": Authenticator.objects.filter(user=user).exists(),
            "by_link": joining.may_sign_in_by_link(user),
        },
        status=status,
    )


def _explain_last(request: HttpRequest) -> None:
    messages.error(
        request, _("Not done: nobody would be left who can administer Poise. Make another administrator first.")
    )


@needs(Capability.MANAGE_ACCOUNTS)
@require_POST
def add_role(request: HttpRequest, key: int) -> HttpResponse:
    """Give somebody a role."""
    user = get_object_or_404(User, pk=key)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _person(request, key, UserForm(instance=user), form, status=422)
    with transaction.atomic():
        membership, _made = Membership.objects.get_or_create(
            user=user, role=form.cleaned_data["role"], team=form.cleaned_data["team"]
        )
        record(Action.ADDED, membership, user=user.pk, role=membership.role, team=membership.team_id)
    messages.success(request, _("The role is given."))
    return redirect("person_account", key)


@needs(Capability.MANAGE_ACCOUNTS)
@require_POST
def drop_role(request: HttpRequest, key: int, membership: int) -> HttpResponse:
    """Take a role from somebody."""
    found = get_object_or_404(Membership, pk=membership, user_id=key)
    try:
        with joining.keep_an_administrator():
            record(Action.REMOVED, found, user=key, role=found.role, team=found.team_id)
            found.delete()
    except joining.LastAdministratorError:
        _explain_last(request)
    else:
        messages.success(request, _("The role is taken away."))
    return redirect("person_account", key)


@needs(Capability.MANAGE_ACCOUNTS)
@require_POST
def reset_second_factor(request: HttpRequest, key: int) -> HttpResponse:
    """For somebody who lost phone and recovery codes: the password alone lets them in until they set one up anew."""
    user = get_object_or_404(User, pk=key)
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        record(Action.REMOVED, user, what="second factor")
    messages.success(request, _("The second factor is removed."))
    return redirect("person_account", key)


@needs(Capability.MANAGE_ACCOUNTS)
@require_POST
def link_for_candidate(request: HttpRequest, key: int) -> HttpResponse:
    """Send a candidate a link that signs them in once; shown here where no e-mail can be sent."""
    user = get_object_or_404(User, pk=key)
    if not joining.may_sign_in_by_link(user):
        messages.error(request, _("Links sign in candidates only; everybody else has a password."))
        return redirect("person_account", key)
    with transaction.atomic():
        address = joining.sign_in_address(user, cast("User", request.user))
        record(Action.ADDED, user, what="sign-in link")
    sent = _send(request, user.email, "accounts/mail/sign_in.txt", address)
    if not sent:
        return render(request, "accounts/link.html", {"address": address, "person": user})
    return redirect("person_account", key)


@needs(Capability.MANAGE_TEAMS)
@require_http_methods(["GET", "POST"])
def teams(request: HttpRequest) -> HttpResponse:
    """All teams, and a new one."""
    form = TeamForm(request.POST or None, initial={"active": True})
    del form.fields["active"]
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            record(Action.ADDED, form.save())
        messages.success(request, _("The team is there."))
        return redirect("teams")
    members = Count("memberships__user", distinct=True)
    listed = Team.objects.annotate(members=members).order_by("-active", "name")
    status = 422 if form.errors else 200
    return render(request, "accounts/teams.html", {"teams": listed, "form": form}, status=status)


@needs(Capability.MANAGE_TEAMS)
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, key: int) -> HttpResponse:
    """One team: its name, and whether it is still at work."""
    found = get_object_or_404(Team, pk=key)
    form = TeamForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            record(Action.CHANGED, form.save(), fields=form.changed_data)
        messages.success(request, _("Saved."))
        return redirect("teams")
    members = found.memberships.select_related("user").order_by("user__name", "user__email")
    return render(
        request,
        "accounts/team.html",
        {"team": get_object_or_404(Team, pk=key), "form": form, "members": members},
        status=422 if form.errors else 200,
    )
