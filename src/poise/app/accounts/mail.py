"""How e-mail leaves: by ``POISE_SMTP_URL``, else by the server entered on the settings page, else not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as Smtp

from poise.app.accounts.models import MailSettings
from poise.app.accounts.models.mail import Security

__all__ = ["Backend", "MailNotSetUpError", "from_environment", "is_set_up", "server"]


class MailNotSetUpError(Exception):
    """There is no SMTP server to send by; an administrator enters one under Settings."""


def from_environment() -> bool:
    """Whether the environment names the server, so that the settings page holds nothing."""
    return bool(os.environ.get("POISE_SMTP_URL"))


def _read(url: str) -> MailSettings:
    wrong = ImproperlyConfigured(
        "POISE_SMTP_URL must look like smtp://user:password@host:587?from=poise@example.org "
        "(smtps for TLS from the start, smtp+plain for a server on this machine)"
    )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # a port that is no number, brackets that are not closed
        raise wrong from None
    sender = parse_qs(parts.query).get("from", [""])[0]
    if parts.scheme not in {"smtp", "smtps", "smtp+plain"} or not parts.hostname or "@" not in parseaddr(sender)[1]:
        raise wrong
    security = {"smtp": Security.STARTTLS, "smtps": Security.TLS, "smtp+plain": Security.NONE}[parts.scheme]
    found = MailSettings(
        host=parts.hostname,
        port=port or (465 if security is Security.TLS else 587),
        security=security,
        username=unquote(parts.username or ""),
        sender=sender,
    )
    found.password = unquote(parts.password or "")
    return found


def server() -> MailSettings | None:
    """The server in force."""
    url = os.environ.get("POISE_SMTP_URL")
    return _read(url) if url else MailSettings.objects.first()


def is_set_up() -> bool:
    """Whether e-mail can leave at all."""
    return from_environment() or MailSettings.objects.exists()


class Backend(BaseEmailBackend):
    """Django's e-mail backend over :func:`server`, asked anew at each sending, so that changes hold at once."""

    def __init__(self, fail_silently: bool = False, **kwargs: Any) -> None:
        super().__init__(fail_silently=fail_silently)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send them.

        Raises:
            MailNotSetUpError: there is no server.
            OSError, smtplib.SMTPException: the server cannot be reached or refused.
            sealing.SealError: its stored password does not open.
        """
        found = server()
        if found is None:
            if self.fail_silently:
                return 0
            raise MailNotSetUpError("no SMTP server is set up; an administrator enters one under Settings")
        for message in email_messages:
            message.from_email = found.sender
        return (
            Smtp(
                host=found.host,
                port=found.port,
                username=found.username,
                password=found.password,
                use_tls=found.security == Security.STARTTLS,
                use_ssl=found.security == Security.TLS,
                fail_silently=self.fail_silently,
            ).send_messages(email_messages)
            or 0
        )
