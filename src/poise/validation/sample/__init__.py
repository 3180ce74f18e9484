"""The invented team that ships: 12 agents and 400 conversations with known differences, and three real chats.

``python -m poise.validation.sample`` builds the files again. What was planted, and how: ``docs/reference/sample.md``.
"""

from poise.validation.sample.files import BUILT, build, paths, people_path, rebuild
from poise.validation.sample.generate import SEED, generate, planted
from poise.validation.sample.truth import ACTS, OCCASIONS, RECALL, acts, occasions, recall_against_truth

__all__ = [
    "ACTS",
    "BUILT",
    "OCCASIONS",
    "RECALL",
    "SEED",
    "acts",
    "build",
    "generate",
    "occasions",
    "paths",
    "people_path",
    "planted",
    "rebuild",
    "recall_against_truth",
]
