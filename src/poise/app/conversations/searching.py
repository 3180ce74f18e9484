"""Search over all conversations that a reader reaches: words in the database's own index, and filters.

What people type is never syntax of the database: it is cut into words and quoted phrases here, and each is asked for
as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from poise.app.conversations.models import Conversation, Participant
from poise.app.people.models import Evidence, Person
from poise.reports.quotes import clean

__all__ = ["A_PAGE", "Asked", "Mark", "Results", "Wanted", "match", "read_words", "search", "snippet"]

A_PAGE: Final = 25
_MOST_WORDS: Final = 12
_LONGEST: Final = 60  # characters of one word: longer ones are no words
_WHOLE: Final = 200  # characters of words that stand together
_AROUND: Final = 70
_WORD: Final = re.compile(r"[^\W_]+")
_NEXT_TURN: Final = re.compile(r"\n\s*")
_ASKED: Final = re.compile(r'(-?)"([^"]*)"|(\S+)')


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that is asked for: a word, or words that stand together; ``not_`` where it must not be there.

    ``open`` is a word that may go on (``deliver*``); ``text`` is what was typed.
    """

    words: tuple[str, ...]
    text: str
    not_: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. Behaviours are those of the filter and its trait; empty means any conversation.

    Attributes
    ----------
    behaviours
        In the evidence of one of ``people``.
    missed
        Whether they were called for and not shown, rather than shown.
    people
        Within the reader's reach; None for everybody there.
    """

    words: tuple[Asked, ...] = ()
    behaviours: tuple[str, ...] = ()
    missed: bool = False
    people: QuerySet[Person] | None = None
    since: date | None = None
    until: date | None = None
    channel: str = ""
    language: str = ""
    anger: int = 0


@dataclass(frozen=True, slots=True)
class Results:
    """One page: latest first, those without a date last. ``next`` is where the next page begins; empty at the end."""

    found: list[Conversation] = field(default_factory=list)
    next: str = ""


def read_words(text: str) -> tuple[Asked, ...]:
    """Return what a line asks for: words, ``"words together"``, ``begin*``, and ``-not`` before any of them.

    Anything can be typed; what has no letter or digit asks for nothing. At most a dozen things are looked for.
    """
    found = []
    for minus, quoted, plain in _ASKED.findall(text.replace("\0", " ")):
        rest = plain
        if plain.startswith("-"):
            minus, rest = "-", plain[1:]
        said = (quoted or rest)[:_WHOLE]
        words = tuple(one for one in _WORD.findall(said) if len(one) <= _LONGEST)
        if words:
            found.append(Asked(words, said, bool(minus), rest.endswith("*") and not quoted))
    return tuple(found[:_MOST_WORDS])


def match(words: Sequence[Asked]) -> tuple[str, list[str]] | None:
    """Return the SQL condition on ``conversations_searchtext.conversation_id`` and its values; None for no words.

    Each goes in as a value: an FTS5 string, or plain text for PostgreSQL's own parser.
    """
    wanted = [one for one in words if not one.not_]
    unwanted = [one for one in words if one.not_]
    if not wanted and not unwanted:
        return None
    if connection.vendor == "postgresql":
        queries, values = zip(*map(_tsquery, words), strict=True)
        return f"document @@ ({' && '.join(queries)})", list(values)
    conditions: list[str] = []
    sought: list[str] = []
    searched = "conversation_id {} (SELECT rowid FROM conversations_search WHERE conversations_search MATCH %s)"
    if wanted:
        conditions.append(searched.format("IN"))
        sought.append(" AND ".join(map(_fts5, wanted)))
    if unwanted:
        conditions.append(searched.format("NOT IN"))
        sought.append(" OR ".join(map(_fts5, unwanted)))
    return " AND ".join(conditions), sought


def _fts5(one: Asked) -> str:
    return '"' + " ".join(one.words) + '"' + (" *" if one.open else "")


def _tsquery(one: Asked) -> tuple[str, str]:
    """Return the query of one thing and its value: cut into words by the parser that cut the texts."""
    if one.open and len(one.words) == 1:
        query, value = "to_tsquery('simple', %s)", f"'{one.words[0]}':*"
    else:
        query, value = "phraseto_tsquery('simple', %s)", one.text
    return (f"(!! {query})" if one.not_ else query), value


def search(reached: QuerySet[Conversation], wanted: Wanted, after: str = "") -> Results:
    """Return one page of the conversations that fit. At most two queries.

    Parameters
    ----------
    reached
        Those that the reader may see.
    after
        ``next`` of the page before. Anything else begins at the beginning.
    """
    found = _filtered(reached, wanted)
    dated = found.filter(started_at__isnull=False).order_by("-started_at", "-id")
    undated = found.filter(started_at__isnull=True).order_by("-id")
    at, key = _place(after)
    rows: list[Conversation] = []
    if key is None or at is not None:
        if at is not None and key is not None:
            dated = dated.filter(Q(started_at__lt=at) | Q(started_at=at, pk__lt=key), started_at__lte=at)
        rows = list(dated[: A_PAGE + 1])
    elif key is not None:
        undated = undated.filter(pk__lt=key)
    if len(rows) <= A_PAGE:
        rows += undated[: A_PAGE + 1 - len(rows)]
    more = len(rows) > A_PAGE
    rows = rows[:A_PAGE]
    return Results(rows, _after(rows[-1]) if more else "")


def _after(last: Conversation) -> str:
    moment = "" if last.started_at is None else last.started_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
    return f"{moment}-{last.pk}"


def _place(after: str) -> tuple[datetime | None, int | None]:
    parts = re.fullmatch(r"(\d{8}T\d{12})?-(\d{1,18})", after, re.ASCII)
    if parts is None:
        return None, None
    try:
        at = datetime.strptime(parts[1], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC) if parts[1] else None
    except ValueError:
        return None, None
    return at, int(parts[2])


def _filtered(found: QuerySet[Conversation], wanted: Wanted) -> QuerySet[Conversation]:
    given: dict[str, Any] = {"channel": wanted.channel, "language": wanted.language}
    found = found.filter(**{name: value for name, value in given.items() if value})
    if wanted.anger:
        found = found.filter(arrival_anger__gte=wanted.anger)
    if wanted.since is not None:
        found = found.filter(started_at__gte=_midnight(wanted.since))
    if wanted.until is not None:
        found = found.filter(started_at__lt=_midnight(wanted.until) + timedelta(days=1))
    if wanted.behaviours:
        evidence = Evidence.objects.filter(conversation=OuterRef("pk"), behaviour__in=wanted.behaviours)
        evidence = evidence.filter(opportunities__gt=F("hits")) if wanted.missed else evidence.filter(hits__gt=0)
        if wanted.people is not None:
            evidence = evidence.filter(person__in=wanted.people)
        found = found.filter(Exists(evidence))
    elif wanted.people is not None:
        found = found.filter(Exists(Participant.objects.filter(conversation=OuterRef("pk"), person__in=wanted.people)))
    condition = match(wanted.words)
    if condition is not None:
        statement, values = condition
        found = found.filter(
            pk__in=RawSQL(f"SELECT conversation_id FROM conversations_searchtext WHERE {statement}", values)
        )
    return found


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece of a snippet; ``marked`` where it is what was asked for."""

    text: str
    marked: bool = False


