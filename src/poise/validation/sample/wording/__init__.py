"""What invented people say: templates per language, and how one of them becomes a sentence."""

from poise.validation.sample.wording.grammar import render
from poise.validation.sample.wording.phrasing import Row, Wording, load

__all__ = ["Row", "Wording", "load", "render"]
