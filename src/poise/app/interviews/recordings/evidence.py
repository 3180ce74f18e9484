"""What detection finds of the candidate in a recorded interview: evidence of its own source, never a rating.

Only acts that an interview itself calls for are looked for: the greeting, signs of listening, repeating to confirm, and
the kinds of interrupting. What else detection knows (an apology to a customer, an offer) would in an interview be words
*about* service, not service.

Notes
-----
Of a share with h hits on n occasions the rate is the mean of Beta(h + 1/2, n - h + 1/2), of h acts in t minutes that of
Gamma(h + 1/2, t): Jeffreys' priors, since nobody else's interviews say what is usual. The 90 % interval of these is
widened on the link scale by the error that is assumed of a detector which nobody measured on interviews
(:mod:`poise.estimation.detector_error`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

import polars as pl
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from poise.app.conversations.detecting import detector_and_version
from poise.app.interviews.campaigns.models import Candidate, Consent, Interview
from poise.app.interviews.recordings.keeping import consents, tables_of
from poise.app.interviews.recordings.models import Recording
from poise.detection.detector import Detected, Detector
from poise.estimation.detector_error import DetectorAccuracy
from poise.estimation.rates import Beta, Gamma
from poise.knowledge.schema import Behaviour

__all__ = [
    "EXAMINED",
    "LEAST_MINUTES",
    "LEAST_OCCASIONS",
    "TITLES",
    "Act",
    "Evidence",
    "Summary",
    "evidence_of",
    "summary_of",
    "tally",
    "why_not",
]

TITLES: Final[Mapping[str, str | Promise]] = {
    "courtesy.greeting": _("Greets"),
    "listening.paraphrase": _("Repeats in own words what was said"),
    "listening.confirmed": _("Repeats, asks whether that is right, and gets a yes"),
    "listening.backchannel": _("Gives short signs of listening"),
    "listening.interruption": _("Interrupts"),
    "listening.butting_in": _("Talks into the interviewer's sentence"),
    "listening.pause_interruption": _("Takes over in a thinking pause"),
}
"""What each act is called here, where the other side is an interviewer and no customer."""
EXAMINED: Final = tuple(TITLES)
LEAST_OCCASIONS: Final = 5
LEAST_MINUTES: Final = 3.0
_LEVEL: Final = 0.9
_Z: Final = 1.6448536269514722
_UNMEASURED: Final = DetectorAccuracy(name="interviews, unmeasured")


@dataclass(frozen=True, slots=True)
class Act:
    """What was found of one act.

    Attributes
    ----------
    sign
        ``+`` where it is a strength, ``-`` where it is a weakness.
    hits, occasions
        How often it was shown, of how many occasions; of interruptions ``occasions`` is 0.
    minutes
        For how long the interviewer spoke, where acts are counted by the minute.
    rate, low, high
        Share of the occasions, or times a minute, with its 90 % interval; None where there is not enough evidence.
    lacks
        What the transcript would have to say for it to be looked for (:data:`poise.reports.wording.NEEDS`, or
        ``language:…``); empty where it says it.
    """

    behaviour: str
    title: str | Promise
    sign: str
    hits: int
    occasions: int
    minutes: float | None
    rate: float | None
    low: float | None
    high: float | None
    lacks: str = ""

    @property
    def enough(self) -> bool:
        """Whether there is enough evidence for a rate."""
        return self.rate is not None

    @property
    def missed(self) -> int:
        """Occasions that called for it, and it was not shown."""
        return max(self.occasions - self.hits, 0) if self.sign == "+" else 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found in one interview; ``hits`` and ``opportunities`` are the library's tables, of the candidate."""

    interview: int
    language: str
    knowledge: str
    acts: list[Act]
    hits: pl.DataFrame
    opportunities: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Summary:
    """What was found of a candidate over all their recorded interviews."""

    interviews: int
    knowledge: str
    acts: list[Act]


def why_not(recording: Recording | None, candidate: Candidate, agreed: frozenset[str]) -> str:
    """Return why nothing is looked for: ``none``, ``alternative``, ``consent``, ``speakers``; empty where it is."""
    if recording is None:
        return "none"
    if candidate.alternative:
        return "alternative"
    if not {Consent.Kind.RECORDING, Consent.Kind.DETECTION} <= agreed:
        return "consent"
    return "" if recording.speakers_known else "speakers"


def evidence_of(interview: Interview) -> Evidence | None:
    """Return what detection finds of the candidate in an interview.

    None where there is no transcript, the candidate does not agree that a program looks at it or goes through the
    alternative process, or it was not said who is the candidate. Found anew each time and never stored.
    """
    recording = Recording.objects.filter(interview=interview).first()
    candidate = interview.candidate
    if recording is None or why_not(recording, candidate, consents(candidate)):
        return None
    return found_in(recording)


def found_in(recording: Recording) -> Evidence:
    """Run detection over a recording whose speakers are known, or return what this process found in it last time."""
    looking, version = detector_and_version()
    return _found_in(recording, looking, version)


@lru_cache(maxsize=64)
def _kept(interview: int, said: bytes, version: str) -> list[Evidence]:
    """Where a process keeps what it found: places and counts, no words. A panel's pages ask for the same in turn."""
    return []


