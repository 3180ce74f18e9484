"""The ratings of a campaign as one table: what every statistic of the panel, and every export, is made from.

Nothing is in it before all seats of an interview have submitted (:mod:`poise.app.interviews.blinding`). People are
codes: candidates by the code of their campaign, raters numbered in the order in which they were first seated.
Candidates of the alternative process are not in it: nothing is computed of them. Nor are ratings that were set aside.
"""

from __future__ import annotations

import hashlib
import json
from typing import Final

import polars as pl
from django.db.models import Min

from poise.app.accounts.models import User
from poise.app.interviews.blinding import open_interviews
from poise.app.interviews.campaigns.models import Campaign, Seat
from poise.app.interviews.room.models import Rating
from poise.model import INSTANT, Schema

__all__ = ["RATINGS", "digest_of", "rater_codes", "raters_by_code", "ratings"]

RATINGS: Final[Schema] = {
    "person": pl.String,  # the candidate's code
    "rater": pl.String,  # R1, R2 … in the order in which they were first seated in the campaign
    "item": pl.String,  # id of the kit's question
    "rating": pl.Float64,  # 1 to 5
    "at": INSTANT,
    "situation": pl.String,  # number of the stage
    "group": pl.String,  # always null: who assesses knows no groups
    "trait": pl.String,
    "anchor": pl.Boolean,  # the recorded interview that all raters rate, which is nobody's
}
"""The columns that ``poise panel`` reads, and two of ours. "Not observed" is no row."""


def rater_codes(campaign: Campaign) -> dict[int, str]:
    """Key of a rater to their code, of everybody who has a seat in the campaign. One query."""
    first = (
        Seat.objects.filter(interview__candidate__campaign=campaign)
        .order_by()
        .values_list("rater")
        .annotate(first=Min("pk"))
        .order_by("first")
    )
    return {rater: f"R{number}" for number, (rater, _) in enumerate(first, start=1)}


def raters_by_code(campaign: Campaign) -> dict[str, User]:
    """Code of a rater to their account. Two queries."""
    codes = rater_codes(campaign)
    accounts = User.objects.in_bulk(codes)
    return {code: accounts[key] for key, code in codes.items() if key in accounts}


def ratings(campaign: Campaign) -> pl.DataFrame:
    """Return all ratings of the campaign's open interviews as :data:`RATINGS`, in one order whatever the database.

    Two queries.
    """
    codes = rater_codes(campaign)
    interviews = open_interviews(campaign).filter(candidate__alternative=False)
    # what a candidate rightly objected to is kept, and counts for nothing
    counted = Rating.objects.filter(seat__interview__in=interviews, level__isnull=False, set_aside_at=None)
    rows = counted.values_list(
        "seat__interview__candidate__code",
        "seat__rater",
        "question",
        "level",
        "rated_at",
        "seat__interview__stage__number",
        "trait",
        "seat__interview__candidate__anchor",
    )
    return pl.DataFrame(
        [
            (person, codes[rater], item, float(level or 0), at, str(stage), None, trait, anchor)
            for person, rater, item, level, at, stage, trait, anchor in rows
        ],
        schema=dict(RATINGS),
        orient="row",
    ).sort("person", "situation", "item", "rater", "at")


def digest_of(table: pl.DataFrame) -> str:
    """Return the SHA-256 (hex) of ratings: equal tables, equal digests."""
    plain = table.with_columns(pl.col("at").dt.epoch("us")).sort("person", "situation", "item", "rater", "at").rows()
    return hashlib.sha256(json.dumps(plain, separators=(",", ":")).encode()).hexdigest()
