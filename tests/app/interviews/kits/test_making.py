"""Kits are drafted, published once, and never change after that: not by a page, not by a query, not by SQL."""

from __future__ import annotations

import dataclasses
import threading
from importlib import import_module

import msgspec
import pytest
from django.db import Error, connection, connections, transaction

from poise.app.audit.models import Entry
from poise.app.interviews.kits.editing import with_question
from poise.app.interviews.kits.making import (
    IncompleteError,
    begin,
    change,
    discard,
    draft_of,
    publish,
    set_job_analysis,
)
from poise.app.interviews.kits.models import Kit, KitVersion, PublishedError
from poise.knowledge.interviews import kit_from_json


def _heavier(kit, weight=7.0):  # type: ignore[no-untyped-def]
    return msgspec.structs.replace(kit, traits=kit.traits | {"helpful": weight})


def test_a_kit_goes_from_draft_to_published_to_the_next_draft(hiring) -> None:  # type: ignore[no-untyped-def]
    content = hiring.kit.read()
    kit = begin(hiring.team, "Front desk", content, hiring.manager)
    draft = draft_of(kit, hiring.manager)
    assert (draft.number, draft.published_at, draft.read()) == (1, None, content)
    with pytest.raises(IncompleteError, match="job analysis"):
        publish(draft, hiring.manager)
    assert set_job_analysis(draft, "Asked two leads.", seen="")
    publish(draft, hiring.manager)
    assert draft.published_at and draft.published_by == hiring.manager and draft.digest == content.digest()
    following = draft_of(kit, hiring.manager)
    assert (following.number, following.job_analysis, following.published_at) == (2, "Asked two leads.", None)
    assert draft_of(kit, hiring.manager) == following, "there is one draft at a time"
    change(following, _heavier, "weights")
    assert kit_from_json(KitVersion.objects.get(pk=following.pk).content).traits["helpful"] == 7
    assert KitVersion.objects.get(pk=draft.pk).read() == content, "the published one stays as it was"
    discard(following)
    assert list(kit.versions.all()) == [draft]
    logged = [(one.action, one.kind) for one in Entry.objects.order_by("id")]
    assert logged == [
        ("added", "kit"),
        ("changed", "kitversion"),
        ("decided", "kitversion"),
        ("added", "kitversion"),
        ("changed", "kitversion"),
        ("removed", "kitversion"),
    ]


def test_what_is_published_refuses_every_change(hiring) -> None:  # type: ignore[no-untyped-def]
    version = hiring.kit
    for attempt in (
        version.save,
        version.delete,
        lambda: change(version, _heavier, "weights"),
        lambda: set_job_analysis(version, "Other", seen=version.job_analysis),
        lambda: publish(version, hiring.manager),
        lambda: discard(version),
    ):
        with pytest.raises(PublishedError):
            attempt()
    for field, value in {
        "content": {},
        "job_analysis": "Other",
        "digest": "",
        "number": 9,
        "published_at": None,
    }.items():
        with pytest.raises(Error, match="stays as it is"), transaction.atomic():
            KitVersion.objects.filter(pk=version.pk).update(**{field: value})
    with pytest.raises(Error, match="stays as it is"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE kits_kitversion SET job_analysis = 'x' WHERE id = %s", [version.pk])
    # who published it may leave: their account is forgotten, what they published stays
    assert KitVersion.objects.filter(pk=version.pk).update(published_by=None) == 1


def test_the_trigger_can_be_taken_away_and_set_again(hiring) -> None:  # type: ignore[no-untyped-def]
    migration = import_module("poise.app.interviews.kits.migrations.0002_published_stays")
    one = KitVersion.objects.filter(pk=hiring.kit.pk)

    @dataclasses.dataclass
    class Editor:
        connection: object

        def execute(self, sql: str, params: None) -> None:
            with connection.cursor() as cursor:
                cursor.execute(sql)

    migration.unguard(None, Editor(connection))
    assert one.update(number=9) == 1
    migration.guard(None, Editor(connection))
    with pytest.raises(Error, match="stays as it is"), transaction.atomic():
        one.update(number=1)


def test_two_who_write_a_job_analysis_at_once_are_told(hiring) -> None:  # type: ignore[no-untyped-def]
    draft = draft_of(begin(hiring.team, "Front desk", hiring.kit.read(), None), None)
    assert set_job_analysis(draft, "First", seen="")
    assert not set_job_analysis(draft, "Second", seen="")
    assert KitVersion.objects.get(pk=draft.pk).job_analysis == "First"


def test_a_draft_that_lacks_something_is_kept_but_not_published(hiring) -> None:  # type: ignore[no-untyped-def]
    kit = begin(hiring.team, "Front desk", hiring.kit.read(), None, job_analysis="Asked.")
    draft = draft_of(kit, None)
    change(draft, lambda one: msgspec.structs.replace(one, questions=one.questions[:1]), "question")
    with pytest.raises(IncompleteError, match="strengths"):
        publish(draft, None)
    draft.refresh_from_db()
    assert len(draft.draft().questions) == 1
    discard(draft)
    assert not Kit.objects.filter(pk=kit.pk).exists(), "a kit without a version is none"


def test_two_who_write_at_the_same_moment_both_keep_their_words(committed_hiring) -> None:  # type: ignore[no-untyped-def]
    content = committed_hiring.kit.read()
    draft = draft_of(begin(committed_hiring.team, "Front desk", content, None), None)
    keys = [one.id for one in content.questions]
    ready = threading.Barrier(len(keys))
    failed: list[BaseException] = []

    def write(key: str) -> None:
        def put(now):  # type: ignore[no-untyped-def]
            return with_question(now, msgspec.structs.replace(now.question(key), text={"en": f"New {key}"}))

        try:
            ready.wait(20)
            change(draft, put, "question")
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    writers = [threading.Thread(target=write, args=(key,)) for key in keys]
    for one in writers:
        one.start()
    for one in writers:
        one.join(60)
    assert not failed
    draft.refresh_from_db()
    assert {one.id: one.text["en"] for one in draft.draft().questions} == {key: f"New {key}" for key in keys}
