"""Who came in, who left, who failed to, and whose ways in changed: written to the audit log.

allauth and Django tell of these by signals. A failed sign-in names the account that was tried where there is one; what
somebody typed who has none is never written, since it may be a password, or the address of somebody else.
"""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.dispatch import Signal

from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action

__all__ = ["connect", "note_failure"]


def note_failure(address: str, *, locked: bool = False) -> None:
    """Write that somebody failed to sign in with this address, or tried while it was locked."""
    known = User.objects.filter(email=User.objects.normalize_email(address)).first()
    told: dict[str, Any] = {"locked": True} if locked else {}
    record(Action.SIGN_IN_FAILED, known, known=known is not None, **told)


def _came(user: User, **told: Any) -> None:
    record(Action.SIGNED_IN, user, actor=user.pk)


def _left(user: User | None, **told: Any) -> None:
    if user is not None:
        record(Action.SIGNED_OUT, user, actor=user.pk)


def _failed_second(user: User, **told: Any) -> None:
    record(Action.SIGN_IN_FAILED, user, known=True, what="second factor")


def _changed_password(user: User, **told: Any) -> None:
    record(Action.CHANGED, user, actor=user.pk, fields=["password"])


def _added_second(user: User, authenticator: Any, **told: Any) -> None:
    record(Action.ADDED, user, actor=user.pk, what="second factor", type=authenticator.type)


def _removed_second(user: User, authenticator: Any, **told: Any) -> None:
    record(Action.REMOVED, user, actor=user.pk, what="second factor", type=authenticator.type)


_HEARD: tuple[tuple[Signal, Any], ...] = (
    (account.user_logged_in, _came),
    (account.user_logged_out, _left),
    (mfa.authentication_failed, _failed_second),
    (account.password_set, _changed_password),
    (account.password_changed, _changed_password),
    (account.password_reset, _changed_password),
    (mfa.authenticator_added, _added_second),
    (mfa.authenticator_reset, _added_second),
    (mfa.authenticator_removed, _removed_second),
)


def connect() -> None:
    """Listen, once for each process."""
    for signal, receiver in _HEARD:
        signal.connect(receiver, dispatch_uid=f"audit {receiver.__name__}")
