"""Addresses of conversations, of search among them, and of contests."""

from __future__ import annotations

from django.urls import path

from poise.app.conversations.views import contests, pages

urlpatterns = [
    path("", pages.search_, name="conversations"),
    path("<int:key>/", pages.conversation, name="conversation"),
    path("<int:key>/contest/", contests.new, name="contest_new"),
    path("<int:key>/confirm/", contests.confirm, name="contest_confirm"),
    path("contests/", contests.queue, name="contests"),
    path("contests/<int:key>/", contests.one, name="contest"),
    path("precision/", contests.precision_of_all, name="precision"),
    path("precision/<str:behaviour>/", contests.sample, name="contest_sample"),
]
