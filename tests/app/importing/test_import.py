"""From a file to conversations, evidence and estimates, and back."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from poise.app.conversations.models import Conversation, Participant, Replacement, SearchText, Turn
from poise.app.conversations.redetection import redetect_now
from poise.app.importing import undo
from poise.app.importing.files import folder_of, keep
from poise.app.importing.models import Chunk, Import, Reject
from poise.app.importing.preview import ask
from poise.app.people.merging import join, part
from poise.app.people.models import Estimate, Evidence, Person, Rate
from poise.app.work.models import Job
from poise.app.work.worker import work_off

from .conftest import as_lines, conversation

HandIn = Callable[..., Import]


def evidence() -> list[tuple[Any, ...]]:
    """All evidence, by what it says."""
    columns = ("person__person_id", "conversation__source_id", "behaviour", "hits", "opportunities", "exposure_s")
    return sorted(Evidence.objects.values_list(*columns, "value"), key=repr)


def test_a_file_becomes_conversations_people_evidence_and_estimates(hand_in: HandIn) -> None:
    imported = hand_in(as_lines([conversation(number) for number in range(9)]))
    assert (imported.state, imported.new, imported.turns, imported.rejected) == ("done", 9, 36, 0)
    assert sorted(Person.objects.values_list("person_id", "name", "team__name")) == [
        (f"agent-{number}", f"Agent {number}", "Harbour") for number in range(3)
    ]
    apology = Evidence.objects.filter(behaviour="empathy.apology") or Evidence.objects.filter(hits__gt=0)
    assert apology.exists()
    assert set(Conversation.objects.values_list("purpose", "arrival_anger")) <= {
        ("coaching", anger) for anger in range(5)
    }
    assert Conversation.objects.filter(arrival_anger__gt=0).count() == 9
    assert Estimate.objects.filter(period="", kind="trait").values("person").distinct().count() == 3
    assert Estimate.objects.exclude(period="").exists()
    assert Rate.objects.exists()
    assert not folder_of(imported).exists()


def test_customers_are_hidden_in_what_is_shown_and_nothing_moves(hand_in: HandIn) -> None:
    hand_in(as_lines([conversation(0)]))
    card, reply = Turn.objects.get(number=2), Turn.objects.get(number=1)
    assert "4111 1111 1111 1111" in card.text
    assert "4111" not in card.shown and "Hollis" not in card.shown and "Dana" not in reply.shown
    assert len(card.shown) == len(card.text)
    assert card.shown.startswith("My card is ")
    searched = SearchText.objects.get().text
    assert "4111" not in searched and "Hollis" not in searched and "parcel" in searched


def test_search_finds_words_and_forgets_what_is_gone(hand_in: HandIn) -> None:
    imported = hand_in(as_lines([conversation(0), conversation(1, turns=[{"role": "agent", "text": "Shalom עולם"}])]))

    def finds(word: str) -> int:
        query = {
            "postgresql": "SELECT count(*) FROM conversations_searchtext"
            " WHERE document @@ plainto_tsquery('simple', %s)",
            "sqlite": "SELECT count(*) FROM conversations_search WHERE conversations_search MATCH %s",
        }[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(query, [word])
            return int(cursor.fetchone()[0])

    assert (finds("parcel"), finds("עולם"), finds("Hollis")) == (1, 1, 0)
    undo.ask(imported)
    work_off()
    assert (finds("parcel"), finds("עולם")) == (0, 0)


def test_the_same_file_again_changes_nothing(hand_in: HandIn) -> None:
    data = as_lines([conversation(number) for number in range(6)])
    hand_in(data)
    before = evidence()
    rows = list(Turn.objects.order_by("pk").values_list("pk", "text"))
    again = hand_in(data)
    assert (again.new, again.unchanged, again.changed, again.turns) == (0, 6, 0, 0)
    assert list(Turn.objects.order_by("pk").values_list("pk", "text")) == rows
    assert evidence() == before
    assert not Replacement.objects.exists()


def test_changed_content_replaces_with_history_and_undo_puts_it_back(hand_in: HandIn) -> None:
    records = [conversation(number) for number in range(4)]
    hand_in(as_lines(records))
    key = Conversation.objects.get(source_id="chat-1").pk
    before, texts = (
        evidence(),
        list(Turn.objects.order_by("conversation", "number").values_list("text", "hidden", "at")),
    )
    records[1]["turns"][1]["text"] = "That is not my problem."
    second = hand_in(as_lines(records))
    assert (second.new, second.unchanged, second.changed) == (0, 3, 1)
    assert Conversation.objects.get(source_id="chat-1").pk == key
    assert Turn.objects.get(conversation=key, number=1).text == "That is not my problem."
    history = Replacement.objects.get()
    assert (history.conversation_id, history.replaced_by_id, history.turns_before) == (key, second.pk, 4)
    assert evidence() != before
    undo.ask(second)
    work_off()
    second.refresh_from_db()
    assert second.state == "undone"
    assert list(Turn.objects.order_by("conversation", "number").values_list("text", "hidden", "at")) == texts
    assert evidence() == before
    assert not Replacement.objects.exists()


def test_an_import_is_undone_whole(hand_in: HandIn) -> None:
    first = hand_in(as_lines([conversation(0)]))
    before, levels = evidence(), Estimate.objects.filter(person__person_id="agent-0").count()
    second = hand_in(as_lines([conversation(1), conversation(2), conversation(3)]))
    assert Person.objects.count() == 3
    undo.ask(second)
    work_off()
    assert list(Conversation.objects.values_list("source_id", "imported_id")) == [("chat-0", first.pk)]
    assert list(Person.objects.values_list("person_id", flat=True)) == ["agent-0"]
    assert evidence() == before
    assert Estimate.objects.count() == levels


def test_undoing_leaves_what_another_import_brought_as_well(hand_in: HandIn) -> None:
    records = [conversation(number) for number in range(3)]
    first = hand_in(as_lines(records))
    second = hand_in(as_lines(records[:2]))
    assert second.unchanged == 2
    undo.ask(first)
    work_off()
    assert dict(Conversation.objects.values_list("source_id", "imported_id")) == {
        "chat-0": second.pk,
        "chat-1": second.pk,
    }
    assert Job.objects.get(kind="undo").result == {"conversations": 1, "restored": 0, "kept": 2, "people": 1}
    assert sorted(Person.objects.values_list("person_id", flat=True)) == ["agent-0", "agent-1"]
    assert Evidence.objects.filter(conversation__source_id="chat-0").exists()
    undo.ask(second)  # now nobody else brought them
    work_off()
    assert not Conversation.objects.exists()


def test_what_was_changed_since_is_not_what_another_import_brought(hand_in: HandIn) -> None:
    records = [conversation(0)]
    hand_in(as_lines(records))
    hand_in(as_lines(records))  # the same
    records[0]["turns"][1]["text"] = "That is not my problem."
    third = hand_in(as_lines(records))
    fourth = hand_in(as_lines(records))  # the same as the third's
    undo.ask(third)
    work_off()
    one = Conversation.objects.get()
    assert one.imported_id == fourth.pk
    assert Turn.objects.get(conversation=one, number=1).text == "That is not my problem."
    undo.ask(fourth)  # it took over what had stood there before
    work_off()
    assert Turn.objects.get(number=1).text.startswith("I am sorry")


def test_the_preview_says_how_many_are_here_already(hand_in: HandIn) -> None:
    hand_in(as_lines([conversation(0), conversation(1)]))
    again = hand_in(as_lines([conversation(1), conversation(2)]))
    assert again.preview is not None and again.preview["here"] == 1
    other = hand_in(as_lines([conversation(1)]), origin="another system")
    assert other.preview is not None and other.preview["here"] == 0


def test_one_purpose_never_becomes_the_other(hand_in: HandIn) -> None:
    hand_in(as_lines([conversation(0)]))
    other = hand_in(as_lines([conversation(0), conversation(1)]), purpose="selection")
    assert (other.new, other.changed, other.unchanged, other.rejected) == (1, 0, 0, 1)
    assert Conversation.objects.get(source_id="chat-0").purpose == "coaching"
    assert Reject.objects.get().field == "purpose"
    assert set(Estimate.objects.values_list("purpose", "person__person_id")) == {
        ("coaching", "agent-0"),
        ("selection", "agent-1"),
    }


def test_two_systems_may_number_their_conversations_alike(hand_in: HandIn) -> None:
    hand_in(as_lines([conversation(0)]), origin="north")
    other = hand_in(as_lines([conversation(0, topic="billing")]), origin="south")
    assert (other.new, other.changed) == (1, 0)
    assert sorted(Conversation.objects.values_list("origin", "topic")) == [("north", "delivery"), ("south", "billing")]


def test_what_is_refused_is_kept_with_place_and_remedy_and_the_rest_is_read(hand_in: HandIn) -> None:
    bad = conversation(1)
    bad["turns"][0]["at"] = "yesterday, call +1 555 867 5309"
    data = (
        as_lines([conversation(0), bad]) + b"{not json\n" + as_lines([conversation(0, topic="other"), conversation(2)])
    )
    imported = hand_in(data)
    assert (imported.new, imported.rejected) == (2, 3)
    found = sorted(Reject.objects.values_list("file", "line", "field"))
    assert found == [("chats.jsonl", 2, "turns[0].at"), ("chats.jsonl", 3, ""), ("chats.jsonl", 4, "id")]
    assert all(Reject.objects.values_list("remedy", flat=True))
    assert not any("867 5309" in record for record in Reject.objects.values_list("record", flat=True))


def test_names_of_a_file_are_joined_and_parted_again(hand_in: HandIn) -> None:
    people = b"name,person,team\nagent-0,ana,Harbour\nagent-1,ana,Harbour\nnobody-here,ben,Dock\n"
    hand_in(as_lines([conversation(number) for number in range(6)]), people=people)
    ana = Person.objects.get(person_id="ana")
    assert sorted(Person.objects.values_list("person_id", flat=True)) == ["agent-2", "ana"]
    assert Participant.objects.filter(person=ana).count() == 4
    assert set(Participant.objects.filter(person=ana).values_list("key", flat=True)) == {"agent-0", "agent-1"}
    joined = evidence()
    part(ana.aliases.get(folded="agent-1"))
    work_off()
    assert sorted(Person.objects.values_list("person_id", flat=True)) == ["agent-1", "agent-2", "ana"]
    assert {row[0] for row in evidence()} == {"agent-1", "agent-2", "ana"}
    join(Person.objects.get(person_id="agent-1"), ana)
    work_off()
    assert evidence() == joined
    assert not Estimate.objects.filter(person__person_id="agent-1").exists()


def test_detection_again_gives_what_the_import_gave(hand_in: HandIn) -> None:
    hand_in(as_lines([conversation(number) for number in range(6)]))
    from django.db import transaction

    def state() -> list[Any]:
        return [
            [row for row in evidence() if row[2] not in across],
            list(Turn.objects.order_by("conversation", "number").values_list("holding", "words")),
            list(Conversation.objects.order_by("pk").values_list("arrival_anger", "knowledge")),
        ]

    from poise.app.conversations.detecting import knowledge
    from poise.app.people.gathering import across_conversations

    across = across_conversations(knowledge())
    before = state()
    with transaction.atomic():
        assert redetect_now(list(Conversation.objects.values_list("pk", flat=True))) == {"coaching"}
    assert state() == before


@pytest.mark.slow
def test_a_killed_worker_leaves_nothing_half_done_and_nothing_twice(
    hand_in: HandIn, worker: Callable[..., subprocess.Popen[str]]
) -> None:
    data = as_lines([conversation(number) for number in range(600)])
    reference = hand_in(data)
    expected, turns = evidence(), list(Turn.objects.order_by("conversation__source_id", "number").values_list("text"))
    undo.ask(reference)
    work_off()
    assert not Conversation.objects.exists() and not Person.objects.exists()

    imported = Import.objects.create(way="upload", name="chats.jsonl")
    keep(imported, "chats.jsonl", [data]).save()
    ask(imported, confirmed=True)
    environment = {"POISE_LEASE_SECONDS": "2", "POISE_CHUNK_KB": "40"}
    kills = 0
    while kills < 3:
        seen = Chunk.objects.filter(imported=imported).count()
        process = worker(**environment)
        deadline = time.monotonic() + 90
        while Chunk.objects.filter(imported=imported).count() <= seen + 1 and process.poll() is None:
            assert time.monotonic() < deadline, "the worker does not get on"
            time.sleep(0.02)
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
        time.sleep(2.2)  # the lease ends
    assert kills >= 1
    assert Job.objects.get(key=f"import:{imported.pk}").state == "running"
    finishing = worker("--drain", **environment)
    assert finishing.wait(timeout=180) == 0, finishing.communicate()[0]
    imported.refresh_from_db()
    job = Job.objects.get(key=f"import:{imported.pk}")
    assert (imported.state, imported.new, imported.unchanged, imported.changed) == ("done", 600, 0, 0)
    assert (job.state, job.attempts) == ("done", kills + 1)
    assert list(Turn.objects.order_by("conversation__source_id", "number").values_list("text")) == turns
    assert evidence() == expected


@pytest.mark.slow
def test_a_worker_that_is_told_to_stop_hands_its_job_back(
    hand_in: HandIn, worker: Callable[..., subprocess.Popen[str]]
) -> None:
    imported = Import.objects.create(way="upload", name="chats.jsonl")
    keep(imported, "chats.jsonl", [as_lines([conversation(number) for number in range(400)])]).save()
    ask(imported, confirmed=True)
    process = worker(POISE_CHUNK_KB="20")
    deadline = time.monotonic() + 90
    while Chunk.objects.filter(imported=imported).count() < 3:
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    process.terminate()
    assert process.wait(timeout=60) == 0
    job = Job.objects.get(key=f"import:{imported.pk}")
    if job.state != "done":  # it may just have finished
        assert (job.state, job.attempts, job.lease_owner) == ("waiting", 0, "")
    work_off()
    imported.refresh_from_db()
    assert (imported.state, imported.new) == ("done", 400)


@pytest.mark.parametrize(("bad", "field"), [("x" * 501, "people"), ("nul\x00l", "people"), ("nul\x00l", "id")])
def test_the_preview_refuses_the_ids_that_the_import_refuses(hand_in: HandIn, bad: str, field: str) -> None:
    wrong = conversation(1, id=bad) if field == "id" else conversation(1)
    if field == "people":
        wrong["people"][0]["id"] = bad
        for turn in wrong["turns"]:
            turn["person"] = bad if turn["person"] == "agent-1" else turn["person"]
    imported = hand_in(as_lines([wrong, conversation(2)]))
    assert imported.preview is not None
    assert (imported.preview["conversations"], imported.preview["rejected"]) == (1, 1)
    (refused,) = imported.preview["rejects"]
    kept = imported.rejects.get()
    assert (refused["field"], refused["problem"]) == (kept.field, kept.problem)
    assert refused["field"] == field
    assert bad[:3] in refused["problem"] and "chat-1" not in refused["problem"], "the id that is wrong is named"
