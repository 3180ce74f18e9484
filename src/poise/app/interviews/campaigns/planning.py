"""Who interviews whom, and when: proposals that a person may change.

Ratings can only be compared where raters are linked: where Ann is rated by Bo alone, and Cy by Di alone, a good Ann
cannot be told from a lenient Bo. So a proposal spreads the work evenly, seats every two raters together as early as it
can, and says in which parts the design falls apart where it does. Nothing here knows the database.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import combinations
from typing import Final, TypeAlias

from poise.estimation.rasch_design import subsets

__all__ = ["Design", "Meeting", "Panel", "Window", "assign", "design_of", "timetable"]

_STEP: Final = timedelta(minutes=5)
_MOST_TRIES: Final = 5_000
"""How many changes are tried to link a design better."""
_Change: TypeAlias = tuple[int, int, int]  # candidate, who leaves the seat, who takes it


@dataclass(frozen=True, slots=True)
class Panel:
    """A proposal.

    Attributes
    ----------
    seats
        By candidate, the raters; the first asks.
    lacking
        By candidate, how many seats found no rater.
    """

    seats: dict[int, tuple[int, ...]]
    lacking: dict[int, int]


def assign(
    candidates: Sequence[int],
    raters: Sequence[int],
    each: int,
    *,
    most: Mapping[int, int] | None = None,
    barred: Collection[tuple[int, int]] = (),
    held: Mapping[int, Sequence[int]] | None = None,
) -> Panel:
    """Propose raters for every candidate.

    Parameters
    ----------
    candidates, raters
        Keys; those of ``held`` need not be among them.
    each
        How many raters an interview has.
    most
        By rater, how many of these candidates they can take; a rater who is not named has no limit.
    barred
        Pairs (candidate, rater) that must not meet.
    held
        Seats that there are already, by candidate: they count as links and as work, and are not proposed again.

    Notes
    -----
    Candidates one by one; each gets those who have least work, among these those who link parts of the design that
    are not linked yet, then those who sat together least. Then raters of two interviews change places as long as that
    links more. Without limits, bars and earlier seats nobody's work differs from another's by more than one, unless
    there are too few interviews to link everybody: comparing all candidates is worth more than using every rater.
    """
    work = _Work(raters, dict(most or {}), frozenset(barred), {key: list(one) for key, one in (held or {}).items()})
    for candidate in candidates:
        work.fill(candidate, each)
    if each > 1:
        work.link_up(candidates)
    seats = {candidate: tuple(work.proposed[candidate]) for candidate in candidates}
    lacking = {candidate: each - len(one) for candidate, one in seats.items() if len(one) < each}
    return Panel(_leads(seats), lacking)


@dataclass
class _Work:
    raters: Sequence[int]
    most: dict[int, int]
    barred: frozenset[tuple[int, int]]
    held: dict[int, list[int]]
    proposed: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.load = dict.fromkeys(self.raters, 0)
        self.together: dict[frozenset[int], int] = {}
        self.part = {rater: rater for rater in self.raters}
        for seated in self.held.values():
            for number, rater in enumerate(seated):
                self.load[rater] = self.load.get(rater, 0) + 1
                self.part.setdefault(rater, rater)
                for other in seated[:number]:
                    self._meet(rater, other)

    def fill(self, candidate: int, each: int) -> None:
        """Choose raters for one candidate."""
        seated = self.proposed.setdefault(candidate, [])
        while len(seated) < each:
            free = [one for one in self.raters if self._can(candidate, one) and one not in seated]
            if not free:
                return
            seated.append(min(free, key=lambda rater: self._cost(rater, seated)))
            rater = seated[-1]
            self.load[rater] += 1
            for other in seated[:-1]:
                self._meet(rater, other)

    def _can(self, candidate: int, rater: int) -> bool:
        taken = sum(rater in one for one in self.proposed.values()) if rater in self.most else 0
        return (candidate, rater) not in self.barred and (rater not in self.most or taken < self.most[rater])

    def _cost(self, rater: int, seated: list[int]) -> tuple[int, bool, int]:
        linked = any(self._root(rater) == self._root(other) for other in seated)
        return self.load[rater], linked, sum(self.together.get(frozenset((rater, other)), 0) for other in seated)

    def _meet(self, one: int, other: int) -> None:
        pair = frozenset((one, other))
        self.together[pair] = self.together.get(pair, 0) + 1
        self.part[self._root(one)] = self._root(other)

    def _root(self, rater: int) -> int:
        while self.part[rater] != rater:
            rater = self.part[rater]
        return rater

    def link_up(self, candidates: Sequence[int]) -> None:
        """Change raters while that makes fewer parts, or seats more pairs of them together.

        First two raters of two interviews change places, which leaves everybody's work as it is; where that is not
        enough to link the parts, somebody takes another's seat.
        """
        left = _MOST_TRIES
        score = self._score()
        for moves in (self._swaps, self._replacements):
            better = True
            while better and score > (1, 0) and left > 0:
                better = False
                for move in moves(candidates):
                    left -= 1
                    self._do(move)
                    now = self._score()
                    # a seat changes hands for the sake of comparing everybody, not of a pair that has not met
                    if now < score and (moves == self._swaps or now[0] < score[0]):
                        score, better = now, True
                        break
                    self._do([(candidate, new, old) for candidate, old, new in move])
                    if left <= 0:
                        break

    def _swaps(self, candidates: Sequence[int]) -> Iterator[list[_Change]]:
        for first, second in combinations(candidates, 2):
            for one in tuple(self.proposed[first]):
                for other in tuple(self.proposed[second]):
                    if (
                        one not in self.proposed[second]
                        and other not in self.proposed[first]
                        and (first, other) not in self.barred
                        and (second, one) not in self.barred
                    ):
                        yield [(first, one, other), (second, other, one)]

    def _replacements(self, candidates: Sequence[int]) -> Iterator[list[_Change]]:
        for candidate in candidates:
            for old in tuple(self.proposed[candidate]):
                for new in sorted(self.raters, key=lambda rater: self.load[rater]):
                    if new not in self.proposed[candidate] and self._can(candidate, new):
                        yield [(candidate, old, new)]

    def _do(self, changes: list[_Change]) -> None:
        for candidate, old, new in changes:
            self.proposed[candidate][self.proposed[candidate].index(old)] = new
            self.load[old] -= 1
            self.load[new] += 1

    def _score(self) -> tuple[int, int]:
        """In how many parts those fall who rate, linked by candidates in common; how many pairs never meet."""
        part = {rater: rater for rater in self.load}

        def root(rater: int) -> int:
            while part[rater] != rater:
                rater = part[rater]
            return rater

        met = set()
        at_work = set()
        for seated in [*self.proposed.values(), *self.held.values()]:
            at_work.update(seated)
            for one, other in combinations(seated, 2):
                met.add(frozenset((one, other)))
                part[root(one)] = root(other)
        return len({root(one) for one in at_work}), len(at_work) * (len(at_work) - 1) // 2 - len(met)


def _leads(seats: dict[int, tuple[int, ...]]) -> dict[int, tuple[int, ...]]:
    """Put first in each interview who has asked least so far."""
    asked: dict[int, int] = {}
    found = {}
    for candidate, raters in seats.items():
        if raters:
            lead = min(raters, key=lambda one: asked.get(one, 0))
            asked[lead] = asked.get(lead, 0) + 1
            raters = (lead, *(one for one in raters if one != lead))
        found[candidate] = raters
    return found


@dataclass(frozen=True, slots=True)
class Design:
    """How a plan hangs together.

    Attributes
    ----------
    parts
        Candidates who can be compared with each other, the largest part first; one part where all can.
    links
        Who must rate whom, as (candidate, rater), so that all can be compared: the fewest that do it.
    strangers
        Pairs of raters with no candidate in common. Only linked through others, which is less sure.
    """

    parts: tuple[tuple[int, ...], ...]
    links: tuple[tuple[int, int], ...]
    strangers: tuple[tuple[int, int], ...]

    @property
    def connected(self) -> bool:
        """Whether all can be compared."""
        return len(self.parts) <= 1


def design_of(seats: Mapping[int, Collection[int]]) -> Design:
    """Say how seats hang together; the recorded interview is one of the candidates here."""
    pairs = [(candidate, rater) for candidate, raters in seats.items() for rater in raters]
    if not pairs:
        return Design((), (), ())
    people = list(dict.fromkeys(candidate for candidate, _ in pairs))
    raters = list(dict.fromkeys(rater for _, rater in pairs))
    found, links = subsets(
        [people.index(candidate) for candidate, _ in pairs], ([raters.index(rater) for _, rater in pairs],)
    )
    met = {frozenset(pair) for panel in seats.values() for pair in combinations(panel, 2)}
    return Design(
        tuple(tuple(people[one] for one in subset.persons) for subset in found),
        tuple((people[link.person], raters[link.levels[0]]) for link in links),
        tuple(pair for pair in combinations(raters, 2) if frozenset(pair) not in met),
    )


@dataclass(frozen=True, slots=True)
class Meeting:
    """An interview that wants a time: who has to be there, for how many minutes, from which day on."""

    key: int
    people: frozenset[Hashable]
    minutes: int
    earliest: date


@dataclass(frozen=True, slots=True)
class Window:
    """Days and hours in which interviews may be, by the clock on the wall of ``zone``.

    ``weekdays`` are 0 for Monday to 6; ``pause`` is the minutes that everybody has to themselves in between.
    """

    first: date
    last: date
    opens: time
    closes: time
    zone: tzinfo
    weekdays: frozenset[int] = frozenset(range(5))
    pause: int = 15

    def starts(self) -> Iterator[datetime]:
        """Every five minutes of it. Times that the change to summer time leaves out are left out here, too."""
        day = self.first
        while day <= self.last:
            if day.weekday() in self.weekdays:
                clock = datetime.combine(day, self.opens)
                while clock < datetime.combine(day, self.closes):
                    start = clock.replace(tzinfo=self.zone)
                    if _exists(start):
                        yield start
                    clock += _STEP
            day += timedelta(days=1)


def _exists(wall: datetime) -> bool:
    return wall.astimezone(UTC).astimezone(wall.tzinfo).replace(tzinfo=None) == wall.replace(tzinfo=None)


def timetable(
    meetings: Sequence[Meeting], window: Window, busy: Mapping[Hashable, Iterable[tuple[datetime, datetime]]]
) -> dict[int, datetime | None]:
    """Propose a start for each meeting, the earliest at which everybody is free; None where there is none.

    Who may come first gets a time first. ``busy`` are instants (from, to) at which somebody is elsewhere.
    """
    pause = timedelta(minutes=window.pause)
    starts = list(window.starts())
    taken = {who: [(begin, end) for begin, end in times] for who, times in busy.items()}
    found: dict[int, datetime | None] = {}
    for one in sorted(meetings, key=lambda meeting: meeting.earliest):
        lasts = timedelta(minutes=one.minutes)
        found[one.key] = next((start for start in starts if _fits(one, start, lasts, pause, window, taken)), None)
        start = found[one.key]
        if start is not None:
            for who in one.people:
                taken.setdefault(who, []).append((start, start.astimezone(UTC) + lasts))
    return {one.key: found[one.key] for one in meetings}


def _fits(
    meeting: Meeting,
    start: datetime,
    lasts: timedelta,
    pause: timedelta,
    window: Window,
    taken: Mapping[Hashable, list[tuple[datetime, datetime]]],
) -> bool:
    # minutes are counted in UTC: on the wall an hour can be missing or be there twice
    begins, ends = start.astimezone(UTC), start.astimezone(UTC) + lasts
    wall = ends.astimezone(window.zone)
    if start.date() < meeting.earliest or wall.date() != start.date() or wall.time() > window.closes:
        return False
    return not any(
        begins < end + pause and begin < ends + pause for who in meeting.people for begin, end in taken.get(who, ())
    )
