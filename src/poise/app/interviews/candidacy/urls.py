"""Addresses of the candidate's own pages."""

from __future__ import annotations

from django.urls import path

from poise.app.interviews.candidacy.views import front, outcome

urlpatterns = [
    path("", front.candidacies, name="candidacies"),
    path("<int:key>/", front.candidacy, name="candidacy"),
    path("<int:key>/notice/", front.notice, name="candidacy_notice"),
    path("<int:key>/consents/", front.consents, name="candidacy_consents"),
    path("<int:key>/ask/", front.ask, name="candidacy_ask"),
    path("<int:key>/alternative/", front.alternative, name="candidacy_alternative"),
    path("<int:key>/withdraw/", front.withdraw, name="candidacy_withdraw"),
    path("<int:key>/about-me/", front.statement, name="candidacy_statement"),
    path("<int:key>/to-work/", front.to_work, name="candidacy_to_work"),
    path("<int:key>/interviews/<int:interview>.ics", front.calendar, name="candidacy_calendar"),
    path("<int:key>/report/", outcome.report, name="candidacy_report"),
    path("<int:key>/report.pdf", outcome.report_pdf, name="candidacy_report_pdf"),
    path("<int:key>/objections/", outcome.objections, name="candidacy_objections"),
]
