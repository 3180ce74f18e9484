"""Addresses of the pages about kits."""

from __future__ import annotations

from django.urls import path

from poise.app.interviews.kits.views import editing, lists, reading

urlpatterns = [
    path("", lists.kits, name="kits"),
    path("start/", lists.begin, name="kit_start"),
    path("import/", lists.bring, name="kit_import"),
    path("versions/<int:key>/", reading.version, name="kit_version"),
    path("versions/<int:key>/print/", reading.print_, name="kit_print"),
    path("versions/<int:key>/booklet.pdf", reading.paper, name="kit_pdf"),
    path("versions/<int:key>/kit.json", reading.save, name="kit_save"),
    path("<int:key>/", lists.kit, name="kit"),
    path("<int:key>/compare/", reading.compare, name="kit_compare"),
    path("<int:key>/next/", lists.new_draft, name="kit_next"),
    path("<int:key>/draft/", editing.edit, name="kit_edit"),
    path("<int:key>/draft/job/", editing.job, name="kit_job"),
    path("<int:key>/draft/traits/", editing.traits, name="kit_traits"),
    path("<int:key>/draft/traits/<str:trait>/add/", editing.question_add, name="kit_question_add"),
    path("<int:key>/draft/questions/<str:question>/", editing.question, name="kit_question"),
    path("<int:key>/draft/questions/<str:question>/move/", editing.question_move, name="kit_question_move"),
    path("<int:key>/draft/questions/<str:question>/drop/", editing.question_drop, name="kit_question_drop"),
    path("<int:key>/draft/probes/", editing.probes, name="kit_probes"),
    path("<int:key>/draft/publish/", editing.publish, name="kit_publish"),
    path("<int:key>/draft/discard/", lists.throw_away, name="kit_discard"),
]
