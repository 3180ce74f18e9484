"""Calls of the REST API about conversations, imports, jobs and people; Chatwoot's webhook."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status

from poise.app.access import Capability, Purpose
from poise.app.api import CallError, Id, Page, Problem, Refused, body_of, scope_of, token_of, wrong
from poise.app.audit import notices
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.conversations.storing import refuse_ids
from poise.app.importing import chatwoot, deliveries
from poise.app.importing.models import Import
from poise.app.people.models import Estimate, Person
from poise.app.people.reading import reached
from poise.app.work.models import Job
from poise.reading.chunks import Chunk
from poise.reading.parse import parse

__all__ = ["MOST", "router"]

router = Router()

MOST: Final = 1_000
"""Conversations of one call."""
_ERRORS: Final = 100


class Accepted(Schema):
    """What was taken in. It is stored; reading it is the job's."""

    accepted: int
    job: int


class ImportOut(Schema):
    """An import."""

    id: int
    name: str
    way: str
    state: str
    purpose: str
    origin: str
    new: int
    unchanged: int
    changed: int
    turns: int
    rejected: int
    created_at: datetime
    finished_at: datetime | None


class RejectOut(Schema):
    """A record that was refused."""

    file: str
    line: int | None
    field: str
    problem: str
    remedy: str


class JobOut(Schema):
    """A piece of background work."""

    id: int
    kind: str
    state: str
    done: int
    total: int | None
    error: str
    created_at: datetime
    finished_at: datetime | None


class PersonOut(Schema):
    """Somebody whose work is looked at."""

    id: int
    person: str
    name: str
    team: str | None
    active: bool


class EstimateOut(Schema):
    """A level, or the reason why there is none to show: then its numbers are null."""

    trait: str
    kind: str
    source: str
    period: str
    mean: float | None
    low: float | None
    high: float | None
    conversations: int
    opportunities: int
    reliability: float | None
    shown: bool
    reason: str
    norms: str
    computed_at: datetime


class _Call(msgspec.Struct, forbid_unknown_fields=True):
    conversations: list[msgspec.Raw]
    purpose: str = Purpose.COACHING.value
    origin: str = ""


_CALL: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["conversations"],
                    "additionalProperties": False,
                    "properties": {
                        "conversations": {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": MOST,
                            "description": "Conversations as in the canonical conversation file.",
                            "items": {
                                "type": "object",
                                "required": ["id", "turns"],
                                "properties": {
                                    "id": {"type": "string", "minLength": 1, "maxLength": 500},
                                    "channel": {"type": "string"},
                                    "language": {"type": "string"},
                                    "started_at": {"type": "string", "format": "date-time"},
                                    "topic": {"type": "string"},
                                    "queue": {"type": "string"},
                                    "customer": {"type": "string"},
                                    "people": {"type": "array", "items": {"type": "object"}},
                                    "turns": {
                                        "type": "array",
                                        "minItems": 1,
                                        "items": {
                                            "type": "object",
                                            "required": ["text"],
                                            "properties": {
                                                "text": {"type": "string"},
                                                "person": {"type": "string"},
                                                "role": {
                                                    "type": "string",
                                                    "enum": [
                                                        "agent",
                                                        "customer",
                                                        "candidate",
                                                        "interviewer",
                                                        "colleague",
                                                        "bot",
                                                        "system",
                                                    ],
                                                },
                                                "at": {"type": "string", "format": "date-time"},
                                                "private": {"type": "boolean"},
                                            },
                                        },
                                    },
                                },
                            },
                        },
                        "purpose": {"type": "string", "enum": ["coaching", "selection"], "default": "coaching"},
                        "origin": {"type": "string", "maxLength": 100, "default": ""},
                    },
                }
            }
        },
    },
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "maxLength": 100},
            "description": "The same call again under the same key stores nothing new.",
        }
    ],
}


@router.post(
    "/conversations",
    response={202: Accepted, 400: Refused, 401: Refused, 403: Refused, 409: Refused, 413: Refused, 422: Refused},
    openapi_extra=_CALL,
    summary="Hand in conversations",
    operation_id="post_conversations",
)
def post_conversations(request: HttpRequest) -> Status[dict[str, int]]:
    """Take in up to a thousand conversations, all or none; what is wrong is named by its place in the call."""
    scope_of(request, Capability.IMPORT)
    call = _decoded(body_of(request))
    _refuse_before_notice(call.purpose)
    lines = [bytes(raw).replace(b"\n", b" ").replace(b"\r", b" ") for raw in call.conversations]
    if not 1 <= len(lines) <= MOST:
        raise wrong("conversations", f"{len(lines)} of them", f"Send 1 to {MOST} in one call")
    if call.purpose not in (Purpose.COACHING.value, Purpose.SELECTION.value):
        raise wrong("purpose", "not a purpose", "Write coaching or selection")
    if len(call.origin) > 100 or "\x00" in call.origin:
        raise wrong("origin", "longer than 100 characters, or not plain text", "Write the system's short name")
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > 100 or "\x00" in key:
        raise wrong("Idempotency-Key", "longer than 100 characters, or not plain text", "Send a shorter key")
    tables = refuse_ids(parse(Chunk(0, "canonical", "", 1, b"\n".join(lines)), default_purpose=call.purpose))
    if len(tables.rejects):
        raise CallError(
            422,
            "some conversations cannot be read; none was kept",
            [
                Problem(field=_place(line, field), problem=problem, remedy=remedy)
                for line, field, problem, remedy in tables.rejects.head(_ERRORS)
                .select("line", "field", "problem", "remedy")
                .iter_rows()
            ],
        )
    token = token_of(request)
    with transaction.atomic():
        job = deliveries.take_in(
            lines, purpose=call.purpose, origin=call.origin, key=f"{token.pk}:{key or uuid4().hex}"
        )
        record(Action.IMPORTED, job, actor=token.user_id, purpose=call.purpose, conversations=len(lines))
    return Status(202, {"accepted": len(lines), "job": job.pk})


