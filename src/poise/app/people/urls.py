"""Addresses of the pages about people."""

from __future__ import annotations

from django.urls import path

from poise.app.people.views import names, people, person

urlpatterns = [
    path("", people.people, name="people"),
    path("groups/", people.groups, name="people_groups"),
    path("compare/", people.compare, name="people_compare"),
    path("save/<str:kind>/", people.save, name="people_save"),
    path("names/", names.overview, name="people_names"),
    path("names/<int:key>/", names.one, name="people_name"),
    path("names/<int:key>/join/<int:into>/", names.join, name="people_join"),
    path("names/part/<int:key>/", names.part, name="people_part"),
    path("<int:key>/", person.person, name="person"),
    path("<int:key>/traits/<str:code>/", person.trait, name="person_trait"),
    path("<int:key>/acts/<str:code>/", person.act, name="person_act"),
    path("<int:key>/compare/", person.compare, name="person_compare"),
    path("<int:key>/print/", person.sheet, name="person_print"),
    path("<int:key>/save/<str:kind>/", person.save, name="person_save"),
]
