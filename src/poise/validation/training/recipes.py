"""Recipes: what a trained head is, and what it is trained on, as TOML."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct, field

from poise.detection.features import NAMED
from poise.detection.heads import Blocks, Tier
from poise.detection.units import Unit

__all__ = ["RECIPES", "SENTENCES", "Recipe", "RecipeError", "Source", "read_recipes"]

_ROOM: Final = Path(str(files("poise.validation")))
RECIPES: Final = _ROOM / "training" / "recipes"
SENTENCES: Final = _ROOM / "sentences"
_BITS: Final = range(10, 19)


class RecipeError(ValueError):
    """A recipe cannot be used; the message names file and field."""


class _Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Source(_Strict, frozen=True):
    """Rows of one set of open data, or of the project's own sentences.

    set
        A set of ``open/`` (:data:`poise.validation.training.labelled.SETS`).
    sentences
        Files of the project's sentences instead, by name (``*`` for any letters).
    positive
        Labels of which one makes a row an instance. Not for heads of values.
    negative
        Rows with none of ``positive`` count only where they have one of these (``none`` stands for no label at
        all); empty: all of them.
    without
        Rows with one of these labels are left out.
    language
        Only rows of this language.
    limit
        So many rows without a label at most, chosen by a hash of their text.
    weight
        Of each row.
    role
        Who says the rows, where the source does not tell: agent or customer.
    """

    set: str | None = None
    sentences: str | None = None
    positive: list[str] = field(default_factory=list)
    negative: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    language: str | None = None
    limit: int | None = None
    weight: float = 1.0
    role: Literal["agent", "customer"] | None = None


class Recipe(_Strict, frozen=True):
    """One head.

    task
        ``label``: whether the act is there, a probability; ``value``: how much of it, as the data grades it.
    unit
        What is judged in use. In training each row is one unit, whole.
    penalty
        Candidates: of them the one is used that does best in cross-validation by groups within the training rows.
        For labels the inverse strength C of the L2 penalty, for values the strength of ridge regression.
    folds
        Whether five more heads are written, each trained without a fifth of the groups, for data that trains and
        measures (uptake, receptiveness, casino).
    """

    name: str
    about: str
    unit: Unit
    data: list[Source]
    blocks: dict[Tier, Blocks]
    task: Literal["label", "value"] = "label"
    seed: int = 1
    penalty: list[float] = field(default_factory=lambda: [0.01, 0.1, 1.0])
    folds: bool = False


def read_recipes(folder: Path = RECIPES, *, only: str | None = None) -> dict[str, tuple[Recipe, bytes]]:
    """Read all recipes of a folder, or the one named: name -> recipe and the bytes of its file.

    Raises
    ------
    RecipeError
        Naming the file and what is wrong.
    """
    out = {}
    paths = sorted(folder.glob("*.toml"))
    for path in paths:
        if only is not None and path.stem != only:
            continue
        raw = path.read_bytes()
        try:
            recipe = msgspec.toml.decode(raw, type=Recipe)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise RecipeError(f"{path}: {error}") from None
        for problem in _problems(recipe, path):
            raise RecipeError(f"{path}: {problem}")
        out[recipe.name] = (recipe, raw)
    if only is not None and not out:
        raise RecipeError(f"there is no recipe {only!r} in {folder}; there are {', '.join(p.stem for p in paths)}")
    return out


def _problems(recipe: Recipe, path: Path) -> list[str]:
    out = []
    if recipe.name != path.stem:
        out.append(f"name is {recipe.name!r}, but the file is {path.name}")
    for tier, blocks in recipe.blocks.items():
        unknown = [name for name in blocks.names() if not name.startswith("signal:") and name not in NAMED]
        if unknown:
            out.append(f"blocks.{tier}: there is no {', '.join(unknown)}; there are {', '.join(NAMED)}")
        if blocks.ngrams and blocks.ngrams not in _BITS:
            out.append(f"blocks.{tier}.ngrams: is a power of two from {_BITS[0]} to {_BITS[-1]}")
        if blocks == Blocks():
            out.append(f"blocks.{tier}: names no block")
    if not recipe.blocks:
        out.append("blocks: name at least one tier, for example [blocks.fast]")
    for number, source in enumerate(recipe.data, start=1):
        if source.sentences is not None and source.sentences.startswith("test"):
            out.append(f"data {number}: {source.sentences} is kept for tests; nothing is trained on it")
        if (source.set is None) == (source.sentences is None):
            out.append(f"data {number}: name either set or sentences")
        if recipe.task == "label" and not source.positive and not source.negative:
            out.append(f"data {number}: name positive labels, or the negative ones where it has no other")
    return out


def digest(recipe: bytes, *read: bytes) -> str:
    """Return a hash of a recipe and what it reads, for the file of the head."""
    said = hashlib.sha256(recipe)
    for one in read:
        said.update(hashlib.sha256(one).digest())
    return said.hexdigest()[:16]