def _refuse_before_notice(purpose: str) -> None:
    if notices.is_lacking(purpose):
        remedy = f"An administrator notes at {notices.address()} that people were told; then call again"
        detail = "people were not told yet that their conversations are looked at; nothing was kept"
        raise CallError(409, detail, [Problem(field="purpose", problem="no notice was given", remedy=remedy)])


def _decoded(data: bytes) -> _Call:
    try:
        return msgspec.json.decode(data, type=_Call)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$")
        raise wrong(place.strip("`.") or "body", problem, "Send an object with conversations") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CallError(400, f"the body is not JSON: {error}") from error


def _place(line: int | None, field: str | None) -> str:
    place = f"conversations[{(line or 1) - 1}]"
    return f"{place}.{field}" if field else place


@router.get(
    "/imports", response={200: list[ImportOut], 401: Refused, 403: Refused, 422: Refused}, summary="List imports"
)
def list_imports(request: HttpRequest, page: Query[Page]) -> QuerySet[Import]:
    """Return imports, newest first."""
    scope_of(request, Capability.IMPORT)
    return Import.objects.all()[page.offset : page.offset + page.limit]


@router.get(
    "/imports/{number}/rejects",
    response={200: list[RejectOut], 401: Refused, 403: Refused, 404: Refused, 422: Refused},
    summary="List what an import refused",
)
def list_rejects(request: HttpRequest, number: Id, page: Query[Page]) -> Any:
    """Return records that were refused, with the remedy."""
    scope_of(request, Capability.IMPORT)
    imported = Import.objects.filter(pk=number).first()
    if imported is None:
        raise CallError(404, f"there is no import {number}")
    return imported.rejects.order_by("pk")[page.offset : page.offset + page.limit]


@router.get("/jobs", response={200: list[JobOut], 401: Refused, 403: Refused, 422: Refused}, summary="List jobs")
def list_jobs(request: HttpRequest, page: Query[Page]) -> QuerySet[Job]:
    """Return background work, newest first."""
    scope_of(request, Capability.IMPORT)
    return Job.objects.order_by("-pk")[page.offset : page.offset + page.limit]


@router.get(
    "/jobs/{number}",
    response={200: JobOut, 401: Refused, 403: Refused, 404: Refused, 422: Refused},
    summary="One job",
)
def one_job(request: HttpRequest, number: Id) -> Job:
    """Return one piece of background work."""
    scope_of(request, Capability.IMPORT)
    job = Job.objects.filter(pk=number).first()
    if job is None:
        raise CallError(404, f"there is no job {number}")
    return job


def _people(request: HttpRequest) -> QuerySet[Person]:
    """Return the people whom the token's owner may look at."""
    theirs = reached(scope_of(request, Capability.VIEW_PERSON), token_of(request).user)
    return Person.objects.filter(theirs).select_related("team").order_by("pk")


@router.get("/people", response={200: list[PersonOut], 401: Refused, 403: Refused, 422: Refused}, summary="List people")
def list_people(request: HttpRequest, page: Query[Page]) -> list[dict[str, Any]]:
    """Return the people whom the token may look at."""
    return [
        {
            "id": one.pk,
            "person": one.person_id,
            "name": one.name,
            "team": None if one.team is None else one.team.name,
            "active": one.active,
        }
        for one in _people(request)[page.offset : page.offset + page.limit]
    ]


@router.get(
    "/people/{number}/estimates",
    response={200: list[EstimateOut], 401: Refused, 403: Refused, 404: Refused, 422: Refused},
    summary="Estimates of one person",
)
def list_estimates(request: HttpRequest, number: Id) -> list[dict[str, Any]]:
    """Return one person's levels for coaching, over all that is known and by period (``2026-09``, ``2026-W37``)."""
    person = _people(request).filter(pk=number).first()
    if person is None:
        raise CallError(404, f"there is no person {number} that this token may look at")
    token = token_of(request)
    record(Action.VIEWED, person, actor=token.user_id, person=person.pk, purpose=Purpose.COACHING.value)
    rows = Estimate.objects.filter(person=person, purpose=Purpose.COACHING.value).order_by("period", "kind", "trait")
    hidden = dict.fromkeys(("mean", "low", "high", "reliability"))
    return [
        {name: getattr(row, name) for name in EstimateOut.model_fields} | ({} if row.shown else hidden) for row in rows
    ]


@router.post(
    "/chatwoot",
    auth=None,
    response={200: dict[str, bool], 400: Refused, 401: Refused, 404: Refused, 409: Refused, 413: Refused},
    summary="Chatwoot's webhook",
    openapi_extra={
        "security": [],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    },
)
def receive_chatwoot(request: HttpRequest) -> dict[str, bool]:
    """Take in an event of a conversation; the signature says that it is Chatwoot's."""
    key = chatwoot.secret()
    if not key:
        raise CallError(404, "no webhook is set up here: set POISE_CHATWOOT_SECRET")
    body = body_of(request)
    if not chatwoot.signed(body, request.headers, key):
        raise CallError(401, "the signature is missing, wrong or too old")
    _refuse_before_notice(Purpose.COACHING.value)
    try:
        return {"changed": chatwoot.accept(body)}
    except chatwoot.EventError as error:
        raise CallError(400, str(error), [Problem(field=error.field, problem=error.problem)]) from error
