"""Secrets at rest: sealed with a key that is derived from the installation's secret key, never stored in the open."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

__all__ = ["SealError", "seal", "unseal"]


class SealError(Exception):
    """A sealed secret does not open with today's secret key; it must be entered again."""


def _box(what_for: str) -> Fernet:
    # the secret key has far more than 256 bits of randomness, so it is expanded, not stretched
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"poise sealing: {what_for}".encode())
    return Fernet(base64.urlsafe_b64encode(derive.derive(settings.SECRET_KEY.encode())))


def seal(secret: str, what_for: str) -> str:
    """Encrypt and authenticate ``secret``; it opens only for the same ``what_for``."""
    return _box(what_for).encrypt(secret.encode()).decode("ascii")


def unseal(sealed: str, what_for: str) -> str:
    """The secret again.

    Raises:
        SealError: another key sealed it, it was for something else, or it was changed.
    """
    try:
        return _box(what_for).decrypt(sealed.encode("ascii")).decode()
    except InvalidToken as error:
        raise SealError(f"the stored {what_for} does not open with this installation's secret key") from error
