"""A database of any size: the invented sample, brought in by the real way and then multiplied by bulk COPY.

Each conversation is one of the sample's, drawn by lot, with other people, another customer and another day. Turns,
events, evidence and the text for search go with it. Nothing is made up that the app did not write itself at first.
The demo's hiring rounds are there too.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, Final

import polars as pl
from django.db import connection, models, transaction

from poise.app.accounts.models import Team
from poise.app.conversations.models import (
    Conversation,
    Event,
    Participant,
    Promise,
    SearchText,
    Turn,
)
from poise.app.demonstration import past_round
from poise.app.demonstration.accounts import open_accounts
from poise.app.demonstration.hiring import fill as fill_hiring
from poise.app.importing.models import Import
from poise.app.importing.sample import hand_in
from poise.app.people.models import Change, Contribution, Estimate, Evidence, Person, Rate
from poise.app.rows import fetch, insert, reserve
from poise.app.work.worker import work_off

__all__ = ["fill"]

_AT_ONCE: Final = 2_000
_DAYS: Final = 540
_PARTS: Final[tuple[type[models.Model], ...]] = (Participant, Turn, Event, Promise, SearchText, Evidence)
_RESULTS: Final[tuple[type[models.Model], ...]] = (Estimate, Rate, Contribution, Change)
_KINDS: Final[dict[type[models.Field[Any, Any]], Any]] = {
    models.FloatField: pl.Float64,
    models.BooleanField: pl.Boolean,
    models.DateTimeField: pl.Datetime("us", "UTC"),
    models.IntegerField: pl.Int64,
    models.ForeignKey: pl.Int64,
    models.AutoField: pl.Int64,
}


def fill(people: int, conversations: int, turns_each: float, seed: int = 1) -> dict[str, int]:
    """Fill an empty database; return how many rows there are of what.

    Parameters
    ----------
    people, conversations
        How many there shall be besides the sample.
    turns_each
        Turns of a conversation on average: the shortest of the sample are left out until it is reached.
    """
    hand_in()
    work_off()
    open_accounts()
    past_round.fill()
    fill_hiring()
    dice = random.Random(seed)
    drawn = _drawn(turns_each)
    cast, blocks = _people(people)
    with transaction.atomic():
        # levels are those of the person's model in the sample, moved a little: the real job takes long at this size
        for results in _RESULTS:
            _insert_results(results, cast, dice)
    whole: tuple[type[models.Model], ...] = (Conversation, *_PARTS)
    parts = {model: _read(model) for model in whole}
    imported = Import.objects.create(way=Import.Way.SAMPLE, name="multiplied", state=Import.State.DONE)
    for begin in range(0, conversations, _AT_ONCE):
        number = min(_AT_ONCE, conversations - begin)
        with transaction.atomic():
            keys = reserve(Conversation, number)
            chosen = pl.DataFrame(
                {
                    "new": keys,
                    "model": [dice.choice(drawn) for _ in keys],
                    "block": [dice.randrange(blocks) for _ in keys],
                    "later": [-dice.randrange(_DAYS * 86_400) * 1_000_000 for _ in keys],
                }
            )
            insert(Conversation, _conversations(parts[Conversation], chosen, imported.pk))
            for part in _PARTS:
                insert(part, _multiplied(parts[part], chosen, cast, part))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {
        "people": Person.objects.count(),
        "teams": Team.objects.count(),
        **{model._meta.model_name or "": model._base_manager.count() for model in (Conversation, Turn, Evidence)},
    }


def _drawn(turns_each: float) -> list[int]:
    rows = list(Conversation.objects.order_by("-turn_count", "pk").values_list("pk", "turn_count"))
    total = 0
    for number, (_, turns) in enumerate(rows):
        total += turns
        if number and total / (number + 1) < turns_each:
            return [key for key, _ in rows[:number]]
    return [key for key, _ in rows]


def _people(number: int) -> tuple[pl.DataFrame, int]:
    """Make people in teams, each on the model of one of the sample; return ``model, block, person`` and the blocks."""
    models_ = list(Person.objects.filter(active=True, participations__isnull=False).distinct().order_by("pk"))
    blocks = max(1, number // len(models_))
    first = [one.name.split()[0] for one in models_]
    last = [one.name.split()[-1] for one in models_]
    teams = Team.objects.bulk_create(Team(name=f"Team {block + 1}") for block in range(blocks))
    made = [
        Person(
            person_id=f"b{block}-{one.person_id}",
            name=f"{first[place]} {last[(place + block) % len(last)]} {block + 1}",
            team=teams[block],
        )
        for block in range(blocks)
        for place, one in enumerate(models_)
    ]
    made += [Person(person_id=f"new-{one}", name=f"New {one}") for one in range(number - len(made))]
    with transaction.atomic():
        Person.objects.bulk_create(made, batch_size=500)
    keys = dict(Person.objects.values_list("person_id", "pk"))
    rows = [(one.pk, block, keys[f"b{block}-{one.person_id}"]) for block in range(blocks) for one in models_]
    return pl.DataFrame(rows, schema={"model": pl.Int64, "block": pl.Int64, "person": pl.Int64}, orient="row"), blocks


def _fields(model: type[models.Model]) -> Iterator[tuple[Any, Any]]:
    for field in model._meta.concrete_fields:
        kind = next((_KINDS[one] for one in type(field).__mro__ if one in _KINDS), pl.String)
        yield field, kind


def _read(model: type[models.Model], where: str = "") -> pl.DataFrame:
    """Return a model's table without its own key."""
    fields = [(field, kind) for field, kind in _fields(model) if field.column != "id" or model is Conversation]
    columns = ", ".join(connection.ops.quote_name(field.column) for field, _ in fields)
    table = fetch(
        f"SELECT {columns} FROM {connection.ops.quote_name(model._meta.db_table)} {where}",
        [],
        {field.column: kind for field, kind in fields},
    )
    full = [field.column for field, kind in fields if kind == pl.String and not field.null]
    return table.with_columns(pl.col(full).fill_null("")) if full else table


