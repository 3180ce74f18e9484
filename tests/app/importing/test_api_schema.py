"""The REST API against its own description: whatever is sent, no call breaks it, and none answers off its schema."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from poise.app.access import Capability
from poise.app.accounts.models import ApiToken, Membership, Team, User
from poise.app.interviews.campaigns.models import Campaign
from poise.app.interviews.kits.models import Kit, KitVersion
from poise.app.people.models import Person
from poise.app.work.worker import work_off

from .conftest import HandIn, as_lines, conversation

EXAMPLES = int(os.environ.get("POISE_TEST_EXAMPLES", "40"))
"""Calls of each kind to each operation."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["by the schema", "against it"]
)
def test_no_call_breaks_the_server(
    hand_in: HandIn, member: Callable[..., User], mode: GenerationMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POISE_CHATWOOT_SECRET", "a secret of the tests")
    imported = hand_in(as_lines([*(conversation(number) for number in range(3)), {"id": "no turns"}]))
    Person.objects.update(team=Team.objects.get(name="Harbour"))
    owner = member("administrator")
    for role in ("coach", "hiring_manager"):
        Membership.objects.create(user=owner, role=role, team=None)
    team = Team.objects.get(name="Harbour")
    kit = KitVersion.objects.create(kit=Kit.objects.create(team=team, title="Service"), number=1, content={})
    hiring = Campaign.objects.create(team=team, kit=kit, title="Spring", state="open")
    _, secret = ApiToken.objects.issue(owner, "fuzz", list(Capability))
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
    calls: dict[str, set[int]] = {}

    for found in schema.get_all_operations():
        operation = found.ok()
        try:
            strategy = operation.as_strategy(generation_mode=mode)
        except ValueError:  # nothing of this call can be wrong
            continue

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy)
        def send(case: Any) -> None:
            if "number" in (case.path_parameters or {}) and mode is GenerationMode.POSITIVE:
                keys = {"imports": imported.pk, "campaigns": hiring.pk}
                case.path_parameters["number"] = next((key for name, key in keys.items() if name in case.path), 1)
            response = case.call(headers={"Authorization": f"Bearer {secret}"})
            calls.setdefault(case.operation.label, set()).add(response.status_code)
            case.validate_response(
                response,
                checks=[
                    not_a_server_error,
                    *(
                        [status_code_conformance, response_schema_conformance]
                        if mode is GenerationMode.POSITIVE
                        else []
                    ),
                ],
            )

        send()

    if mode is GenerationMode.POSITIVE:  # generated conversations have the right types, and seldom make sense
        sound = schema["/api/conversations"]["POST"].Case(body={"conversations": [conversation(7)]})
        answer = sound.call(headers={"Authorization": f"Bearer {secret}"})
        sound.validate_response(answer, checks=[not_a_server_error, status_code_conformance])
        calls["POST /api/conversations"].add(answer.status_code)
    work_off()  # what was taken in can be read, too
    assert not any(status >= 500 for statuses in calls.values() for status in statuses)
    if mode is GenerationMode.POSITIVE:
        assert len(calls) >= 8
        assert 202 in calls["POST /api/conversations"] and 200 in calls["GET /api/people"], calls
        assert 200 in calls["GET /api/campaigns/{number}/candidates"], calls
