"""read → detect → weigh → estimate over batches."""

from poise.pipeline.analysis import Interrupted, Progress, Result, analyze, fit
from poise.pipeline.parts import Unfinished
from poise.pipeline.project import Project, ProjectError, read_project

__all__ = [
    "Interrupted",
    "Progress",
    "Project",
    "ProjectError",
    "Result",
    "Unfinished",
    "analyze",
    "fit",
    "read_project",
]