def snippet(text: str, words: Sequence[Asked]) -> list[Mark]:
    """Return the words around the first place that was asked for, all such places in it marked.

    A dot stands between what one person said and the next.
    """
    text = _NEXT_TURN.sub(" · ", text.strip())
    wanted = [one for one in words if not one.not_]
    if not wanted:
        return [Mark(_cut(clean(text[: 3 * _AROUND])))] if text else []
    patterns = [
        r"[\W_]+".join(re.escape(word) for word in one.words) + ("" if one.open else r"(?!\w)") for one in wanted
    ]
    either = re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})", re.IGNORECASE)
    first = either.search(text)
    if first is None:
        return [Mark(_cut(clean(text[: 3 * _AROUND])))]
    begin, stop = max(0, first.start() - _AROUND), min(len(text), first.end() + 2 * _AROUND)
    if begin:
        begin = text.find(" ", begin, first.start()) + 1 or first.start()
    if stop < len(text):
        stop = max(text.rfind(" ", first.end(), stop), first.end())
    marks = [Mark("… ")] if begin else []
    last = begin
    for found in either.finditer(text, begin, stop):
        marks += [Mark(clean(text[last : found.start()])), Mark(clean(found.group()), True)]
        last = found.end()
    marks.append(Mark(clean(text[last:stop]) + (" …" if stop < len(text) else "")))
    return [one for one in marks if one.text]


def _cut(text: str) -> str:
    """Return the beginning of a text, ended at a word."""
    if len(text) < 2 * _AROUND:
        return text
    head, blank, _ = text[: 2 * _AROUND].rpartition(" ")
    return (head if blank else text[: 2 * _AROUND]) + " …"
