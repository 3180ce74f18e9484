"""A candidate's first page, state by state: each sentence is true where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from poise.app.interviews.campaigns import notices
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Stage
from poise.app.interviews.candidacy import asking
from poise.app.interviews.candidacy.standing import standing_of
from poise.app.interviews.decisions.hiring import hire
from poise.app.interviews.decisions.models import Decision
from poise.app.interviews.decisions.objecting import object_to

from .conftest import decided, rate, shown, user_of

TO_COME = (
    "What is assessed, and how",
    "A hiring manager decides",
    "Ask for what you need",
    "Recording: agree",
    "Withdraw my application",
)
"""What stands there as long as something is still assessed."""
BEFORE = (*TO_COME, "You will be asked up to 6 questions", "2 interviewers will listen,")
"""What stands there before the first interview."""
BETWEEN = (*TO_COME, "You are asked up to 6 questions", "2 interviewers listen,")
"""What stands there from the first interview on."""
OVER = (
    "What was assessed, and how",
    "Whoever was interviewed was asked up to 6 questions",
    "Each interviewer listened",
)
"""What stands there from the end on, whatever it is."""
DECIDED = (*OVER, "A hiring manager decided, and said why", "Read my report", "Something is wrong: object")


def words(page: str) -> str:
    """The page's own text, without the frame around it."""
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def test_where_the_application_stands(
    hiring: Any, amal: Candidate, submit: Callable[..., None], client: Client
) -> None:
    def status() -> str:
        amal.refresh_from_db()
        return standing_of(amal).status

    interview = amal.interviews.get()
    Interview.objects.filter(pk=interview.pk).update(starts_at=timezone.now() + timedelta(days=3))
    assert status() == "coming"
    client.force_login(user_of(amal))
    page = shown(client, "candidacy", amal.pk)
    assert "You have an interview." in page and "60 minutes" in page
    file = client.get(reverse("candidacy_calendar", args=[amal.pk, interview.pk]))
    assert file.headers["Content-Type"].startswith("text/calendar") and b"DTSTART" in file.content
    assert client.get(reverse("candidacy_calendar", args=[amal.pk, interview.pk + 1])).status_code == 404
    Interview.objects.filter(pk=interview.pk).update(starts_at=timezone.now() - timedelta(days=1))
    assert status() == "passed"
    Interview.objects.filter(pk=interview.pk).update(state=Interview.State.MISSED)
    assert status() == "passed"
    Interview.objects.filter(pk=interview.pk).update(state=Interview.State.CANCELLED)
    assert status() == "begun"
    Interview.objects.filter(pk=interview.pk).update(state=Interview.State.PLANNED)
    submit(hiring.seat(0, 0), 3)
    assert status() == "rated"
    submit(hiring.seat(0, 1), 3)
    assert status() == "decided_soon"
    decided(hiring, amal, "wait")
    assert status() == "waits"
    Stage.objects.create(campaign=hiring.campaign, number=2, title="Second talk")
    decided(hiring, amal, "advance")
    assert status() == "goes_on"
    decided(hiring, amal, "decline")
    assert status() == "declined"
    decided(hiring, amal, "hire")
    assert status() == "offered"
    hire(amal, hiring.manager)
    assert status() == "started"


@pytest.mark.parametrize("alternative", [False, True])
def test_each_sentence_is_true_in_each_state(
    hiring: Any, amal: Candidate, submit: Callable[..., None], client: Client, alternative: bool
) -> None:
    def page() -> str:
        client.force_login(user_of(amal))
        return words(shown(client, "candidacy", amal.pk))

    def says(lead: str, *others: str, never: tuple[str, ...]) -> None:
        found = page()
        assert lead in found
        missing = [one for one in others if one not in found]
        untrue = [one for one in never if one in found]
        assert (missing, untrue) == ([], []), lead
        assert ("You go through the alternative process" in found) == (alternative and others[0] in TO_COME)
        assert ("You went through the alternative process" in found) == (alternative and others[0] in OVER)

    if alternative:
        asking.take_alternative(amal)
    interviews = Interview.objects.filter(candidate=amal)
    interviews.update(starts_at=None)
    began = (*OVER, *BETWEEN[-2:])
    untold = (*began, "There is a notice", "Read my report", "object")
    says("You get a letter with the time of your interview.", *BEFORE, never=untold)
    notices.give(amal)
    says("There is a notice for you that you have not read yet.", *BEFORE, never=(*began, "Read my report"))
    interviews.update(starts_at=timezone.now() + timedelta(days=3))
    says("You have an interview.", *BEFORE, never=began)
    interviews.update(starts_at=timezone.now() - timedelta(days=1))
    says("The time of your interview has passed.", *BEFORE, never=(*began, "You get a letter"))
    submit(hiring.seat(0, 0), 3)
    to_come = (*OVER, *BEFORE[-2:])
    says("Your interview is being rated.", *BETWEEN, never=to_come)
    rate_others(hiring, submit)
    says("Your interviews are rated.", *BETWEEN, never=to_come)
    Stage.objects.create(campaign=hiring.campaign, number=2, title="Second talk")
    decided(hiring, amal, "advance")
    says("You go on to the next stage.", *BETWEEN, never=(*to_come, "Read my report"))
    never = (*TO_COME[:-1], *BEFORE[-2:], *BETWEEN[-2:], "There is a notice", "Nobody decides")
    decided(hiring, amal, "hire")
    says("You are offered the job.", *DECIDED, "Withdraw my application", never=never)
    decided(hiring, amal, "decline")
    says("You are not considered further. Your report says why.", *DECIDED, never=(*never, "Withdraw"))
    decided(hiring, amal, "hire")
    hire(amal, hiring.manager)
    says("and you have started.", *DECIDED, never=(*never, "Withdraw"))