def _moved(table: pl.DataFrame) -> list[pl.Expr]:
    days = [name for name, kind in table.schema.items() if isinstance(kind, pl.Datetime) and name != "created_at"]
    return [(pl.col(name) + pl.duration(microseconds="later")).alias(name) for name in days]


def _conversations(table: pl.DataFrame, chosen: pl.DataFrame, imported: int) -> pl.DataFrame:
    rows = chosen.join(table, left_on="model", right_on="id", how="inner")
    return rows.with_columns(
        pl.lit("multiplied").alias("origin"),
        pl.format("{}-{}", "source_id", "new").alias("source_id"),
        pl.format("{}-{}", "customer", "block").alias("customer"),
        pl.lit(imported, pl.Int64).alias("imported_id"),
        pl.col("new").alias("id"),
        *_moved(table),
    ).select(table.columns)


def _multiplied(
    table: pl.DataFrame, chosen: pl.DataFrame, cast: pl.DataFrame, model: type[models.Model]
) -> pl.DataFrame:
    rows = chosen.join(table, left_on="model", right_on="conversation_id", how="inner").with_columns(
        pl.col("new").alias("conversation_id"), *_moved(table)
    )
    if "person_id" in table.columns:
        rows = (
            rows.join(cast, left_on=["person_id", "block"], right_on=["model", "block"], how="left")
            .with_columns(pl.col("person").alias("person_id"))
            .drop("person")
        )
    if model is Evidence:
        rows = rows.filter(pl.col("person_id").is_not_null())
    if model is SearchText:  # no two texts are the same
        rows = rows.with_columns(pl.format("{}\nref {}", "text", "new").alias("text"))
    return rows.select(table.columns)


def _insert_results(model: type[models.Model], cast: pl.DataFrame, dice: random.Random) -> None:
    table = _read(model)
    people = cast.with_columns(pl.Series("by", [dice.uniform(-0.4, 0.4) for _ in range(len(cast))]))
    rows = table.join(people, left_on="person_id", right_on="model", how="inner").with_columns(
        pl.col("person").alias("person_id")
    )
    if model is Estimate:
        levels = [(pl.col(name) + pl.col("by")).clip(1.0, 5.0).alias(name) for name in ("mean", "low", "high")]
        rows = rows.with_columns(levels)
    insert(model, rows.select(table.columns))