def _found_in(recording: Recording, looking: Detector, version: str) -> Evidence:
    kept = _kept(recording.interview_id, sha256(recording.tables).digest(), version)
    if not kept:
        tables = tables_of(recording)
        found = looking.detect(tables)
        language = tables.conversations["language"][0] or ""
        of_interest = pl.col("behaviour").is_in(EXAMINED)
        kept.append(
            Evidence(
                recording.interview_id,
                language,
                version,
                tally(_counts(found), _lacking(found), [language], looking.knowledge.behaviours),
                found.hits.filter(of_interest),
                found.opportunities.filter(of_interest),
            )
        )
    return kept[0]


def summary_of(candidate: Candidate) -> Summary | None:
    """Return what was found over all recorded interviews of a candidate, counts together; None where nothing may be."""
    if candidate.alternative or not {Consent.Kind.RECORDING, Consent.Kind.DETECTION} <= consents(candidate):
        return None
    recordings = Recording.objects.filter(interview__candidate=candidate, speakers_known=True).order_by("pk")
    looking, version = detector_and_version()
    each = [_found_in(one, looking, version) for one in recordings]
    if not each:
        return None
    counts: dict[str, tuple[int, int, float | None]] = {}
    lacking: dict[str, str] = {}
    for behaviour in EXAMINED:
        acts = [act for one in each for act in one.acts if act.behaviour == behaviour]
        minutes = [act.minutes for act in acts if act.minutes is not None]
        if acts:
            counts[behaviour] = (
                sum(act.hits for act in acts),
                sum(act.occasions for act in acts),
                sum(minutes) if minutes else None,
            )
            if all(act.lacks for act in acts):
                lacking[behaviour] = acts[0].lacks
    languages = sorted({one.language for one in each})
    known = {name: looking.knowledge.behaviours[name] for name in counts}
    return Summary(len(each), version, tally(counts, lacking, languages, known))


def _counts(found: Detected) -> dict[str, tuple[int, int, float | None]]:
    """Return hits, occasions and minutes by behaviour, of everybody assessed: there is one candidate."""
    rows = (
        found.evidence.filter(pl.col("behaviour").is_in(EXAMINED))
        .group_by("behaviour")
        .agg(
            pl.col("hits").fill_null(0).sum(),
            pl.col("opportunities").fill_null(0).sum(),
            pl.when(pl.col("exposure_s").is_not_null().any()).then(pl.col("exposure_s").sum() / 60),
        )
    )
    return {behaviour: (hits, occasions, minutes) for behaviour, hits, occasions, minutes in rows.iter_rows()}


def _lacking(found: Detected) -> dict[str, str]:
    rows = found.shortfalls.filter(pl.col("behaviour").is_in(EXAMINED))
    return dict(rows.select("behaviour", "need").unique("behaviour", maintain_order=True).iter_rows())


def tally(
    counts: Mapping[str, tuple[int, int, float | None]],
    lacking: Mapping[str, str],
    languages: Sequence[str],
    behaviours: Mapping[str, Behaviour],
) -> list[Act]:
    """Return the acts with their rates, in the order of :data:`EXAMINED`; what is switched off is left out."""
    acts = []
    for behaviour in (one for one in EXAMINED if one in behaviours):
        hits, occasions, minutes = counts.get(behaviour, (0, 0, None))
        rate: tuple[float, float, float] | None = None
        if behaviours[behaviour].unit == "per_minute":
            minutes = minutes or 0.0
            if minutes >= LEAST_MINUTES:
                held = Gamma(0.5, 0.0).update(hits, minutes)
                rate = _widened(behaviour, held.mean, held.interval(_LEVEL), languages, share=False)
        elif occasions >= LEAST_OCCASIONS:
            share = Beta(0.5, 0.5).update(hits, occasions)
            rate = _widened(behaviour, share.mean, share.interval(_LEVEL), languages, share=True)
        acts.append(
            Act(
                behaviour,
                TITLES[behaviour],
                behaviours[behaviour].sign,
                hits,
                occasions,
                minutes,
                rate[0] if rate else None,
                rate[1] if rate else None,
                rate[2] if rate else None,
                lacking.get(behaviour, ""),
            )
        )
    return acts


def _widened(
    behaviour: str, rate: float, interval: tuple[float, float], languages: Sequence[str], *, share: bool
) -> tuple[float, float, float]:
    """Widen an interval on the link scale (logit of a share, logarithm of a count) by the detector's error."""
    cells = [(language, "interview") for language in languages]
    errors = _UNMEASURED.widening(behaviour, "share" if share else "count", rate, cells)
    error = max(one.absolute for one in errors.values())

    def link(value: float) -> float:
        return math.log(value / (1 - value)) if share else math.log(value)

    def back(value: float) -> float:
        return 1 / (1 + math.exp(-value)) if share else math.exp(value)

    middle = link(rate)
    low, high = ((link(edge) - middle) for edge in interval)
    return (
        rate,
        back(middle - math.hypot(low, _Z * error)),
        back(middle + math.hypot(high, _Z * error)),
    )
