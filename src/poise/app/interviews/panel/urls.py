"""Addresses of panels; ``key`` is a campaign's or a candidate's."""

from __future__ import annotations

from django.urls import path

from poise.app.interviews.panel import views

urlpatterns = [
    path("", views.panels, name="panels"),
    path("campaigns/<int:key>/", views.campaign, name="panel_campaign"),
    path("campaigns/<int:key>/compare/", views.compare, name="panel_compare"),
    path("campaigns/<int:key>/ratings.csv", views.save, name="panel_ratings"),
    path("candidates/<int:key>/", views.candidate, name="panel_candidate"),
    path("notes/<int:key>/", views.notes, name="panel_notes"),
    path("audit/", views.audits, name="panel_audits"),
    path("audit/<int:key>/", views.audit, name="panel_audit"),
    path("audit/<int:key>/ratings.csv", views.audit_save, name="panel_audit_ratings"),
]
