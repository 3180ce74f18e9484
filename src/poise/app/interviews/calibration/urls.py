"""Addresses of the calibration room."""

from __future__ import annotations

from django.urls import path

from poise.app.interviews.calibration.views import practising, watching

urlpatterns = [
    path("", practising.front, name="calibration"),
    path("kits/<int:key>/", practising.kit, name="calibration_kit"),
    path("kits/<int:key>/start/", practising.begin, name="calibration_start"),
    path("rounds/<int:key>/", practising.one_round, name="calibration_round"),
    path("rounds/<int:key>/<int:number>/", practising.answer, name="calibration_answer"),
    path("raters/", watching.team, name="calibration_team"),
    path("raters/<int:key>/", watching.raters, name="calibration_raters"),
]
