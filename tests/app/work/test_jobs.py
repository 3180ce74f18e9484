"""Jobs: asked for once, held by a lease, taken up again, given up."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from poise.app.work import kinds, running
from poise.app.work.jobs import enqueue, enqueue_soon, retry
from poise.app.work.models import Job
from poise.app.work.running import ATTEMPTS, LeaseLost, Running, take
from poise.app.work.worker import Worker, work_off


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was done; a job of kind "estimates" whose payload says ``fail`` fails that often."""
    done: list[Any] = []

    def do(job: Running) -> str:
        done.append(job.payload)
        if sum(one == job.payload for one in done) <= job.payload.get("fail", 0):
            raise RuntimeError("out of luck")
        return "good"

    monkeypatch.setattr("poise.app.work.worker.function_of", lambda kind: do)
    return done


def test_the_same_key_is_the_same_job(db: str) -> None:
    first = enqueue("estimates", {"a": 1}, key="one")
    assert enqueue("estimates", {"a": 2}, key="one").pk == first.pk
    assert Job.objects.get().payload == {"a": 1}
    with pytest.raises(ValueError, match="no work of kind"):
        enqueue("sweeping", {}, key="two")


def test_every_kind_has_its_function() -> None:
    for kind in kinds.KINDS:
        assert callable(kinds.function_of(kind))


def test_work_is_done_in_the_order_in_which_it_is_due(committed_db: str, calls: list[Any]) -> None:
    enqueue("estimates", {"n": 1}, key="1", after=timedelta(hours=1))
    enqueue("estimates", {"n": 2}, key="2")
    enqueue("estimates", {"n": 3}, key="3")
    assert work_off() == 2
    assert calls == [{"n": 2}, {"n": 3}]
    assert sorted(Job.objects.values_list("key", "state", "result")) == [
        ("1", "waiting", None),
        ("2", "done", "good"),
        ("3", "done", "good"),
    ]


def test_who_asks_for_all_there_is_to_do_gets_the_job_that_waits(committed_db: str) -> None:
    first = enqueue_soon("estimates", {}, topic="all", after=timedelta(minutes=5))
    sooner = enqueue_soon("estimates", {}, topic="all")
    assert sooner.pk == first.pk and sooner.available_at <= timezone.now()
    job = take("me")
    assert job is not None
    assert enqueue_soon("estimates", {}, topic="all").pk != first.pk  # that one may have looked already


def test_a_job_whose_worker_is_silent_is_taken_up_and_the_silent_one_can_write_nothing(committed_db: str) -> None:
    enqueue("estimates", {}, key="one")
    silent = take("silent")
    assert silent is not None and take("other") is None
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    other = take("other")
    assert other is not None and other.pk == silent.pk and other.attempts == 2
    with pytest.raises(LeaseLost), Running(silent).transaction():
        Job.objects.create(kind="estimates", key="must not stay")
    with pytest.raises(LeaseLost):
        Running(silent).progress(done=1)
    Running(silent).finish("wrong")
    with Running(other).transaction():
        Job.objects.create(kind="estimates", key="stays")
    Running(other).finish("right")
    assert Job.objects.get(key="one").result == "right"
    assert set(Job.objects.values_list("key", flat=True)) == {"one", "stays"}


def test_the_lease_is_kept_while_work_goes_on(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LEASE", timedelta(seconds=0.4))
    enqueue("estimates", {}, key="one")
    job = take("me")
    assert job is not None
    with Running(job).heartbeat():
        threading.Event().wait(1.2)
        assert take("other") is None
    threading.Event().wait(0.6)
    assert take("other") is not None


def test_a_failing_job_is_tried_again_later_then_given_up_then_can_be_tried_by_hand(
    committed_db: str, calls: list[Any]
) -> None:
    enqueue("estimates", {"fail": ATTEMPTS}, key="one")
    for attempt in range(1, ATTEMPTS + 1):
        assert work_off() == 1
        job = Job.objects.get()
        assert job.attempts == attempt and "out of luck" in job.error
        if attempt < ATTEMPTS:
            assert job.state == "waiting" and job.available_at > timezone.now()
        Job.objects.update(available_at=timezone.now())
    assert job.state == "failed" and work_off() == 0
    assert retry(job) and not retry(job)
    assert work_off() == 1
    assert Job.objects.get().state == "done"


def test_a_job_that_kills_every_worker_is_given_up(committed_db: str) -> None:
    enqueue("estimates", {}, key="one")
    for _ in range(ATTEMPTS):
        assert take("doomed") is not None
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert take("careful") is None
    assert Job.objects.get().state == "failed"


def test_two_workers_never_hold_the_same_job(committed_db: str) -> None:
    for number in range(20):
        enqueue("estimates", {}, key=str(number))
    taken: list[int] = []

    def grab() -> None:
        while (job := take(threading.current_thread().name)) is not None:
            taken.append(job.pk)
        connection.close()

    threads = [threading.Thread(target=grab) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(Job.objects.values_list("pk", flat=True))


def test_a_job_exists_when_its_transaction_does(committed_db: str, calls: list[Any]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue("estimates", {}, key="one")
        _ = 1 / 0
    assert Worker().run(drain=True) == 0 and not calls
