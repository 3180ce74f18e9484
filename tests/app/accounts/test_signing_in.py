"""Signing in: locks, links, second factors, and what is told to whom."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail as outbox
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from poise.app.access import Role
from poise.app.accounts import joining, throttling
from poise.app.accounts.models import FailedSignIn, OneTimeLink, Team, User
from poise.app.accounts.models.links import Kind
from poise.app.audit.models import Entry

PASSWORD = "a long password"
Member = Callable[..., User]


def _try(client: Client, email: str, password: str, origin: str = "192.0.2.1") -> str:
    response = client.post(reverse("account_login"), {"login": email, "password": password}, REMOTE_ADDR=origin)
    return "in" if response.status_code == 302 else response.content.decode()


def test_a_password_opens_and_the_address_may_be_capitalised(db: str, member: Member, client: Client) -> None:
    member("coach", email="Jonas@Example.org")
    assert _try(client, "jonas@example.ORG", PASSWORD) == "in"
    assert client.get("/").status_code == 200


def test_five_failures_lock_this_account_from_here_but_not_from_elsewhere(
    db: str, member: Member, client: Client
) -> None:
    user = member("coach")
    for _ in range(5):
        assert "Too many" not in _try(client, user.email, "wrong")
    assert "Too many failed attempts" in _try(client, user.email, PASSWORD)
    assert _try(Client(), user.email, PASSWORD, origin="192.0.2.2") == "in"


def test_a_try_while_locked_is_in_the_log(db: str, member: Member, client: Client) -> None:
    user = member("coach")
    for _ in range(5):
        _try(client, user.email, "wrong")
    assert not Entry.objects.filter(detail__locked=True).exists()
    _try(client, user.email, PASSWORD)
    told = Entry.objects.filter(action="sign_in_failed").order_by("-pk").first()
    assert told is not None and (told.key, told.detail) == (str(user.pk), {"known": True, "locked": True})


def test_a_lock_does_not_tell_whether_there_is_an_account(db: str, client: Client) -> None:
    for _ in range(5):
        _try(client, "nobody@example.org", "wrong")
    assert "Too many failed attempts" in _try(client, "nobody@example.org", "wrong")


def test_many_origins_lock_an_account_too_and_one_origin_many_accounts(db: str) -> None:
    for number in range(20):
        throttling.note_failure("jonas@example.org", f"198.51.100.{number}")
    assert throttling.locked_until("jonas@example.org", "203.0.113.9") is not None
    for number in range(50):
        throttling.note_failure(f"a{number}@example.org", "203.0.113.1")
    assert throttling.locked_until("new@example.org", "203.0.113.1") is not None
    assert throttling.locked_until("new@example.org", "203.0.113.2") is None


def test_a_lock_ends_and_a_success_forgets(db: str, member: Member, client: Client) -> None:
    user = member("coach")
    for _ in range(5):
        _try(client, user.email, "wrong")
    FailedSignIn.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert _try(client, user.email, "wrong") != "in"
    assert _try(client, user.email, PASSWORD) == "in"
    assert not FailedSignIn.objects.filter(at__gt=timezone.now() - timedelta(minutes=15)).exists()


def test_addresses_that_were_mistyped_are_not_readable_in_the_database(db: str, client: Client) -> None:
    _try(client, "tulip@example.org", "wrong")
    row = FailedSignIn.objects.get()
    assert "tulip" not in row.account and "192" not in row.origin


def test_nobody_signs_up_alone(db: str, client: Client) -> None:
    response = client.post(reverse("account_signup"), {"email": "eve@example.org", "password1": PASSWORD})
    assert b"by invitation" in response.content and not User.objects.exists()


def test_an_invitation_makes_one_account_with_its_role_and_works_once(db: str, member: Member, client: Client) -> None:
    team = Team.objects.create(name="Harbour")
    _, address = joining.invite("Noa@example.org", Role.COACH, team, "Noa", member("administrator"))
    path = address.removeprefix("http://localhost:8000")
    assert b"noa@example.org" in client.get(path).content
    weak = client.post(path, {"name": "Noa", "password": "noa@example.org"})
    assert weak.status_code == 200 and b"too similar" in weak.content
    assert client.post(path, {"name": "Noa Levi", "password": "tulip mustard 77"}).status_code == 302
    noa = User.objects.get(email="noa@example.org")
    assert noa.roles() == ((Role.COACH, team.pk),) and noa.check_password("tulip mustard 77")
    assert client.get("/").status_code == 200
    assert Client().get(path).status_code == 410
    assert Client().post(path, {"name": "Eve", "password": "tulip mustard 78"}).status_code == 410


def test_an_invitation_to_somebody_known_adds_the_role_but_signs_nobody_in(
    db: str, member: Member, client: Client
) -> None:
    known = member("agent", email="known@example.org")
    _, address = joining.invite("known@example.org", Role.COACH, None, "", member("administrator"))
    client.post(address.removeprefix("http://localhost:8000"), {"password": "somebody else's"})
    known.forget_roles()
    assert (Role.COACH, None) in known.roles() and known.check_password(PASSWORD)
    assert client.get("/").status_code == 302


def test_a_newer_invitation_withdraws_the_older_and_old_ones_end(db: str, member: Member, client: Client) -> None:
    by = member("administrator")
    first = joining.invite("noa@example.org", Role.AGENT, None, "", by)[1]
    second = joining.invite("noa@example.org", Role.AGENT, None, "", by)[1]
    assert client.get(first.removeprefix("http://localhost:8000")).status_code == 410
    assert client.get(second.removeprefix("http://localhost:8000")).status_code == 200
    OneTimeLink.objects.update(expires_at=timezone.now())
    assert client.get(second.removeprefix("http://localhost:8000")).status_code == 410


def test_only_a_digest_of_a_link_is_kept(db: str, member: Member) -> None:
    link, address = joining.invite("noa@example.org", Role.AGENT, None, "", member("administrator"))
    assert link.digest not in address and len(link.digest) == 64


def test_of_two_who_redeem_at_once_one_gets_it(committed_db: str) -> None:
    _, secret = OneTimeLink.objects.issue(Kind.SETUP, lasts=timedelta(hours=1), role=Role.ADMINISTRATOR)
    start = threading.Barrier(4)
    got: list[bool] = []

    def redeem() -> None:
        start.wait()
        with transaction.atomic():
            got.append(OneTimeLink.objects.redeem(Kind.SETUP, secret) is not None)
        connection.close()

    threads = [threading.Thread(target=redeem) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False, False, False, True]


def test_the_first_administrator_comes_by_link_and_then_there_is_none(db: str, client: Client) -> None:
    first = joining.setup_address(timedelta(days=1))
    again = joining.setup_address(timedelta(days=1))
    assert first and again and first != again
    assert client.get(first.removeprefix("http://localhost:8000")).status_code == 410
    path = again.removeprefix("http://localhost:8000")
    client.post(path, {"email": "ruth@example.org", "name": "Ruth", "password": "tulip mustard 77"})
    assert client.get(reverse("accounts")).status_code == 200
    assert joining.setup_address(timedelta(days=1)) is None


def test_a_candidate_signs_in_by_link_once_and_looking_does_not_use_it_up(
    db: str, member: Member, client: Client
) -> None:
    candidate = member("candidate")
    path = joining.sign_in_address(candidate).removeprefix("http://localhost:8000")
    assert client.get(path).status_code == client.get(path).status_code == 200
    assert client.post(path).status_code == 302
    assert candidate.email.encode() in client.get(reverse("account")).content
    assert Client().post(path).status_code == 410


def test_a_link_is_not_enough_for_anybody_else(db: str, member: Member, client: Client) -> None:
    with pytest.raises(ValueError, match="candidates only"):
        joining.sign_in_address(member("coach"))
    promoted = member("candidate")
    path = joining.sign_in_address(promoted).removeprefix("http://localhost:8000")
    promoted.memberships.create(role=Role.COACH)
    assert client.post(path).status_code == 410


def test_a_second_factor_is_asked_for_after_the_password(db: str, member: Member, client: Client) -> None:
    user = member("coach")
    TOTP.activate(user, generate_totp_secret())
    assert _try(client, user.email, PASSWORD) == "in"
    assert client.get("/").status_code == 302, "half-way is not in"
    assert client.get(reverse("mfa_authenticate")).status_code == 200


def test_a_password_reset_does_not_tell_who_has_an_account(db: str, member: Member) -> None:
    user = member("coach")
    answers = {
        email: Client().post(reverse("account_reset_password"), {"email": email})
        for email in (user.email, "nobody@example.org")
    }
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers.values()} == {
        (302, reverse("account_reset_password_done"))
    }
    assert [message.to for message in outbox.outbox] == [[user.email]]


def test_the_users_language_follows_them_to_the_browser(db: str, member: Member, client: Client) -> None:
    user = member("coach", language="he")
    _try(client, user.email, PASSWORD)
    page = client.get("/").content.decode()
    assert '<html lang="he" dir="rtl">' in page
