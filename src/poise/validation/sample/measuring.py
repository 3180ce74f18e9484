"""Detection run over the sample, beside what was planted."""

from __future__ import annotations

import polars as pl

from poise.detection.detector import Detector
from poise.knowledge.loader import Knowledge, load
from poise.knowledge.rules import Timeline
from poise.reading import PeopleMap, chunks, find, parse
from poise.validation.sample.files import paths, people_path
from poise.validation.sample.truth import acts, agreement_with_truth, occasions, recall_against_truth

__all__ = ["as_markdown", "measure"]


def measure(knowledge: Knowledge | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Detect in the sample and compare with what was planted.

    Parameters
    ----------
    knowledge
        What to look for; the files that ship unless given.

    Returns
    -------
    tuple
        :data:`~poise.validation.sample.RECALL` by language, for the behaviours and signals of ``knowledge``, and
        :data:`~poise.validation.sample.AGREEMENT`. Rules on timelines of a whole run are not part of it.

    Raises
    ------
    poise.knowledge.loader.KnowledgeError
        Knowledge files that cannot be used.
    """
    knowledge = knowledge or load()
    detector = Detector(knowledge)
    people = PeopleMap.load(people_path())
    said: list[pl.DataFrame] = []
    opportunities: list[pl.DataFrame] = []
    for chunk in chunks(find([paths()[0]])):
        detected = detector.detect(parse(chunk, people=people))
        said.append(detected.hits.select("conversation", "turn", "behaviour"))
        said.append(detected.signals.select("conversation", "turn", pl.col("signal").alias("behaviour")))
        opportunities.append(detected.opportunities)
    # Measures and timelines are no acts that a turn either has or has not.
    acted = [
        name
        for name, entry in knowledge.behaviours.items()
        if entry.opportunity.occasion != "measure" and not isinstance(entry.rule, Timeline)
    ]
    known = [*acted, *knowledge.signals]
    truth = acts().filter(pl.col("behaviour").is_in(known))
    return (
        recall_against_truth(pl.concat(said), truth, by=("language",)),
        agreement_with_truth(pl.concat(opportunities), occasions()),
    )


def as_markdown(table: pl.DataFrame) -> str:
    """Return a table as Markdown; shares with two decimals, a dash for what is not known."""

    def shown(value: object) -> str:
        if value is None:
            return "–"
        return f"{value:.2f}" if isinstance(value, float) else str(value)

    lines = ["| " + " | ".join(table.columns) + " |", "|---" * table.width + "|"]
    lines += ["| " + " | ".join(shown(value) for value in row) + " |" for row in table.iter_rows()]
    return "\n".join(lines)