def rate_others(hiring: Any, submit: Callable[..., None]) -> None:
    """All ratings but the first, which is in."""
    for number, rater in ((0, 1), (1, 0), (1, 1), (2, 0), (2, 1)):
        submit(hiring.seat(number, rater), 3)


def test_whoever_withdrew_is_not_told_that_somebody_decides(amal: Candidate, client: Client) -> None:
    client.force_login(user_of(amal))
    client.post(reverse("candidacy_withdraw", args=[amal.pk]))
    page = words(shown(client, "candidacy", amal.pk))
    assert "You have withdrawn." in page and "Nobody decides about you any more." in page
    assert "What was assessed, and how" in page
    assert not [one for one in (*BEFORE, *BETWEEN, "hiring manager", "my report", "object") if one in page]


@pytest.mark.parametrize("end", ["withdrawn", "declined"])
def test_whoever_was_never_interviewed_is_not_told_that_anybody_listened(
    hiring: Any, amal: Candidate, submit: Callable[..., None], client: Client, end: str
) -> None:
    Campaign.objects.filter(pk=hiring.campaign.pk).update(needs_calibration=True)
    client.force_login(user_of(amal))
    Interview.objects.filter(candidate=amal).update(state=Interview.State.MISSED)
    Candidate.objects.filter(pk=amal.pk).update(state=end)
    page = words(shown(client, "candidacy", amal.pk))
    assert "There was no interview with you, so no answer of yours was rated." in page
    assert not [one for one in (*OVER[1:], *BEFORE, *BETWEEN, "trained", "listen") if one in page]
    Interview.objects.filter(candidate=amal).update(state=Interview.State.PLANNED)
    submit(hiring.seat(0, 0), 3)
    page = words(shown(client, "candidacy", amal.pk))
    assert all(one in page for one in OVER) and "There was no interview" not in page


def test_training_is_promised_where_it_is_asked_for(hiring: Any, amal: Candidate, client: Client) -> None:
    client.force_login(user_of(amal))
    assert "trained" not in words(shown(client, "candidacy", amal.pk))
    Campaign.objects.filter(pk=hiring.campaign.pk).update(needs_calibration=True)
    assert "Nobody rates without having been trained" in words(shown(client, "candidacy", amal.pk))


def test_after_the_end_nothing_is_asked_for_and_what_was_agreed_to_can_be_taken_back(
    hiring: Any, amal: Candidate, submit: Callable[..., None], client: Client
) -> None:
    asking.agree(amal, "recording")
    asking.ask_for(amal, "Questions in writing", no_marks=False)
    rate(hiring, submit)
    decided(hiring, amal)
    client.force_login(user_of(amal))
    first = words(shown(client, "candidacy", amal.pk))
    assert "Recording: take back what you agreed to" in first and "What you asked for" in first
    page = words(shown(client, "candidacy_consents", amal.pk))
    assert "Take back: no recording" in page and "I agree" not in page and "condition of being considered" not in page
    page = words(shown(client, "candidacy_ask", amal.pk))
    assert "Questions in writing" in page and "You can ask" not in page and "alternative" not in page
    assert "If you get the job" not in shown(client, "candidacy_statement", amal.pk)
    address = reverse("candidacy_consents", args=[amal.pk])
    assert client.post(address, {"kind": "detection"}).status_code == 403, "there is nothing left to record"
    assert client.post(address, {"kind": "recording", "withdraw": "1"}).status_code == 302
    first = words(shown(client, "candidacy", amal.pk))
    assert "Recording" not in first


def test_no_page_leads_to_an_objection_that_cannot_be_made(
    hiring: Any, amal: Candidate, submit: Callable[..., None], client: Client
) -> None:
    rate(hiring, submit)
    decided(hiring, amal)
    link = reverse("candidacy_objections", args=[amal.pk])
    client.force_login(user_of(amal))
    for name in ("candidacy", "candidacy_report"):
        assert link in shown(client, name, amal.pk)
    made = object_to(amal, "", "Nobody asked about the bus.", user_of(amal))
    later_decided(amal)
    for name in ("candidacy", "candidacy_report"):
        page = words(shown(client, name, amal.pk))
        assert "My objections" in page and "Something is wrong" not in page and "you can object" not in page
    assert "You could object to any of this until" in page
    assert "The time for objections is over." in shown(client, "candidacy_objections", amal.pk)
    made.delete()
    assert client.get(link).status_code == 404
    for name in ("candidacy", "candidacy_report"):
        assert link not in shown(client, name, amal.pk)


def later_decided(candidate: Candidate) -> None:
    """The decision that holds was taken long ago: decisions are not changed, so another is there."""
    one = candidate.decisions.latest("pk")
    Decision.objects.create(
        candidate=candidate,
        stage=one.stage,
        outcome=one.outcome,
        reason=one.reason,
        seen=one.seen,
        decided_by=one.decided_by,
        decided_at=timezone.now() - timedelta(days=60),
    )
