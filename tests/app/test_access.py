"""Every address and every role: who is let in. A view that names no capability fails here, and so does one that the
table does not list: who adds a view writes down whom it is for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from addresses import ADDRESSES
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from poise.app.access import PURPOSES, TABLE, Capability, Purpose, Reach, Role, capability_of, may, scope
from poise.app.accounts.models import Team, User
from poise.app.middleware import Guard

EVERYBODY = "everybody"  # signed in or not
A = Role.ADMINISTRATOR
H = Role.HIRING_MANAGER
I = Role.INTERVIEWER  # noqa: E741
C = Role.COACH
G = Role.AGENT
K = Role.CANDIDATE
U = Role.AUDITOR
SIGNED_IN = {"nobody", *Role}

#: full name of the address → who is let in
WHO: dict[str, set[str] | str] = {
    # signing in
    "landing": SIGNED_IN,
    "alive": EVERYBODY,
    "set_language": EVERYBODY,
    "join": EVERYBODY,
    "sign_in_by_link": EVERYBODY,
    "account_login": EVERYBODY,
    "account_logout": EVERYBODY,
    "account_signup": EVERYBODY,
    "account_inactive": EVERYBODY,
    "account_reset_password": EVERYBODY,
    "account_reset_password_done": EVERYBODY,
    "account_reset_password_from_key": EVERYBODY,
    "account_reset_password_from_key_done": EVERYBODY,
    "mfa_authenticate": EVERYBODY,
    "socialaccount_login_cancelled": EVERYBODY,
    "socialaccount_login_error": EVERYBODY,
    "socialaccount_signup": EVERYBODY,
    "openid_connect_login": EVERYBODY,
    "openid_connect_callback": EVERYBODY,
    # campaigns, candidates, schedules
    "campaigns": {H},
    "campaign_new": {H},
    "campaign": {H},
    "campaign_change": {H},
    "campaign_open": {H},
    "campaign_close": {H},
    "stage_new": {H},
    "stage": {H},
    "stage_remove": {H},
    "campaign_candidates": {H},
    "candidate_new": {H},
    "campaign_notify": {H},
    "candidates_bring": {H},
    "candidates_csv": {H},
    "candidates_empty_csv": {H},
    "candidate": {H},
    "candidate_change": {H},
    "candidate_withdraw": {H},
    "candidate_alternative": {H},
    "candidate_keep": {H},
    "candidate_notify": {H},
    "candidate_told": {H},
    "candidate_plan": {H},
    "accommodation_new": {H},
    "accommodation": {H},
    "campaign_letters": {H},
    "letter_again": {H},
    "campaign_plan": {H},
    "campaign_schedule": {H},
    "schedule": {H},
    "schedule_interview": {H},
    "schedule_move": {H},
    "schedule_cancel": {H},
    "schedule_missed": {H},
    "schedule_seat": {H},
    "schedule_unseat": {H},
    "schedule_replace": {H},
    "schedule_invite": {H},
    # imports
    "imports": {A},
    "import": {A},
    "import_progress": {A},
    "import_confirm": {A},
    "import_cancel": {A},
    "import_undo": {A},
    "import_again": {A},
    "import_rejects": {A},
    "import_rejects_csv": {A},
    # one's own account
    "account": SIGNED_IN,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "mfa_index": SIGNED_IN,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    # administration
    "accounts": {A},
    "invite": {A},
    "withdraw": {A},
    "person_account": {A},
    "add_role": {A},
    "drop_role": {A},
    "reset_second_factor": {A},
    "link_for_candidate": {A},
    "teams": {A},
    "team": {A},
    "settings": {A},
    "test_mail": {A},
    "tokens": {A, C, H},
    "revoke_token": {A, C, H},
    # people
    "people": {C, G},
    "people_groups": {C, U},
    "people_compare": {C},
    "people_save": {C},
    "people_names": {A},
    "people_name": {A},
    "people_join": {A},
    "people_part": {A},
    "person": {C, G},
    "person_trait": {C, G},
    "person_act": {C, G},
    "person_compare": {C, G},
    "person_print": {C, G},
    "person_save": {C},
    # knowledge
    "knowledge": {A, H, I, C, G, U},
    "knowledge_examined": {A, H, I, C, G, U},
    "knowledge_try": {A, H, I, C, G, U},
    "knowledge_entry": {A, H, I, C, G, U},
    "knowledge_scripted": {A},
    "knowledge_scripted_remove": {A},
    "knowledge_off": {A},
    "knowledge_on": {A},
    # conversations and contests
    "conversations": {C, G},
    "conversation": {C, G},
    "contest_new": {C, G},
    "contest_confirm": {C},
    "contests": {C, G},
    "contest": {C, G},
    "contest_sample": {C},
    "precision": {A, H, I, C, G, U},
    # calibration
    "calibration": {H, I},
    "calibration_kit": {H, I},
    "calibration_start": {H, I},
    "calibration_round": {H, I},
    "calibration_answer": {H, I},
    "calibration_team": {H},
    "calibration_raters": {H},
    # recorded interviews
    "recordings": {H, I},
    "recording": {H, I},
    "recording_add": {H, I},
    "recording_speakers": {H, I},
    "recording_remove": {H, I},
    # panels
    "panels": {H},
    "panel_campaign": {H},
    "panel_compare": {H},
    "panel_ratings": {H},
    "panel_candidate": {H},
    "panel_notes": {H, I},
    "panel_audits": {U},
    "panel_audit": {U},
    "panel_audit_ratings": {U},
    # kits
    "kits": {H},
    "kit": {H},
    "kit_start": {H},
    "kit_import": {H},
    "kit_version": {H},
    "kit_print": {H},
    "kit_pdf": {H},
    "kit_save": {H},
    "kit_compare": {H},
    "kit_next": {H},
    "kit_edit": {H},
    "kit_job": {H},
    "kit_traits": {H},
    "kit_question_add": {H},
    "kit_question": {H},
    "kit_question_move": {H},
    "kit_question_drop": {H},
    "kit_probes": {H},
    "kit_publish": {H},
    "kit_discard": {H},
    # the interview room
    "interviews": {H, I},
    "room": {H, I},
    "room_entries": {H, I},
    "room_note": {H, I},
    "room_questions": {H, I},
    "room_worker": {H, I},
    # fairness
    "fairness": {U},
    "fairness_period": {U},
    "fairness_campaign": {U},
    "fairness_tables": {U},
    "fairness_policy": {A},
    "voluntary": {K},
    # the candidate's own pages
    "candidacies": {K},
    "candidacy": {K},
    "candidacy_notice": {K},
    "candidacy_consents": {K},
    "candidacy_ask": {K},
    "candidacy_alternative": {K},
    "candidacy_withdraw": {K},
    "candidacy_statement": {K},
    "candidacy_to_work": {K},
    "candidacy_calendar": {K},
    "candidacy_report": {K},
    "candidacy_report_pdf": {K},
    "candidacy_objections": {K},
    # deciding about candidates
    "decisions": {H},
    "decision": {H},
    "decision_start_work": {H},
    "decision_report": {H},
    "decision_report_pdf": {H},
    "objections": {H},
    "objection": {H},
    "decision_log": {U},
    "decision_log_csv": {U},
    "validity": {H},
    "validity_of_all": {U},
    # the audit log and people's rights
    "audit": {U},
    "audit_csv": {U},
    "audit_verify": {U},
    "notice": {A},
    "retention": {A},
    "erased": {A},
    "rights": {A},
    "export_person": {U, G, K},
    "erase_person": {A},
    "candidate_rights": {A},
    "export_candidate": {U, G, K},
    "erase_candidate": {A},
    "hold_candidate": {A},
    "consents": SIGNED_IN,
}
PAGES = [one for one in ADDRESSES if capability_of(one[2], one[0]) is not Capability.TOKEN_CALL]


def test_every_view_names_its_capability() -> None:
    assert [name for name, _, view in ADDRESSES if capability_of(view, name) is None] == []


def test_the_table_lists_every_page_and_nothing_else() -> None:
    assert sorted({name for name, _, _ in PAGES}) == sorted(WHO)


@pytest.mark.parametrize("who", ["anonymous", "nobody", *Role])
def test_who_is_let_in(db: str, member: Callable[..., User], client: Client, who: str) -> None:
    team = Team.objects.create(name="Harbour")
    if who != "anonymous":
        client.force_login(member(None if who == "nobody" else who, team if who in {C, H, I} else None))
    wrong = []
    for name, path, _ in PAGES:
        for method in ("get", "post"):
            if name == "account_logout" and method == "post":
                continue  # it would do as asked
            response = getattr(client, method)(path)
            away = response.status_code == 302 and response.headers["Location"].startswith(
                reverse("account_login") + "?"
            )
            let_in = response.status_code != 403 and not (away and who == "anonymous")
            allowed = WHO.get(name, set())
            if let_in != (allowed == EVERYBODY or who in allowed) or response.status_code >= 500:
                wrong.append((method, name, response.status_code))
    assert wrong == []


def test_a_session_counts_for_nothing_at_the_interface_for_programs(
    db: str, member: Callable[..., User], client: Client
) -> None:
    client.force_login(member("administrator"))
    for name, path, view in ADDRESSES:
        if capability_of(view, name) is Capability.TOKEN_CALL and not name.endswith((":openapi-json", ":api-root")):
            answers = {
                client.get(path).status_code,
                client.post(path, b"{}", content_type="application/json").status_code,
            }
            assert answers <= {401, 403, 404, 405}, (name, answers)  # 404: a webhook that is not set up


def test_a_view_without_capability_runs_for_nobody(db: str, member: Callable[..., User]) -> None:
    ran = []

    def forgotten(request: HttpRequest) -> HttpResponse:
        ran.append(request)
        return HttpResponse()

    request = RequestFactory().get("/")
    request.user = member("administrator")
    request.resolver_match = None
    with pytest.raises(PermissionDenied):
        Guard(lambda _: HttpResponse()).process_view(request, forgotten, (), {})
    assert ran == []


def test_selection_and_coaching_never_meet_in_one_role_but_the_persons_own() -> None:
    for role in Role:
        purposes = {PURPOSES[capability] for capability in PURPOSES if role in TABLE[capability]}
        assert len(purposes) <= 1, role
    for capability, roles in TABLE.items():
        if PURPOSES.get(capability) is Purpose.COACHING:
            assert not roles.keys() & {Role.HIRING_MANAGER, Role.INTERVIEWER, Role.CANDIDATE}
            assert Role.ADMINISTRATOR not in roles, "administrators see no evidence"


def test_a_capability_reaches_only_the_teams_of_its_role(db: str, member: Callable[..., User]) -> None:
    harbour, compass = Team.objects.create(name="Harbour"), Team.objects.create(name="Compass")
    user = member("coach", harbour)
    user.memberships.create(role=Role.HIRING_MANAGER, team=compass)
    seen = scope(user, Capability.VIEW_PERSON)
    assert seen.covers(harbour.pk) and not seen.covers(compass.pk) and not seen.covers(None) and not seen.own
    assert seen.purpose is Purpose.COACHING
    hiring = scope(user, Capability.VIEW_SELECTION)
    assert hiring.covers(compass.pk) and not hiring.covers(harbour.pk) and hiring.purpose is Purpose.SELECTION
    everyone = scope(member("coach", email="lead@example.org"), Capability.VIEW_PERSON)
    assert everyone.everything and everyone.covers(None)
    own = scope(member("agent", harbour), Capability.VIEW_PERSON)
    assert own.own and not own.covers(harbour.pk)


def test_somebody_switched_off_may_nothing(db: str, member: Callable[..., User], client: Client) -> None:
    user = member("administrator")
    client.force_login(user)
    assert client.get(reverse("accounts")).status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(reverse("accounts")).status_code == 302
    user.refresh_from_db()
    assert not any(may(user, capability) for capability in Capability if capability is not Capability.OPEN)


def test_roles_ask_the_database_once(db: str, member: Callable[..., User]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    user = User.objects.get(pk=member("coach").pk)
    with CaptureQueriesContext(connection) as queries:
        for capability in Capability:
            scope(user, capability)
    assert len(queries) == 1


def test_every_role_has_a_reach_in_the_table() -> None:
    assert all(isinstance(reach, Reach) for roles in TABLE.values() for reach in roles.values())
    assert set(TABLE) == set(Capability)
    assert resolve("/").view_name == "landing"


@pytest.mark.parametrize("path", ["/api/nope", "/api/", "/api/conversations/nope/"])
def test_a_call_that_does_not_exist_is_refused_in_json(db: str, client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")
    assert "/api/openapi.json" in answer.json()["detail"]
