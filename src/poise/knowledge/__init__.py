"""Traits, signals and behaviours as files that people can read and change."""

from poise.knowledge.loader import SHIPPED, Knowledge, KnowledgeError, Problem, load

__all__ = ["SHIPPED", "Knowledge", "KnowledgeError", "Problem", "load"]
