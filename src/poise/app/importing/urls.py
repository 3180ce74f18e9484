"""Addresses of the room ``importing``."""

from __future__ import annotations

from django.urls import path

from poise.app.importing import views

urlpatterns = [
    path("", views.imports, name="imports"),
    path("<int:number>/", views.one, name="import"),
    path("<int:number>/progress/", views.progress, name="import_progress"),
    path("<int:number>/confirm/", views.confirm, name="import_confirm"),
    path("<int:number>/cancel/", views.cancel, name="import_cancel"),
    path("<int:number>/undo/", views.take_back, name="import_undo"),
    path("<int:number>/again/", views.try_again, name="import_again"),
    path("<int:number>/rejects/", views.rejects, name="import_rejects"),
    path("<int:number>/rejects.csv", views.rejects_csv, name="import_rejects_csv"),
]
