"""Who applies in the demo, who interviews them, and what their answers are worth. All of them are invented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["APPLICANTS", "HELEN", "IDA", "IVAN", "LEANS", "MARTA", "SAMIR", "THREE", "Applicant"]


@dataclass(frozen=True, slots=True)
class Applicant:
    """Somebody who applies.

    Attributes
    ----------
    start
        Of the e-mail address.
    able
        What the answers are worth, on the levels 1 to 5, before any rater's severity.
    raters
        Starts of their addresses; the first asks.
    days
        Working days from today to the interview (behind: below zero); None for no time yet.
    told
        Working days since the notice: at least ten before the interview.
    submitted
        Which of the raters have submitted.
    """

    start: str
    name: str
    language: str
    able: float
    raters: Sequence[str] = ()
    days: int | None = None
    told: int = 32
    submitted: Sequence[str] = ()
    sex: str = ""
    ethnicity: str = ""


HELEN, IVAN, IDA, SAMIR = "hiring-manager", "interviewer", "second-interviewer", "third-interviewer"
MARTA: Final = "second-manager"
#: how many levels a rater gives more than their colleagues on the whole
LEANS: Final = {HELEN: 0.1, IVAN: 0.0, IDA: 0.2, SAMIR: -0.7}
THREE: Final = (IVAN, IDA, SAMIR)

APPLICANTS: Final = (
    Applicant("priya", "Priya Raman", "en", 4.4, THREE, -20, 32, THREE, "female", "asian"),
    Applicant("tomasz", "Tomasz Zieliński", "en", 1.8, (IVAN, SAMIR), -19, 32, (IVAN, SAMIR), "male", "white"),
    Applicant("noa", "נועה בן־דוד", "he", 3.9, (IDA, SAMIR), -17, 31, (IDA, SAMIR), "female", "white"),
    Applicant("kwame", "Kwame Mensah", "en", 3.4, (IDA, HELEN), -14, 30, (IDA, HELEN), "male", "black"),
    Applicant("ingrid", "Ingrid Solheim", "nb", 3.1, (IVAN, IDA), -12, 28, (IVAN, IDA), "female", "white"),
    Applicant("mateo", "Mateo Álvarez", "en", 3.0, (IVAN, IDA), -10, 27, (IVAN, IDA), "male", "hispanic"),
    Applicant("yusuf", "Yusuf Demir", "en", 2.9, (IDA, IVAN), -1, 22, (IDA,), "male", ""),
    Applicant("candidate", "Clara Lindqvist", "en", 3.0, (IVAN, IDA), 2, 14),
    Applicant("aiko", "Aiko Tanaka", "en", 3.0, (SAMIR, IVAN), 4, 14, (), "female", "asian"),
    Applicant("eitan", "איתן שפירא", "he", 3.0, (SAMIR, IDA), None, 2),
)
