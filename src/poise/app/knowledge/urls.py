"""Addresses of the knowledge pages."""

from __future__ import annotations

from django.urls import path

from poise.app.knowledge import views

urlpatterns = [
    path("", views.overview, name="knowledge"),
    path("examined/", views.examined, name="knowledge_examined"),
    path("try/", views.try_, name="knowledge_try"),
    path("scripted/", views.scripted, name="knowledge_scripted"),
    path("scripted/<int:key>/remove/", views.remove_scripted, name="knowledge_scripted_remove"),
    path("<str:entry>/", views.entry, name="knowledge_entry"),
    path("<str:entry>/off/", views.switch_off, name="knowledge_off"),
    path("<str:entry>/on/", views.switch_on, name="knowledge_on"),
]
