"""Addresses of recorded interviews; ``key`` is the interview's."""

from __future__ import annotations

from django.urls import path

from poise.app.interviews.recordings import views

urlpatterns = [
    path("", views.recordings, name="recordings"),
    path("<int:key>/", views.recording, name="recording"),
    path("<int:key>/add/", views.add, name="recording_add"),
    path("<int:key>/speakers/", views.name_speakers, name="recording_speakers"),
    path("<int:key>/remove/", views.take_away, name="recording_remove"),
]
