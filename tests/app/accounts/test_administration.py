"""What administrators do with accounts, teams, tokens and e-mail."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from poise.app.access import Capability, Role
from poise.app.accounts import joining, mail, sealing
from poise.app.accounts.models import ApiToken, MailSettings, Membership, Team, User

Member = Callable[..., User]


@pytest.fixture
def ruler(db: str, member: Member, client: Client) -> User:
    user = member("administrator", email="ruth@example.org", name="Ruth")
    client.force_login(user)
    return user


def test_the_last_administrator_can_neither_be_switched_off_nor_lose_the_role(ruler: User, client: Client) -> None:
    client.post(reverse("person_account", args=[ruler.pk]), {"name": "Ruth"})
    membership = ruler.memberships.get()
    client.post(reverse("drop_role", args=[ruler.pk, membership.pk]))
    ruler.refresh_from_db()
    assert ruler.is_active and Membership.objects.filter(pk=membership.pk).exists()
    assert b"nobody would be left" in client.get("/").content


def test_with_a_second_one_the_first_may_go(ruler: User, client: Client, member: Member) -> None:
    member("administrator", email="second@example.org")
    client.post(reverse("drop_role", args=[ruler.pk, ruler.memberships.get().pk]))
    assert client.get(reverse("accounts")).status_code == 403, "and it holds at once"


def test_without_e_mail_the_invitation_is_shown_once(ruler: User, client: Client) -> None:
    page = client.post(reverse("invite"), {"email": "noa@example.org", "role": "agent"}).content.decode()
    assert "http://localhost:8000/join/" in page
    assert "http://localhost:8000/join/" not in client.get(reverse("accounts")).content.decode()


def test_with_e_mail_it_is_sent_and_not_shown(ruler: User, client: Client) -> None:
    MailSettings.objects.create(host="mail.example.org", sender="poise@example.org")
    page = client.post(reverse("invite"), {"email": "noa@example.org", "role": "agent"}).content.decode()
    (message,) = outbox.outbox
    assert message.to == ["noa@example.org"] and "http://localhost:8000/join/" in message.body
    assert "/join/" not in page and "\n" not in message.subject


def test_a_role_for_the_whole_house_takes_no_team(ruler: User, client: Client) -> None:
    team = Team.objects.create(name="Harbour")
    client.post(reverse("add_role", args=[ruler.pk]), {"role": "auditor", "team": team.pk})
    client.post(reverse("add_role", args=[ruler.pk]), {"role": "coach", "team": team.pk})
    assert set(ruler.memberships.values_list("role", "team")) == {
        (Role.ADMINISTRATOR, None),
        (Role.AUDITOR, None),
        (Role.COACH, team.pk),
    }


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "שלום‮evil", "a" * 200, "Robert'); DROP TABLE teams;--"])
def test_hostile_names_are_shown_as_text(ruler: User, client: Client, name: str) -> None:
    client.post(reverse("teams"), {"name": name})
    client.post(reverse("person_account", args=[ruler.pk]), {"name": name, "is_active": "on"})
    for path in (reverse("teams"), reverse("accounts"), reverse("landing"), reverse("person_account", args=[ruler.pk])):
        page = client.get(path)
        assert page.status_code == 200 and b"<script>alert" not in page.content
    assert Team.objects.get().name == name


def test_pages_of_accounts_ask_a_fixed_number_of_questions(ruler: User, client: Client, member: Member) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("accounts"))
        return len(queries)

    client.get(reverse("accounts"))
    few = count()
    for number in range(8):
        member("coach", Team.objects.create(name=f"T{number}"), email=f"c{number}@example.org")
    assert count() == few


def test_a_token_does_what_it_was_given_while_its_owner_may(db: str, member: Member) -> None:
    owner = member("administrator")
    token, secret = ApiToken.objects.issue(owner, "till", [Capability.IMPORT], timedelta(days=1))
    assert secret not in (token.digest, token.start) and secret.startswith(token.start)
    found = ApiToken.objects.recognise(secret)
    assert found is not None and found.scope(Capability.IMPORT).everything
    assert not found.scope(Capability.MANAGE_ACCOUNTS), "its owner may, but it was not given this"
    owner.memberships.all().delete()
    found = ApiToken.objects.recognise(secret)
    assert found is not None and not found.scope(Capability.IMPORT)
    assert ApiToken.objects.recognise(secret + "x") is None


@pytest.mark.parametrize("change", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now()}])
def test_a_token_that_is_over_is_not_recognised(db: str, member: Member, change: dict[str, object]) -> None:
    _, secret = ApiToken.objects.issue(member("administrator"), "till", [Capability.IMPORT])
    ApiToken.objects.update(**change)
    assert ApiToken.objects.recognise(secret) is None


def test_the_token_page_shows_the_secret_once_and_offers_only_what_the_owner_may(ruler: User, client: Client) -> None:
    data = {"name": "till", "capabilities": ["import"], "days": "30"}
    page = client.post(reverse("tokens"), data).content.decode()
    token = ApiToken.objects.get()
    assert page.count(token.start) >= 2 and "read estimates" not in page
    assert "Shown only now" not in client.get(reverse("tokens")).content.decode()
    refused = client.post(reverse("tokens"), data | {"capabilities": ["view_person"]})
    assert refused.status_code == 422 and ApiToken.objects.count() == 1
    client.post(reverse("revoke_token", args=[token.pk]))
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_coach_sees_and_revokes_only_their_own_tokens(ruler: User, member: Member) -> None:
    other, _ = ApiToken.objects.issue(ruler, "the ruler's", [Capability.IMPORT])
    browser = Client()
    browser.force_login(member("coach"))
    assert "the ruler" not in browser.get(reverse("tokens")).content.decode()
    assert browser.post(reverse("revoke_token", args=[other.pk])).status_code == 404


def test_sealed_secrets_open_for_their_purpose_only_and_notice_changes() -> None:
    sealed = sealing.seal("tulip", "mail password")
    assert "tulip" not in sealed and sealing.unseal(sealed, "mail password") == "tulip"
    for wrong, purpose in ((sealed, "other"), (sealed[:-6] + "AAAAA=", "mail password")):
        with pytest.raises(sealing.SealError):
            sealing.unseal(wrong, purpose)


class _Smtp(socketserver.StreamRequestHandler):
    """As much of a mail server as a sender needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.taken.append(b"".join(lines).decode())  # type: ignore[attr-defined]
                self.wfile.write(b"250 taken\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            elif word == b"RCPT" and b"refused" in line:
                self.wfile.write(b"550 no such person\r\n")
            else:
                self.wfile.write(b"250 good\r\n")


@pytest.fixture
def smtp(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, list[str]]]:
    from django.conf import settings

    monkeypatch.setattr(settings, "EMAIL_BACKEND", "poise.app.accounts.mail.Backend")
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        server.taken = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], server.taken  # type: ignore[attr-defined]
        server.shutdown()


