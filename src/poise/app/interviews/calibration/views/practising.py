"""A rater's own practice: where they stand, a round answer by answer, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from poise.app.access import Capability, needs
from poise.app.accounts.models import User
from poise.app.interviews import reach
from poise.app.interviews.calibration import drifting, rounds
from poise.app.interviews.calibration.choosing import published, to_practise
from poise.app.interviews.calibration.forms import RatingForm
from poise.app.interviews.calibration.material import ANSWERS, unpractised
from poise.app.interviews.calibration.models import PracticeRating, Round
from poise.app.interviews.calibration.passing import Standing, can_be_practised, standings
from poise.app.interviews.calibration.views.rule import rule
from poise.app.interviews.kits.laying import Level, Said, levels_of, said
from poise.app.interviews.kits.models import KitVersion
from poise.app.knowledge.bank import item_bank
from poise.languages import LANGUAGES as TONGUES
from poise.reports.titles import titles

__all__ = ["answer", "begin", "front", "kit", "one_round"]

_A_PAGE: Final = 20
_EARLIER: Final = 10


@dataclass(frozen=True, slots=True)
class _Line:
    """Where the reader stands with one version; ``rated`` is None where no round is under way."""

    version: KitVersion
    standing: Standing
    refresher: drifting.Refresher | None
    rated: int | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question of a practice answer, as ``kits/asked.html`` shows it."""

    said: Said
    levels: list[Level]


@dataclass(frozen=True, slots=True)
class _Rated:
    """One line of a finished round."""

    number: int
    trait: str
    level: int
    expert: int


def _lines(user: User, versions: list[KitVersion]) -> list[_Line]:
    found = standings([user.pk], versions)
    refreshers = drifting.refreshers(found, timezone.now())
    begun = Round.objects.filter(rater=user, kit__in=versions, finished_at=None).annotate(done=Count("ratings"))
    rated = dict(begun.values_list("kit_id", "done"))
    return [
        _Line(one, found[user.pk, one.pk], refreshers.get((user.pk, one.pk)), rated.get(one.pk)) for one in versions
    ]


@needs(Capability.INTERVIEW)
@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Where the reader stands with each kit."""
    page = Paginator(to_practise(request.user, Capability.INTERVIEW), _A_PAGE).get_page(request.GET.get("page"))
    lines = _lines(cast("User", request.user), list(page.object_list))
    return render(request, "calibration/front.html", {"page": page, "lines": lines, "rule": rule()})


@needs(Capability.INTERVIEW)
@require_safe
def kit(request: HttpRequest, key: int) -> HttpResponse:
    """One kit: the rule before the round, what is practised, and the reader's earlier rounds."""
    version = get_object_or_404(published(request.user, Capability.INTERVIEW), pk=key)
    user = cast("User", request.user)
    content = version.read()
    names = titles(get_language() or "en")
    lacking = unpractised(content, item_bank())
    context = {
        "version": version,
        "line": _lines(user, [version])[0],
        "rule": rule(),
        "possible": can_be_practised(content),
        "practised": [names.trait(trait) for trait in content.traits if trait not in lacking],
        "lacking": [names.trait(trait) for trait in lacking],
        "earlier": Round.objects.filter(rater=user, kit=version, passed__isnull=False)[:_EARLIER],
    }
    return render(request, "calibration/kit.html", context)


@needs(Capability.INTERVIEW)
@require_POST
def begin(request: HttpRequest, key: int) -> HttpResponse:
    """Start a round, or go on with the one under way."""
    version = get_object_or_404(published(request.user, Capability.INTERVIEW), pk=key)
    if not can_be_practised(version.read()):
        messages.error(request, _("There are too few practice answers for this kit."))
        return redirect("calibration_kit", key)
    return redirect("calibration_round", rounds.start(cast("User", request.user), version).pk)


def _own(request: HttpRequest, key: int) -> Round:
    kits = reach.kits(request.user, Capability.INTERVIEW)
    mine = Round.objects.filter(rater=cast("User", request.user), kit__kit__in=kits)
    return get_object_or_404(mine.select_related("kit__kit__team"), pk=key)


@needs(Capability.INTERVIEW)
@require_safe
def one_round(request: HttpRequest, key: int) -> HttpResponse:
    """What a finished round came to; of one under way, the answer that is next."""
    found = _own(request, key)
    done = rounds.rated(found)
    result = rounds.result_of(found)
    if result is None:
        return redirect("calibration_answer", key, len(done) + 1)
    content, names = found.kit.read(), titles(get_language() or "en")
    traits = {one.id: one.trait or "" for one in content.questions}
    questions = dict(found.answers)
    lines = [
        _Rated(number, names.trait(traits[questions[one.answer]]), one.level, one.expert)
        for number, one in enumerate(done, 1)
    ]
    context = {"round": found, "result": result, "lines": lines, "rule": rule()}
    return render(request, "calibration/result.html", context)


@needs(Capability.INTERVIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, key: int, number: int) -> HttpResponse:
    """One practice answer: to be rated if it is its turn; with what the experts say once it was; else not there."""
    found = _own(request, key)
    done = rounds.rated(found)
    practised = rounds.shown(found, number) if number <= len(done) + 1 else None
    if practised is None:
        if number == len(done) + 1 and found.finished_at is None:
            messages.info(request, _("This round cannot go on, because what is practised has changed. Start another."))
            return redirect("calibration_kit", found.kit_id)
        raise Http404
    form = None
    if number > len(done):
        form = RatingForm(request.POST or None, answers=practised.answer.answer.values())
        if request.method == "POST" and form.is_valid():
            rounds.rate(found, number, level=form.cleaned_data["level"], reason=form.cleaned_data["reason"])
            return redirect("calibration_answer", key, number)
    elif request.method == "POST":
        messages.info(request, _("You have rated this answer already. Your first rating stays."))
        return redirect("calibration_answer", key, number)
    context = {"round": found, "number": number, "answers": ANSWERS, "form": form, **_laid(practised)}
    if form is None:
        context |= _disclosed(practised, done[number - 1])
    return render(
        request, "calibration/answer.html", context, status=422 if form is not None and form.is_bound else 200
    )


def _laid(practised: rounds.Shown) -> dict[str, object]:
    """The question and the answer in one language: the reader's, where the kit is written in it."""
    question = said(practised.question.text, get_language() or "en")
    if question is None:
        raise Http404
    return {
        "asked": _Asked(question, levels_of(practised.question, question.code)),
        "trait": titles(get_language() or "en").trait(practised.question.trait or ""),
        "code": question.code,
        "direction": str(TONGUES[question.code].direction),
        "words": practised.answer.answer[question.code],
    }


def _disclosed(practised: rounds.Shown, rating: PracticeRating) -> dict[str, object]:
    """What is shown only after the rating: the experts' level, the words that decide it, and why."""
    code = str(_laid(practised)["code"])
    before, quote, after = practised.answer.answer[code].partition(practised.answer.quote[code])
    return {
        "rating": rating,
        "difference": rating.level - rating.expert,
        "apart": abs(rating.level - rating.expert),
        "pieces": (before, quote, after),
        "why": practised.answer.why[code],
    }
