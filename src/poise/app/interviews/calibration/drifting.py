"""When a calibrated rater should practise again: severity drifts with every interview, and with time.

A rater's drift itself is seen in the panel's fit; here is only the rule that asks for a refresher in time. It does not
block rating: whoever is due sees it, and so does the manager.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from poise.app.interviews.calibration.passing import Standing, State
from poise.app.interviews.campaigns.models import Seat

__all__ = ["DAYS", "INTERVIEWS", "Refresher", "refreshers"]

INTERVIEWS: Final = 15
"""Own submitted interviews after which a refresher is due: ratings of consultations drift after 15 to 20."""
DAYS: Final = 90
"""Days after which it is due in any case: a choice, there is no figure for it."""


@dataclass(frozen=True, slots=True)
class Refresher:
    """How far a calibrated rater is from the next round.

    Attributes
    ----------
    interviews
        Own interviews submitted since the pass.
    until
        When it is due by time.
    due
        Whether it is due now, by interviews or by time.
    """

    interviews: int
    until: datetime
    due: bool


def refreshers(standings: Mapping[tuple[int, int], Standing], now: datetime) -> dict[tuple[int, int], Refresher]:
    """The refresher of every standing that is a pass, by the same keys. One query, however many there are."""
    passes = {key: one.since for key, one in standings.items() if one.state is State.PASSED and one.since is not None}
    submitted = _submitted({rater for rater, _ in passes}, min(passes.values(), default=now))
    found = {}
    for (rater, version), since in passes.items():
        times = submitted.get(rater, [])
        interviews = len(times) - bisect_right(times, since)
        until = since + timedelta(days=DAYS)
        found[rater, version] = Refresher(interviews, until, interviews >= INTERVIEWS or now >= until)
    return found


def _submitted(raters: Iterable[int], since: datetime) -> dict[int, list[datetime]]:
    found: dict[int, list[datetime]] = defaultdict(list)
    seats = Seat.objects.filter(rater__in=raters, submitted_at__gt=since).order_by("submitted_at")
    for rater, at in seats.values_list("rater_id", "submitted_at"):
        if at is not None:
            found[rater].append(at)
    return found
