"""The REST API under ``/api/``: who calls, what a refusal looks like, and how much may be asked for at once.

Every call but Chatwoot's names its token: ``Authorization: Bearer poise_…``. The calls themselves are in the rooms'
``api.py``, each a router that ``app/urls.py`` adds.
"""

from __future__ import annotations

from typing import Annotated, Final

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer
from pydantic import Field

from poise.app import home
from poise.app.access import Capability, Scope
from poise.app.accounts.models import ApiToken

__all__ = [
    "BODY_LIMIT",
    "CallError",
    "Id",
    "Page",
    "Problem",
    "Refused",
    "api",
    "body_of",
    "scope_of",
    "token_of",
    "wrong",
]

BODY_LIMIT: Final = home.whole_number("POISE_API_MB", 16) << 20
"""Bytes of one call."""


class _Bearer(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """Return the token in force with this secret."""
        return ApiToken.objects.recognise(token)


api = NinjaAPI(
    title="Poise",
    version="1",
    description="Hand in conversations and candidates; read imports, jobs, people, estimates and campaigns.",
    auth=_Bearer(),
    docs_url=None,
    urls_namespace="api-1",
)


class Problem(Schema):
    """One thing that is wrong with a call: where, what, and what to do."""

    field: str
    problem: str
    remedy: str = ""


class Refused(Schema):
    """Why a call was refused; nothing of it was kept."""

    detail: str
    errors: list[Problem] = []


class Page(Schema):
    """Which part of a list: the largest primary key is far beyond any list."""

    limit: Annotated[int, Field(ge=1, le=500)] = 100
    offset: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0


Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class CallError(Exception):
    """A call that is refused, with what is wrong."""

    def __init__(self, status: int, detail: str, errors: list[Problem] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, errors or []


@api.exception_handler(CallError)
def _refused(request: HttpRequest, error: CallError) -> HttpResponse:
    body = Refused(detail=error.detail, errors=error.errors)
    return api.create_response(request, body.dict(), status=error.status)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        Problem(field=".".join(str(one) for one in found["loc"][1:]) or str(found["loc"]), problem=found["msg"])
        for found in error.errors
    ]
    body = Refused(detail="the call has wrong values", errors=errors)
    return api.create_response(request, body.dict(), status=422)


@api.exception_handler(HttpError)
def _stopped(request: HttpRequest, error: HttpError) -> HttpResponse:
    return api.create_response(request, Refused(detail=str(error)).dict(), status=error.status_code)


def token_of(request: HttpRequest) -> ApiToken:
    """Return the token of a call."""
    token: ApiToken = request.auth  # type: ignore[attr-defined]
    return token


def scope_of(request: HttpRequest, capability: Capability) -> Scope:
    """Return what a call reaches with a capability.

    Raises
    ------
    CallError
        403 where its token was not given it, or its owner does not have it (any more).
    """
    found = token_of(request).scope(capability)
    if not found:
        raise CallError(403, f"this token may not {capability.value}")
    return found


def body_of(request: HttpRequest) -> bytes:
    """Return the bytes of a call.

    Raises
    ------
    CallError
        413 where there are more than :data:`BODY_LIMIT`.
    """
    data: bytes = request.read(BODY_LIMIT + 1)
    if len(data) > BODY_LIMIT:
        raise CallError(413, f"more than {BODY_LIMIT >> 20} MB in one call; send less at a time")
    return data


def wrong(field: str, problem: str, remedy: str) -> CallError:
    """Return the refusal of one wrong value."""
    return CallError(422, f"{field}: {problem}", [Problem(field=field, problem=problem, remedy=remedy)])
