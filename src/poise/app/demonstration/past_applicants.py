"""Who applied in the demo's closed round, how far each came, and what was said of it. All of them are invented.

Names are put together by lot, from given names that tell nobody's sex; groups are drawn by a plan, never from names.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Final

from poise.app.interviews.campaigns.models import Candidate

__all__ = ["REASONS", "Applicant", "applicants"]

# fmt: off
_GIVEN: Final = (
    "Alex", "Ariel", "Charlie", "Dana", "Eden", "Jamie", "Jo", "Kim", "Lee", "Maxi", "Noam", "Robin", "Sam", "Sascha",
)
_FAMILY: Final = (
    "Abara", "Bakker", "Castell", "Dahan", "Ekberg", "Farrow", "Gilmore", "Hoang", "Ismail", "Jansen", "Koren", "Lund",
)
# fmt: on
#: race or ethnicity → how many applied, went on to the second talk, were offered the job
_GROUPS: Final = {
    "white": (20, 12, 4),
    "black": (9, 5, 2),
    "asian": (7, 4, 1),
    "hispanic": (9, 3, 1),
    "several": (3, 2, 1),
    "pacific": (2, 1, 0),
    "": (10, 4, 1),  # did not say
}
#: what was decided → why
REASONS: Final = {
    "advance": (
        "Both raters quote help that nobody had asked for. The second talk is about a full pier.",
        "Says back what was heard before answering, in the quotes of both raters. We want to see it at the pier.",
        "Stays with the person who shouts and finds out what is wrong. The second talk asks for more of it.",
    ),
    "hire": (
        "Both talks show the same: listens, helps before being asked, and stays calm. We offer the job.",
        "The second talk bore out the first, with quotes from other days and places. We offer the job.",
    ),
    "decline": (
        "The answers stay below the anchors of level 3 on helping and listening, and the quotes bear that out.",
        "Others answered closer to what the job asks for, in the quotes of both raters on all three traits.",
    ),
}


@dataclass(slots=True)
class Applicant:
    """Somebody of that round.

    Attributes
    ----------
    came
        How many decisions were in their favour: on to the second talk, the job.
    withdrew
        Before the first talk.
    candidate
        Their row, once it is made.
    """

    name: str
    sex: str
    ethnicity: str
    came: int
    withdrew: bool = False
    candidate: Candidate = field(default_factory=Candidate)


def applicants(dice: random.Random) -> list[Applicant]:
    """Return all who applied, in the order in which they are talked to."""
    names = [f"{given} {family}" for given in _GIVEN for family in _FAMILY]
    dice.shuffle(names)
    found: list[Applicant] = []
    for ethnicity, (people, forward, hired) in _GROUPS.items():
        for number in range(people):
            came = 2 if number < hired else 1 if number < forward else 0
            # of those who kept one thing to themselves one told the other
            tells_sex = ethnicity or number == people - 2
            sex = ("female", "male")[len(found) % 2] if tells_sex else ""
            found.append(Applicant(names[len(found)], sex, ethnicity, came))
    found[-1].withdrew = True
    dice.shuffle(found)
    return found
