"""Addresses of the room ``accounts``."""

from django.urls import URLPattern, path

from poise.app.accounts.views import landing

urlpatterns: list[URLPattern] = [
    path("", landing.landing, name="landing"),
    path("healthz", landing.alive, name="alive"),
]
