"""Estimates of everyone, from stored evidence and frozen norms: computed again when evidence came or went."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

import polars as pl
from django.db.models import Count

from poise.app.conversations.detecting import knowledge, tier, version
from poise.app.conversations.models import Participant
from poise.app.conversations.storing import lock_writers
from poise.app.people import trend
from poise.app.people.gathering import Gathered, gather
from poise.app.people.models import Change, Contribution, Estimate, Evidence, Rate
from poise.app.rows import settle
from poise.app.work.jobs import enqueue_soon
from poise.app.work.running import Running
from poise.estimation.counterfactuals import what_would_change
from poise.estimation.estimates import Estimated, estimate
from poise.estimation.norms import Norms
from poise.pipeline.norms import norms_for

__all__ = ["ESTIMATED", "ask_for_estimates", "norms", "recompute"]

ESTIMATED: Final = ("coaching", "selection")
"""Purposes for which people are estimated; each from its own conversations only."""


@lru_cache(maxsize=1)
def norms() -> Norms:
    """Return the norms of this installation (``POISE_NORMS``), or those of the invented sample that ship.

    Raises
    ------
    poise.estimation.norms.NormsError
        For a file that cannot be used, or that was fitted with another tier of detectors than ``POISE_TIER``.
    """
    return norms_for(os.environ.get("POISE_NORMS") or None, tier())


def ask_for_estimates(purposes: Iterable[str], *, after: timedelta = timedelta()) -> None:
    """Have the estimates of these purposes computed again, once for all who ask before it starts."""
    for purpose in sorted(set(purposes) & set(ESTIMATED)):
        enqueue_soon("estimates", {"purpose": purpose}, topic=f"estimates:{purpose}", after=after)


def recompute(running: Running) -> dict[str, Any]:
    """Do a job ``estimates``: everyone of one purpose, over all that is known and over each of the last periods.

    The evidence that shows only over all conversations of somebody (how waiting customers were shared out, promises
    kept later, like cases treated alike) is found first. Rows that come out as they were stay as they are.
    """
    purpose: str = running.payload["purpose"]
    running.progress(done=0, total=3, message="gathering")
    known = knowledge()
    with gather(purpose, known) as gathered:
        running.progress(done=1, message="estimating")
        parts = _estimated(gathered, purpose)
        running.progress(done=2, message="writing")
        with running.transaction():
            lock_writers()
            moved = {
                "evidence": settle(
                    Evidence,
                    gathered.across.with_columns(knowledge=pl.lit(version())),
                    where=_ACROSS.format(marks=", ".join(["%s"] * len(gathered.behaviours_across)) or "NULL"),
                    values=[*gathered.behaviours_across, purpose],
                )
            }
            for model, table in parts.items():
                moved[model.__name__.lower()] = settle(model, table, where="purpose = %s", values=[purpose])
    return {name: list(counts) for name, counts in moved.items()}


_ACROSS: Final = (
    "behaviour IN ({marks}) AND conversation_id IN (SELECT id FROM conversations_conversation WHERE purpose = %s)"
)


def _estimated(gathered: Gathered, purpose: str) -> dict[type[Any], pl.DataFrame]:
    known = knowledge()

    def judge(evidence: pl.LazyFrame, cases: pl.LazyFrame) -> Estimated:
        return estimate(
            evidence,
            cases,
            behaviours=known.behaviours,
            traits=known.traits,
            clusters=known.clusters,
            norms=norms(),
        )

    whole = judge(gathered.evidence, gathered.cases)
    estimates = [_rows(whole.estimates, purpose).with_columns(period=pl.lit(""))]
    for period in trend.periods(gathered.days, _each_week(gathered.days, purpose)):
        day = pl.col("at").dt.date()
        cases = gathered.cases.filter(day >= trend.begin(period), day < trend.end(period))
        evidence = gathered.evidence.join(cases.select("conversation"), on="conversation", how="semi")
        found = judge(evidence, cases)
        estimates.append(_rows(found.estimates, purpose).with_columns(period=pl.lit(period)))
    changes = what_would_change(
        gathered.evidence, gathered.cases, behaviours=known.behaviours, traits=known.traits, norms=norms()
    )
    return {
        Estimate: pl.concat(estimates).with_columns(pl.col("reason").fill_null(""), knowledge=pl.lit(version())),
        Rate: _rows(whole.rates, purpose).with_columns(pl.col("reason").fill_null("")),
        Contribution: _rows(whole.contributions, purpose),
        Change: _rows(changes, purpose).with_columns(pl.col("behaviour").fill_null("")),
    }


def _each_week(days: Sequence[date], purpose: str) -> float:
    """Return how many conversations a person has in a week in which there are any, on the average."""
    counted = Participant.objects.filter(
        person__isnull=False, conversation__purpose=purpose, conversation__started_at__isnull=False
    ).aggregate(n=Count("pk"), people=Count("person", distinct=True))
    weeks = len({trend.Unit.WEEK.code(day) for day in days})
    return counted["n"] / counted["people"] / weeks if counted["people"] and weeks else 0.0


def _rows(table: pl.DataFrame, purpose: str) -> pl.DataFrame:
    """Return a table of the library as rows: people by primary key, with the purpose."""
    return table.with_columns(
        pl.col("person").cast(pl.Int64).alias("person_id"), pl.lit(purpose).alias("purpose")
    ).drop("person")
