"""Contesting a finding and deciding on it: what follows, and what stays."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from poise.app.accounts.models import User
from poise.app.audit.erasing import erase
from poise.app.audit.exporting import held
from poise.app.audit.models import Entry
from poise.app.conversations.contests.deciding import decide as decide_contest
from poise.app.conversations.contests.precision import precision
from poise.app.conversations.models import Contest, Conversation, Decision, Replacement
from poise.app.conversations.redetection import redetect_now
from poise.app.conversations.restoring import restore
from poise.app.conversations.storing import lock_writers
from poise.app.importing.models import AlsoBrought, Import
from poise.app.knowledge.models import Choice
from poise.app.people.merging import join
from poise.app.people.models import Evidence, Person
from poise.app.work.models import Job

from .conftest import GREETED, SHARED, Bring, SignedIn, bring_in, said

GREETING = "courtesy.greeting"
WHY = {"kind": "hit", "reason": "That was irony."}


def counted(one: Conversation, behaviour: str, person: str = "dana") -> tuple[int, int]:
    row = Evidence.objects.get(conversation=one, behaviour=behaviour, person__person_id=person)
    return row.hits, row.opportunities


def greeting(client: Client, one: Conversation) -> str:
    return place(client, one, f"hit.1.-.0.12.{GREETING}")


def place(client: Client, one: Conversation, wanted: str) -> str:
    assert wanted in client.get(f"/conversations/{one.pk}/").content.decode()
    return wanted


def contest(client: Client, one: Conversation, where: str, **given: Any) -> Any:
    return client.post(f"/conversations/{one.pk}/contest/", {"place": where, **WHY, **given})


def decide(client: Client, key: int, upheld: str = "yes") -> Any:
    return client.post(f"/conversations/contests/{key}/", {"upheld": upheld, "reason": "I listened to it again."})


def test_an_upheld_contest_changes_evidence_and_estimates_follow(bring: Bring, signed_in: SignedIn) -> None:
    (one,) = bring(GREETED)
    agent, coach = signed_in("agent", person="dana"), signed_in("coach", "Harbour")
    assert counted(one, GREETING) == (1, 1)
    where = greeting(agent, one)
    assert contest(agent, one, where).status_code == 302
    made = Contest.objects.get()
    assert (made.state, made.person.person_id, made.begin, made.end) == ("open", "dana", 0, 12)
    assert counted(one, GREETING) == (1, 1), "nothing changes before the decision"
    assert f"/conversations/contests/{made.pk}/" in coach.get("/conversations/contests/").content.decode()
    Job.objects.all().delete()
    assert decide(coach, made.pk).status_code == 302
    assert counted(one, GREETING) == (0, 1)
    assert Job.objects.filter(kind="estimates", payload={"purpose": "coaching"}).count() == 1
    assert sorted(Entry.objects.filter(kind="contest").values_list("action", "detail__behaviour")) == [
        ("contested", GREETING),
        ("decided", GREETING),
    ]
    page = coach.get(f"/conversations/{one.pk}/").content.decode()
    assert (
        "does not count" in page
        and "That was irony." in coach.get(f"/conversations/contests/{made.pk}/").content.decode()
    )


def test_customers_are_hidden_where_findings_are_contested(bring: Bring, signed_in: SignedIn) -> None:
    hello = said("hello", ("c1", "I am Pat Novak"), ("dana", "Good morning Pat Novak, your number is 054-123-4567?"))
    (one,) = bring(hello)
    coach = signed_in("coach", "Harbour")
    where = greeting(coach, one)
    pages = [coach.get(f"/conversations/{one.pk}/contest/", {"place": where})]
    pages += [contest(coach, one, where, reason=""), coach.get(contest(coach, one, where).url)]
    for page in pages:
        shown = page.content.decode()
        assert "Good morning" in shown and "••••" in shown
        assert "Novak" not in shown and "4567" not in shown


def test_it_survives_detection_done_again_and_what_is_looked_for_changing(bring: Bring, signed_in: SignedIn) -> None:
    (one,) = bring(GREETED)
    contest(signed_in("agent", person="dana"), one, f"hit.1.-.0.12.{GREETING}")
    decide(signed_in("coach", "Harbour"), Contest.objects.get().pk)
    Choice.objects.create(kind=Choice.Kind.OFF, value="courtesy.please", reason="test")
    redetect_now([one.pk])
    assert counted(one, GREETING) == (0, 1)


def test_a_decision_may_be_made_again_and_all_of_them_stay(bring: Bring, signed_in: SignedIn) -> None:
    (one,) = bring(GREETED)
    contest(signed_in("agent", person="dana"), one, f"hit.1.-.0.12.{GREETING}")
    coach, key = signed_in("coach", "Harbour"), Contest.objects.get().pk
    decide(coach, key)
    decide(coach, key, "no")
    assert list(Decision.objects.values_list("upheld", flat=True)) == [True, False]
    assert Contest.objects.get().state == "stands"
    assert counted(one, GREETING) == (1, 1)


@pytest.mark.parametrize(("kind", "after"), [("done", (1, 0)), ("uncalled", (0, -1))])
def test_a_missed_occasion_may_be_contested_in_two_ways(
    bring: Bring, signed_in: SignedIn, kind: str, after: tuple[int, int]
) -> None:
    (one,) = bring(said("plain", ("c1", "I am furious, this is a disgrace!"), ("dana", "Which order is it?")))
    agent, coach = signed_in("agent", person="dana"), signed_in("coach", "Harbour")
    dana = Person.objects.get(person_id="dana")
    where = place(agent, one, f"missed.0.-.{dana.pk}.courtesy.apology")
    before = counted(one, "courtesy.apology")
    contest(agent, one, where, kind=kind)
    decide(coach, Contest.objects.get().pk)
    rows = Evidence.objects.filter(conversation=one, behaviour="courtesy.apology").values_list("hits", "opportunities")
    changed = (before[0] + after[0], before[1] + after[1])
    assert list(rows) == ([changed] if changed[1] else []), "no occasion at all is no evidence at all"


def test_only_a_second_pair_of_eyes_decides(bring: Bring, signed_in: SignedIn) -> None:
    one, shared = bring(GREETED, SHARED)
    dana = signed_in("agent", person="dana")
    coach, second = signed_in("coach", "Harbour"), signed_in("coach", "Harbour", email="second@example.org")
    stranger = signed_in("coach", "Compass")
    contest(coach, one, f"hit.1.-.0.12.{GREETING}")
    key = Contest.objects.get().pk
    assert decide(coach, key).status_code == 403, "whoever contests does not decide"
    assert decide(dana, key).status_code == 403, "nor does the person assessed"
    assert decide(stranger, key).status_code == 404
    assert not Decision.objects.exists()
    assert decide(second, key).status_code == 302
    assert contest(stranger, shared, f"hit.1.-.0.12.{GREETING}").status_code == 404, "not a finding within reach"


def test_a_coach_who_is_assessed_does_not_decide_on_their_own_work(
    bring: Bring, signed_in: SignedIn, member: Callable[..., User]
) -> None:
    (one,) = bring(GREETED)
    other = signed_in("coach", "Harbour")
    contest(other, one, f"hit.1.-.0.12.{GREETING}")
    herself = signed_in("coach", "Harbour", person="dana", email="dana@example.org")
    assert decide(herself, Contest.objects.get().pk).status_code == 403
    assert herself.post(f"/conversations/{one.pk}/confirm/", {"place": "hit.1.-.18.27.x"}).status_code == 404
    page = herself.get(f"/conversations/{one.pk}/").content.decode()
    assert "/confirm/" not in page


@pytest.mark.parametrize(
    "given",
    [{"place": "hit.1.-.0.13.courtesy.greeting"}, {"place": "nonsense"}, {"place": ""}, {"place": "\x00"}],
)
def test_only_what_is_there_can_be_contested(bring: Bring, signed_in: SignedIn, given: dict[str, str]) -> None:
    (one,) = bring(GREETED)
    client = signed_in("coach")
    assert client.post(f"/conversations/{one.pk}/contest/", WHY | given).status_code == 404
    assert client.get(f"/conversations/{one.pk}/contest/", given).status_code == 404
    assert not Contest.objects.exists()


def test_a_reason_is_wanted_and_a_second_contest_is_the_first(bring: Bring, signed_in: SignedIn) -> None:
    (one,) = bring(GREETED)
    client, where = signed_in("coach"), f"hit.1.-.0.12.{GREETING}"
    assert contest(client, one, where, reason=" ").status_code == 422
    assert contest(client, one, where, kind="uncalled").status_code == 422, "a hit is not an occasion"
    contest(client, one, where)
    contest(client, one, where)
    assert Contest.objects.count() == 1
    signed = signed_in("coach", email="b@example.org")
    assert signed.post(f"/conversations/contests/{Contest.objects.get().pk}/", {"upheld": "yes"}).status_code == 422


def test_a_contest_goes_with_a_person_whose_names_are_joined(bring: Bring, signed_in: SignedIn) -> None:
    one, _ = bring(GREETED, SHARED)
    contest(signed_in("agent", person="dana"), one, f"hit.1.-.0.12.{GREETING}")
    decide(signed_in("coach", "Harbour"), Contest.objects.get().pk)
    join(Person.objects.get(person_id="dana"), Person.objects.get(person_id="omar"))
    redetect_now([one.pk])
    assert Contest.objects.get().person.person_id == "omar"
    assert counted(one, GREETING, "omar") == (0, 1)


def test_a_turn_that_says_something_else_is_not_what_was_contested(bring: Bring, signed_in: SignedIn) -> None:
    (one,) = bring(GREETED)
    coach = signed_in("coach", "Harbour")
    contest(signed_in("agent", person="dana"), one, f"hit.1.-.0.12.{GREETING}")
    decide(coach, Contest.objects.get().pk)
    turns = [("c1", "My kettle is broken"), ("dana", "Good morning! We will see to the kettle.")]
    bring(said("greeted", *turns))
    assert Job.objects.filter(kind="redetect", payload={"conversations": [one.pk]}).exists()
    redetect_now([one.pk])
    assert counted(one, GREETING) == (1, 1)
    assert "something else now" in coach.get(f"/conversations/contests/{Contest.objects.get().pk}/").content.decode()


def test_precision_counts_each_hit_once_and_says_how_many(bring: Bring, signed_in: SignedIn) -> None:
    numbers = range(4)
    turns = GREETED["turns"]
    many = bring(*({**GREETED, "id": f"g{n}", "turns": turns} for n in numbers))
    coach, second = signed_in("coach", "Harbour"), signed_in("coach", "Harbour", email="b@example.org")
    where = {"place": f"hit.1.-.0.12.{GREETING}"}
    for one in many[:3]:
        assert coach.post(f"/conversations/{one.pk}/confirm/", where).status_code == 302
    contest(second, many[3], where["place"])
    decide(coach, Contest.objects.get(kind="hit").pk)
    contest(second, many[0], where["place"])  # one that was confirmed: a new look, the same hit
    decide(coach, Contest.objects.get(kind="hit", state="open").pk, "no")
    found = precision()[GREETING]
    assert (found.right, found.looked_at) == (3, 4)
    assert 0 < found.low < 0.75 < found.high < 1
    assert counted(many[0], GREETING) == (1, 1)
    auditor = signed_in("auditor")
    for path in ("/conversations/precision/", f"/knowledge/{GREETING}/"):
        assert "3 of 4" in auditor.get(path).content.decode(), path
    assert "not looked at yet" in auditor.get("/knowledge/courtesy.please/").content.decode()


def test_a_reviewer_is_led_to_a_finding_by_lot(bring: Bring, signed_in: SignedIn) -> None:
    one, *_ = bring(GREETED)
    coach = signed_in("coach", "Harbour")
    answer = coach.get(f"/conversations/precision/{GREETING}/")
    assert answer.headers["Location"] == f"/conversations/{one.pk}/?behaviour={GREETING}#found"
    page = coach.get("/conversations/precision/").content.decode()
    assert f'href="/conversations/precision/{GREETING}/"' in page
    assert "/knowledge/calm.hostile/" in page and "/conversations/precision/calm.hostile/" not in page
    assert coach.get("/conversations/precision/calm.hostile/").headers["Location"] == "/conversations/precision/"


def test_only_what_can_be_found_in_a_conversation_is_listed(bring: Bring, signed_in: SignedIn) -> None:
    one, _ = bring(GREETED, said("curt", ("c1", "Where is my parcel?"), ("omar", "I will check it.")))
    coach, stranger = signed_in("coach", "Harbour"), signed_in("coach", "Compass")
    page = coach.get("/conversations/precision/").content.decode()
    never = [
        "observed.nod",
        "observed.eye_contact",
        "help.unasked",
        "promise.kept",
        "juggling.neglect",
        "clarity.plain",
    ]
    assert GREETING in page and "courtesy.thanks" in page and "listening.interruption" in page
    assert [code for code in never if code in page] == []
    assert f"/conversations/precision/{GREETING}/" in page
    assert f"/conversations/precision/{GREETING}/" not in stranger.get("/conversations/precision/").content.decode()
    coach.post(f"/conversations/{one.pk}/confirm/", {"place": f"hit.1.-.0.12.{GREETING}"})
    for code in (GREETING, "courtesy.thanks"):
        Choice.objects.create(kind=Choice.Kind.OFF, value=code, reason="test")
    page = coach.get("/conversations/precision/").content.decode()
    assert GREETING in page and "1 of 1" in page, "what was looked at stays"
    assert "courtesy.thanks" not in page


def test_the_list_takes_as_many_queries_however_much_there_is(bring: Bring, signed_in: SignedIn) -> None:
    bring(GREETED)
    coach = signed_in("coach", "Harbour")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            coach.get("/conversations/precision/")
        return len(queries)

    asked()
    before = asked()
    bring(*({**GREETED, "id": f"g{n}"} for n in range(4)), SHARED)
    assert asked() == before <= 9


@pytest.mark.parametrize(
    "change", ["upheld = NOT upheld", "reason = 'another'", "at = NULL", "contest_id = contest_id + 1"]
)
def test_the_database_refuses_to_change_a_decision(bring: Bring, signed_in: SignedIn, change: str) -> None:
    (one,) = bring(GREETED)
    contest(signed_in("agent", person="dana"), one, f"hit.1.-.0.12.{GREETING}")
    decide(signed_in("coach", "Harbour"), Contest.objects.get().pk)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE conversations_decision SET {change}")
    assert Decision.objects.get().reason == "I listened to it again."


def test_a_decision_stays_where_its_reviewer_leaves_and_goes_with_the_erased(bring: Bring, signed_in: SignedIn) -> None:
    (one,) = bring(GREETED)
    contest(signed_in("agent", person="dana"), one, f"hit.1.-.0.12.{GREETING}")
    decide(signed_in("coach", "Harbour", email="coach@example.org"), Contest.objects.get().pk)
    coach = User.objects.get(email="coach@example.org")
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.update(by=User.objects.exclude(pk=coach.pk).first())
    coach.delete()
    assert Decision.objects.get().by is None and Decision.objects.get().upheld
    dana = Person.objects.get(person_id="dana")
    about = held(dana)
    assert [row["reason"] for row in about["contest"]] == ["That was irony."]
    assert [(row["upheld"], row["reason"]) for row in about["decision"]] == [(True, "I listened to it again.")]
    erase(dana, by=None, reason="asked for it")
    assert not Contest.objects.exists() and not Decision.objects.exists()


def test_what_comes_back_comes_with_its_upheld_contest(bring: Bring, signed_in: SignedIn) -> None:
    (one,) = bring(GREETED)
    contest(signed_in("agent", person="dana"), one, f"hit.1.-.0.12.{GREETING}")
    decide(signed_in("coach", "Harbour"), Contest.objects.get().pk)
    changed = {**GREETED, "turns": [dict(turn) for turn in GREETED["turns"]]}
    changed["turns"][1]["text"] = "Good morning! What a pity about the kettle."
    bring(changed)
    redetect_now([one.pk])
    assert counted(one, GREETING) == (1, 1), "the turn says something else, so the contest does not count"
    Job.objects.all().delete()
    restore(list(Replacement.objects.select_related("conversation", "brought_by")))
    assert Job.objects.get(kind="redetect").payload == {"conversations": [one.pk]}
    redetect_now([one.pk])
    assert counted(one, GREETING) == (0, 1)
    assert Contest.objects.get().state == "upheld"


def test_advice_is_not_called_a_rule(bring: Bring, signed_in: SignedIn) -> None:
    (one,) = bring(said("plain", ("c1", "I am furious, this is a disgrace!"), ("dana", "Which order is it?")))
    agent = signed_in("agent", person="dana")
    dana = Person.objects.get(person_id="dana")
    contest(agent, one, place(agent, one, f"missed.0.-.{dana.pk}.courtesy.apology"), kind="done")
    page = agent.get(f"/conversations/contests/{Contest.objects.get().pk}/").content.decode()
    assert "What is advised" in page and "Rule" not in page


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_deciding_and_bringing_in_never_wait_for_each_other(committed_db: str, member: Callable[..., User]) -> None:
    """SQLite lets one transaction write at a time, so that only PostgreSQL can come to this."""
    (one,) = bring_in(GREETED)
    made = Contest.objects.create(
        conversation=one,
        person=Person.objects.get(person_id="dana"),
        speaker="dana",
        behaviour=GREETING,
        kind="hit",
        turn=1,
        begin=0,
        end=12,
        knowledge="k",
        reason="no",
        by=member("coach"),
    )
    decider = member("coach", email="second@example.org")
    broken: list[BaseException] = []
    holding = threading.Event()

    def bringing() -> None:
        try:
            with transaction.atomic():
                lock_writers()
                holding.set()
                time.sleep(0.5)  # the other one is under way meanwhile
                Conversation.objects.select_for_update().get(pk=one.pk)
        except DatabaseError as error:
            broken.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=bringing)
    other.start()
    holding.wait(10)
    decide_contest(made, upheld=True, reason="so it is", by=decider)
    other.join(20)
    assert broken == [] and Decision.objects.count() == 1


def test_undoing_and_erasing_say_first_which_contests_go(bring: Bring, signed_in: SignedIn) -> None:
    (one,) = bring(GREETED)
    agent, reviewer = signed_in("agent", person="dana"), signed_in("coach", "Harbour")
    administrator = signed_in("administrator")
    dana = Person.objects.get(person_id="dana")
    imported = one.imported
    assert imported is not None
    Import.objects.filter(pk=imported.pk).update(state="done")

    def told() -> tuple[str, str]:
        pages = (f"/import/{imported.pk}/", f"/audit/people/{dana.pk}/erase/")
        undoing, erasing = (administrator.get(page).content.decode() for page in pages)
        return undoing, erasing

    assert not any("ontested findings" in page for page in told()), "there are none"
    contest(agent, one, greeting(agent, one))
    decide(reviewer, Contest.objects.get().pk)
    decide(reviewer, Contest.objects.get().pk, upheld="no")
    undoing, erasing = told()
    assert "contested findings: 1, and the decisions on them: 2." in undoing
    assert "Contested findings about this person go: 1, with the decisions on them: 2." in erasing
    other = Import.objects.create(way="upload", name="again", state="done")
    AlsoBrought.objects.create(imported=other, conversation=one, content=one.content)
    assert "ontested findings" not in told()[0], "the conversation stays with the other import"
