"""Nobody sees others' ratings, or candidates side by side, before their own are submitted."""

from __future__ import annotations

from collections.abc import Callable

from poise.app.accounts.models import User
from poise.app.interviews import reach
from poise.app.interviews.blinding import may_compare, may_read, open_interviews, owed, waiting_for
from poise.app.interviews.campaigns.models import Interview, Seat


def test_an_interview_opens_with_the_last_seat_and_each_rater_by_their_own(hiring, submit) -> None:  # type: ignore[no-untyped-def]
    first, second = hiring.raters
    candidate = hiring.candidates[0]
    submit(hiring.seat(0, 0), 4)
    assert not open_interviews(hiring.campaign).exists()
    talk, other = candidate.interviews.get(), hiring.candidates[1].interviews.get()
    assert may_read(first, talk) and not may_read(second, talk), "who sat in it and has rated heard it"
    assert not may_compare(first, hiring.campaign) and may_compare(hiring.manager, hiring.campaign)
    submit(hiring.seat(0, 1), 2)
    assert [one.candidate for one in open_interviews(hiring.campaign)] == [candidate]
    for number in (1, 2):
        submit(hiring.seat(number, 0), 3)
    assert may_compare(first, hiring.campaign) and not may_compare(second, hiring.campaign)
    other.seats.filter(rater=second).delete()
    assert not may_read(second, other), "somebody else's interview is one more to compare with"
    assert may_read(first, other) and may_read(hiring.manager, other)
    Seat.objects.create(interview=other, rater=second)
    assert owed(second, hiring.campaign).count() == waiting_for(hiring.campaign).count() == 2


def test_an_interview_that_was_not_held_holds_nobody_up(hiring, submit) -> None:  # type: ignore[no-untyped-def]
    Interview.objects.filter(candidate=hiring.candidates[1]).update(state=Interview.State.MISSED)
    Interview.objects.filter(candidate=hiring.candidates[2]).update(state=Interview.State.CANCELLED)
    submit(hiring.seat(0, 0), 4)
    assert may_compare(hiring.raters[0], hiring.campaign)


def test_who_reaches_whom(hiring, member: Callable[..., User]) -> None:  # type: ignore[no-untyped-def]
    assert reach.campaigns(hiring.manager).get() == hiring.campaign
    assert reach.seats(hiring.raters[0]).count() == 3 and not reach.seats(hiring.manager).exists()
    assert not reach.candidates(hiring.raters[0]).exists(), "interviewers see their own seats and nothing else"
    coach = member("coach", hiring.team)
    assert not reach.campaigns(coach).exists() and not reach.candidates(coach).exists()
    candidate = member("candidate", hiring.team)
    assert not reach.candidacies(candidate).exists()
    hiring.candidates[0].user = candidate
    hiring.candidates[0].save()
    assert reach.candidacies(candidate).get() == hiring.candidates[0]
