"""Addresses of deciding."""

from __future__ import annotations

from django.urls import path

from poise.app.interviews.decisions.views import auditing, deciding, objections

urlpatterns = [
    path("", deciding.decisions, name="decisions"),
    path("<int:key>/", deciding.decision, name="decision"),
    path("<int:key>/start/", deciding.start_work, name="decision_start_work"),
    path("<int:key>/report/", deciding.report, name="decision_report"),
    path("<int:key>/report.pdf", deciding.report_pdf, name="decision_report_pdf"),
    path("objections/", objections.objections, name="objections"),
    path("objections/<int:key>/", objections.objection, name="objection"),
    path("log/", auditing.log, name="decision_log"),
    path("log.csv", auditing.log_csv, name="decision_log_csv"),
    path("validity/", auditing.validity, name="validity"),
    path("validity/all/", auditing.validity_of_all, name="validity_of_all"),
]
