"""Addresses of the audit log and of people's rights."""

from __future__ import annotations

from django.urls import path

from poise.app.audit import views
from poise.app.audit.candidates import views as of_candidates

urlpatterns = [
    path("", views.log, name="audit"),
    path("log.csv", views.log_csv, name="audit_csv"),
    path("verify/", views.check, name="audit_verify"),
    path("notice/", views.notice, name="notice"),
    path("retention/", views.retention, name="retention"),
    path("erased/", views.erased, name="erased"),
    path("people/", views.people, name="rights"),
    path("people/<int:key>/export/", views.export, name="export_person"),
    path("people/<int:key>/erase/", views.erase_person, name="erase_person"),
    path("candidates/", of_candidates.candidates, name="candidate_rights"),
    path("candidates/<int:key>/export/", of_candidates.export, name="export_candidate"),
    path("candidates/<int:key>/erase/", of_candidates.erase, name="erase_candidate"),
    path("candidates/<int:key>/hold/", of_candidates.held, name="hold_candidate"),
    path("people/<int:key>/consents/", views.consents, name="consents"),
]
