"""Who came in, left, failed to come in, or changed a way in stands in the audit log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse

from poise.app.access import Role
from poise.app.accounts import joining
from poise.app.accounts.models import User
from poise.app.accounts.models.links import Kind
from poise.app.audit.models import Action, Entry

Member = Callable[..., User]
PASSWORD = "a long password"


def _try(client: Client, email: str, password: str) -> None:
    client.post(reverse("account_login"), {"login": email, "password": password})


def _last() -> tuple[str, int | None, str, dict[str, Any]]:
    row = Entry.objects.order_by("-id")[0]
    return row.action, row.actor, row.key, row.detail


def test_coming_and_going_are_written(db: str, member: Member, client: Client) -> None:
    user = member("coach")
    _try(client, user.email, PASSWORD)
    assert _last() == (Action.SIGNED_IN, user.pk, str(user.pk), {})
    client.post(reverse("account_logout"))
    assert _last() == (Action.SIGNED_OUT, user.pk, str(user.pk), {})
    assert Entry.objects.count() == 2


def test_a_failure_names_the_account_that_was_tried(db: str, member: Member, client: Client) -> None:
    user = member("coach", email="Jonas@Example.org")
    _try(client, "jonas@example.ORG", "wrong")
    assert _last() == (Action.SIGN_IN_FAILED, None, str(user.pk), {"known": True})


@pytest.mark.parametrize("typed", ["somebody.else@example.org", "my-secret-passphrase@x.org"])
def test_what_strangers_type_is_never_written(db: str, client: Client, typed: str) -> None:
    _try(client, typed, "another secret")
    assert _last() == (Action.SIGN_IN_FAILED, None, "", {"known": False})
    written = str(list(Entry.objects.values()))
    assert typed not in written and "another secret" not in written


def test_a_wrong_second_factor_is_a_failure(db: str, member: Member, client: Client) -> None:
    user = member("coach")
    TOTP.activate(user, generate_totp_secret())
    _try(client, user.email, PASSWORD)
    assert not Entry.objects.filter(action=Action.SIGNED_IN).exists()
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert _last() == (Action.SIGN_IN_FAILED, None, str(user.pk), {"known": True, "what": "second factor"})


def test_a_changed_password_is_written_without_it(db: str, member: Member, client: Client) -> None:
    user = member("coach")
    _try(client, user.email, PASSWORD)
    fields = {"oldpassword": PASSWORD, "password1": "a longer password yet", "password2": "a longer password yet"}
    assert client.post(reverse("account_change_password"), fields).status_code == 302
    changed = Entry.objects.get(action=Action.CHANGED)
    assert (changed.actor, changed.key, changed.detail) == (user.pk, str(user.pk), {"fields": ["password"]})
    assert "longer" not in str(list(Entry.objects.values()))


def test_who_joins_by_invitation_gains_a_role_that_is_written(db: str, member: Member) -> None:
    _, address = joining.invite("new@example.org", Role.COACH, None, "Amara", member("administrator"))
    secret = address.rstrip("/").rsplit("/", 1)[1]
    user = joining.accept(Kind.INVITATION, secret, email="", name="Amara", password=PASSWORD, language="")
    assert user is not None
    action, actor, _, detail = _last()
    assert (action, actor, detail["role"], detail["by"]) == (Action.ADDED, user.pk, "coach", "invitation")
