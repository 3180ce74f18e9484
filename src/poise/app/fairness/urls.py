"""Addresses of the pages about fairness."""

from __future__ import annotations

from django.urls import path

from poise.app.fairness import views

urlpatterns = [
    path("", views.front, name="fairness"),
    path("period/", views.period, name="fairness_period"),
    path("campaigns/<int:key>/", views.campaign, name="fairness_campaign"),
    path("tables/", views.tables, name="fairness_tables"),
    path("policy/", views.policy, name="fairness_policy"),
    path("voluntary/<int:key>/", views.voluntary, name="voluntary"),
]
