"""Can these ratings be put on one scale? Connectivity of rating designs, and what would connect them.

Ratings only show differences within what was rated together: where Ann is rated by Bo alone, and Cy by Di alone, a
good Ann cannot be told from a lenient Bo. Persons belong to one subset when the difference between them is estimable.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

__all__ = ["DisconnectedError", "Link", "Subset", "subsets"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_ZERO = 1e-8


class Link(NamedTuple):
    """A rating that would connect two subsets: codes of the person and of one level of every facet."""

    person: int
    levels: tuple[int, ...]


class Subset(NamedTuple):
    """Persons who can be compared with each other, and the levels of each facet that they were rated with."""

    persons: tuple[int, ...]
    levels: tuple[tuple[int, ...], ...]


class DisconnectedError(ValueError):
    """The panel falls into subsets that no rating links; ``links`` would connect it."""

    def __init__(self, found: tuple[Subset, ...], links: tuple[Link, ...]) -> None:
        self.subsets = found
        self.links = links
        super().__init__(
            f"the ratings fall into {len(found)} subsets that cannot be compared; "
            f"{len(links)} more rating{'s' if len(links) != 1 else ''} would connect them"
        )


def subsets(persons: ArrayLike, facets: tuple[ArrayLike, ...]) -> tuple[tuple[Subset, ...], tuple[Link, ...]]:
    """Return the subsets of a design, the largest first, and the fewest ratings that would connect them.

    Parameters
    ----------
    persons, facets
        Codes from 0 of each rating.

    Notes
    -----
    Exact: the directions in which persons and levels can move without changing any rating's expectation are the
    null space of the additive design. One such direction per facet is only a matter of where zero lies; any other
    tells persons apart whom no ratings link. Persons are eliminated first, so the work grows with the square of the
    levels beside persons. One subset and no links where everything can be compared, or without ratings.
    """
    who = np.asarray(persons, dtype=np.int64)
    codes = [np.asarray(one, dtype=np.int64) for one in facets]
    if not who.size:
        return (), ()
    sizes = [int(one.max()) + 1 for one in codes]
    null = _null_space(who, codes, sizes)
    if not null.shape[1]:
        return (_subset(np.unique(who), who, codes),), ()
    place = _of_persons(who, codes, sizes, null)
    present = np.unique(who)
    around = place - place[present].mean(axis=0)
    _, singular, turned = np.linalg.svd(around[present], full_matrices=False)
    moving = turned[singular > 1e-6 * max(float(np.abs(null).max()), 1e-300)].T
    if not moving.shape[1]:
        # levels of one facet lie within those of another: that tells no persons apart
        return (_subset(present, who, codes),), ()
    place, around, null = place @ moving, around @ moving, null @ moving
    classes = np.unique(np.round(around / np.abs(around[present]).max(), 6), axis=0, return_inverse=True)[1].ravel()
    found = sorted(
        (_subset(present[classes[present] == one], who, codes) for one in np.unique(classes[present])),
        key=lambda subset: (-len(subset.persons), subset.persons),
    )
    return tuple(found), _links(tuple(found), who, codes, sizes, place, null)


def _subset(chosen: Ints, who: Ints, codes: list[Ints]) -> Subset:
    rows = np.isin(who, chosen)
    return Subset(tuple(chosen.tolist()), tuple(tuple(np.unique(one[rows]).tolist()) for one in codes))


def _null_space(who: Ints, codes: list[Ints], sizes: list[int]) -> Floats:
    """Return the directions of levels beside the trivial ones, ``(levels, directions)``."""
    n = who.size
    starts = np.cumsum([0, *sizes])
    if not codes:
        return np.zeros((0, 0))
    ones = np.ones(n)
    z = sparse.csr_array(
        (
            np.ones(n * len(codes)),
            (
                np.tile(np.arange(n), len(codes)),
                np.concatenate([one + start for one, start in zip(codes, starts[:-1], strict=True)]),
            ),
        ),
        shape=(n, int(starts[-1])),
    )
    people = sparse.csr_array((ones, (np.arange(n), who)), shape=(n, int(who.max()) + 1))
    gram = np.asarray((z.T @ z).todense())
    meet = people.T @ z
    rated = np.maximum(np.bincount(who), 1)
    left = gram - np.asarray((meet.T @ (sparse.diags_array(1 / rated) @ meet)).todense())
    scale = np.sqrt(np.maximum(np.diag(gram), 1.0))
    values, vectors = np.linalg.eigh(left / np.outer(scale, scale))
    null = (vectors / scale[:, None])[:, values < _ZERO]
    # levels that nobody used are free as well, and mean nothing
    used = np.diag(gram) > 0
    trivial = np.zeros((int(starts[-1]), len(codes)))
    for place, (begin, end) in enumerate(pairwise(starts)):
        trivial[begin:end, place] = 1.0
    trivial *= used[:, None]
    null = null * used[:, None]
    basis, _ = np.linalg.qr(trivial)
    rest = null - basis @ (basis.T @ null)
    left_vectors, singular, _ = np.linalg.svd(rest, full_matrices=False)
    return left_vectors[:, singular > 1e-6 * max(float(np.abs(null).max(initial=0)), 1e-300)]


def _of_persons(who: Ints, codes: list[Ints], sizes: list[int], null: Floats) -> Floats:
    """Return where each person goes along each direction: whatever the levels that rated them do."""
    starts = np.cumsum([0, *sizes])
    moved = sum(null[one + start] for one, start in zip(codes, starts[:-1], strict=True))
    place = np.zeros((int(who.max()) + 1, null.shape[1]))
    place[who] = moved
    return place


def _links(
    found: tuple[Subset, ...], who: Ints, codes: list[Ints], sizes: list[int], place: Floats, null: Floats
) -> tuple[Link, ...]:
    """Choose ratings, one per missing dimension, that raters of the largest subset would give in the others."""
    starts = np.cumsum([0, *sizes])
    often = [np.bincount(one, minlength=size) for one, size in zip(codes, sizes, strict=True)]
    open_directions = np.eye(null.shape[1])
    links: list[Link] = []
    main = found[0]
    for other in found[1:]:
        person = other.persons[int(np.argmax(np.bincount(who, minlength=max(other.persons) + 1)[list(other.persons)]))]
        own = [_busiest(levels, many) for levels, many in zip(other.levels, often, strict=True)]
        busy = [_busiest(levels, many) for levels, many in zip(main.levels, often, strict=True)]
        # the rater (the first facet) crosses over; where that is not enough, so do other facets
        for crossing in range(len(codes)):
            levels = [busy[f] if f == crossing else own[f] for f in range(len(codes))]
            row = place[person] - sum(null[level + start] for level, start in zip(levels, starts[:-1], strict=True))
            gain = open_directions @ row
            if float(np.abs(gain).max(initial=0)) > 1e-6 * float(np.abs(place).max()):
                links.append(Link(int(person), tuple(int(level) for level in levels)))
                direction = gain / np.linalg.norm(gain)
                open_directions = open_directions - np.outer(direction, direction) @ open_directions
    return tuple(links)


def _busiest(levels: tuple[int, ...], often: Ints) -> int:
    chosen = np.array(levels)
    return int(chosen[np.argmax(often[chosen])])