def test_the_trial_message_goes_by_the_server_that_was_entered(
    ruler: User, client: Client, smtp: tuple[int, list[str]]
) -> None:
    port, taken = smtp
    entered = {"host": "127.0.0.1", "port": port, "security": "none", "username": "", "sender": "poise@example.org"}
    assert client.post(reverse("settings"), entered).status_code == 302
    client.post(reverse("test_mail"), {"to": "ruth@example.org"})
    (message,) = taken
    assert "From: poise@example.org" in message and "To: ruth@example.org" in message
    client.post(reverse("test_mail"), {"to": "refused@example.org"})
    assert b"no such person" in client.get(reverse("settings")).content, "what the server says is told"


def test_a_server_that_is_not_there_is_told_in_words(ruler: User, client: Client, smtp: tuple[int, list[str]]) -> None:
    MailSettings.objects.create(host="127.0.0.1", port=1, security="none", sender="poise@example.org")
    client.post(reverse("test_mail"), {"to": "ruth@example.org"})
    assert b"It did not work" in client.get(reverse("settings")).content


def test_a_stored_password_is_kept_when_the_field_stays_empty_and_never_shown(ruler: User, client: Client) -> None:
    entered = {"host": "h", "port": 587, "security": "starttls", "username": "poise", "sender": "poise@example.org"}
    client.post(reverse("settings"), entered | {"password": "tulip mustard"})
    client.post(reverse("settings"), entered | {"password": "", "host": "mail.example.org"})
    stored = MailSettings.objects.get()
    assert stored.password == "tulip mustard" and stored.host == "mail.example.org"
    assert "tulip" not in stored.sealed_password and b"tulip" not in client.get(reverse("settings")).content


def test_the_environment_holds_before_what_is_stored(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MailSettings.objects.create(host="stored.example.org", sender="a@example.org")
    monkeypatch.setenv("POISE_SMTP_URL", "smtps://us%40er:p%2Fw@mail.example.org?from=poise@example.org")
    found = mail.server()
    assert found is not None
    assert (found.host, found.port, found.security) == ("mail.example.org", 465, "tls")
    assert (found.username, found.password, found.sender) == ("us@er", "p/w", "poise@example.org")
    monkeypatch.setenv("POISE_SMTP_URL", "mail.example.org")
    with pytest.raises(ImproperlyConfigured, match="must look like"):
        mail.server()


def test_mail_without_a_server_is_an_error_and_not_silence(db: str) -> None:
    with pytest.raises(mail.MailNotSetUpError):
        mail.Backend().send_messages([EmailMessage("a", "b", None, ["a@example.org"])])


def test_a_change_that_leaves_nobody_is_undone_whole(db: str, member: Member) -> None:
    user = member("administrator")
    with pytest.raises(joining.LastAdministratorError), joining.keep_an_administrator():
        user.memberships.all().delete()
    assert user.memberships.exists()
