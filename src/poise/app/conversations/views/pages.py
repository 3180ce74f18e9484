"""Reading one conversation, and finding conversations."""

from __future__ import annotations

from typing import Any, Final, cast

from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_bidi
from django.views.decorators.http import require_safe

from poise.app.access import Capability, may, needs
from poise.app.accounts.models import Team, User
from poise.app.audit.log import record_views
from poise.app.conversations.forms import SearchForm
from poise.app.conversations.models import Contest, Conversation, Participant, SearchText
from poise.app.conversations.opening import open_conversation
from poise.app.conversations.page import lay_out, tallies
from poise.app.conversations.reach import conversations_within, covers
from poise.app.conversations.searching import Wanted, read_words, search, snippet
from poise.app.conversations.timeline import WIDTH, timeline
from poise.app.people.models import Evidence, Person
from poise.app.people.reading import PURPOSE, names, within, words
from poise.model import ASSESSED
from poise.reports import wording

__all__ = ["conversation", "search_"]

_KEPT: Final = 300  # seconds for which the channels and languages that there are may be out of date


@needs(Capability.VIEW_CONVERSATION)
@require_safe
def conversation(request: HttpRequest, key: int) -> HttpResponse:
    """The turns as they were, with what was found in them.

    ``?behaviour=`` shows that of one behaviour only; ``#found`` is the first place with something found.
    """
    opened = open_conversation(request, key)
    record_views((one.pk for one in opened.people), purpose=opened.conversation.purpose, page="conversation")
    chosen = request.GET.get("behaviour", "")
    known = names()
    chosen = chosen if chosen in known.behaviours else ""
    shown = [one for one in opened.findings if not chosen or one.behaviour == chosen]
    turns = list(opened.conversation.turns.defer("words").order_by("number"))
    events = list(opened.conversation.events.defer("data").order_by("number"))
    user = cast("User", request.user)
    laid = lay_out(opened.conversation, turns, events, opened.participants, shown)
    return render(
        request,
        "conversations/conversation.html",
        {
            "conversation": opened.conversation,
            "people": opened.people,
            "laid": laid,
            "first": laid.first,
            "participants": opened.participants,
            "tallies": tallies(opened.findings),
            "chosen": chosen,
            "chosen_title": known.behaviour(chosen) if chosen else "",
            "timeline": timeline(turns, mirrored=get_language_bidi()),
            "width": WIDTH,
            "may_contest": {one.pk for one in opened.people if covers(user, Capability.CONTEST, one)},
            "may_confirm": {
                one.pk
                for one in opened.people
                if covers(user, Capability.DECIDE_CONTEST, one) and one.user_id != user.pk
            },
            "hit": Contest.Kind.HIT,
        },
    )


def _values(column: str) -> list[str]:
    """Return the channels or languages that there are; kept for a while, because all conversations are looked at."""
    kept: list[str] | None = cache.get(f"conversations:{column}")
    if kept is None:
        rows = Conversation.objects.filter(purpose=PURPOSE).exclude(**{column: ""}).order_by(column)
        kept = list(rows.values_list(column, flat=True).distinct()[:50])
        if kept:
            cache.set(f"conversations:{column}", kept, _KEPT)
    return kept


@needs(Capability.VIEW_CONVERSATION)
@require_safe
def search_(request: HttpRequest) -> HttpResponse:
    """Conversations by words, behaviour, trait, person, team, day, channel, language, and what was missed."""
    known, said = names(), words()
    people = within(request.user, Capability.VIEW_CONVERSATION).order_by("name", "pk")
    form = SearchForm(
        request.GET,
        names=known,
        people=people,
        teams=Team.objects.filter(people__in=people.order_by()).distinct().order_by("name"),
        channels=[(one, wording.label(wording.CHANNELS, one, said)) for one in _values("channel")],
        languages=[(one, said.language_name(one)) for one in _values("language")],
    )
    context: dict[str, Any] = {"form": form, "asked": any(form.data.get(name) for name in form.fields)}
    context["may_filter_people"] = may(request.user, Capability.VIEW_TEAM)
    if not form.is_valid():
        return render(request, "conversations/search.html", context, status=422)
    wanted = _wanted(form.cleaned_data, known.acts, people)
    reached = conversations_within(request.user, Capability.VIEW_CONVERSATION)
    results = search(reached, wanted, request.GET.get("after", ""))
    rows = _rows(results.found, wanted, people)
    record_views(sorted({person.pk for row in rows for person in row["people"]}), purpose=PURPOSE, page="conversations")
    context |= {"rows": rows, "next": results.next, "later": bool(request.GET.get("after"))}
    return render(request, "conversations/search.html", context)


def _wanted(given: dict[str, Any], acts: Any, people: QuerySet[Person]) -> Wanted:
    behaviours = tuple(acts(given["trait"])) if given["trait"] else ()
    if given["behaviour"]:
        behaviours = (given["behaviour"],)
    elif given["missed"]:
        known = names()
        behaviours = tuple(one for one in behaviours or known.behaviours if known.sign(one) == "+")
    who = None
    if given["person"] or given["team"] or behaviours:
        who = people.order_by()
        if given["person"]:
            who = who.filter(pk=given["person"].pk)
        if given["team"]:
            who = who.filter(team=given["team"])
    return Wanted(
        words=read_words(given["q"]),
        behaviours=behaviours,
        missed=given["missed"],
        people=who,
        since=given["since"],
        until=given["until"],
        channel=given["channel"],
        language=given["language"],
        anger=given["anger"] or 0,
    )


def _rows(found: list[Conversation], wanted: Wanted, people: QuerySet[Person]) -> list[dict[str, Any]]:
    """Return what a line of the results shows: three queries for all of them."""
    keys = [one.pk for one in found]
    texts = dict(SearchText.objects.filter(pk__in=keys).values_list("pk", "text"))
    assessed: dict[int, dict[int, Person]] = {key: {} for key in keys}
    taking_part = Participant.objects.filter(
        conversation__in=keys, role__in=list(ASSESSED), person__in=people.order_by()
    ).select_related("person")
    for one in taking_part.order_by("pk"):
        if one.person is not None:
            assessed[one.conversation_id][one.person.pk] = one.person
    counts: dict[int, tuple[int, int]] = dict.fromkeys(keys, (0, 0))
    if wanted.behaviours:
        evidence = Evidence.objects.filter(conversation__in=keys, behaviour__in=wanted.behaviours)
        if wanted.people is not None:
            evidence = evidence.filter(person__in=wanted.people)
        for key, hits, opportunities in evidence.values_list("conversation", "hits", "opportunities"):
            shown, missed = counts[key]
            counts[key] = (shown + hits, missed + max(opportunities - hits, 0))
    return [
        {
            "conversation": one,
            "people": list(assessed[one.pk].values()),
            "snippet": snippet(texts.get(one.pk, ""), wanted.words),
            "shown": counts[one.pk][0],
            "missed": counts[one.pk][1],
        }
        for one in found
    ]
