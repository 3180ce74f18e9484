"""The invented team that ships: 12 agents and 400 conversations with known differences, and three real chats.

``python -m poise.validation.sample`` builds the files again. What was planted, and how: ``docs/reference/sample.md``.
"""

from poise.validation.sample.files import BUILT, build, paths, people_path, rebuild
from poise.validation.sample.generate import SEED, generate, planted
from poise.validation.sample.measuring import as_markdown, measure
from poise.validation.sample.truth import (
    ACTS,
    AGREEMENT,
    OCCASIONS,
    RECALL,
    acts,
    agreement_with_truth,
    occasions,
    recall_against_truth,
)

__all__ = [
    "ACTS",
    "AGREEMENT",
    "BUILT",
    "OCCASIONS",
    "RECALL",
    "SEED",
    "acts",
    "agreement_with_truth",
    "as_markdown",
    "build",
    "generate",
    "measure",
    "occasions",
    "paths",
    "people_path",
    "planted",
    "rebuild",
    "recall_against_truth",
]
