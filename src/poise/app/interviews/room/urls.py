"""Addresses of the interview room. The worker's scope is everything below the first of them."""

from __future__ import annotations

from django.urls import path

from poise.app.interviews.room.views import front, journal, page

urlpatterns = [
    path("", front.interviews, name="interviews"),
    path("worker.js", journal.worker, name="room_worker"),
    path("<int:key>/", page.room, name="room"),
    path("<int:key>/note/", page.note, name="room_note"),
    path("<int:key>/entries/", journal.entries, name="room_entries"),
    path("<int:key>/questions/", front.questions, name="room_questions"),
]
