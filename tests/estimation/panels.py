"""Panels drawn from a many-facet Rasch model, for tests that recover what was put in."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Panel:
    """Ratings 1.. with the codes and the true values behind them."""

    ratings: np.ndarray
    persons: np.ndarray
    raters: np.ndarray
    items: np.ndarray
    ability: np.ndarray
    severity: np.ndarray
    difficulty: np.ndarray
    thresholds: np.ndarray

    @property
    def facets(self) -> dict[str, np.ndarray]:
        return {"rater": self.raters, "item": self.items}


def draw(
    seed: int,
    *,
    persons: int = 60,
    raters: int = 6,
    items: int = 5,
    each: int = 3,
    categories: int = 5,
    spread: float = 1.0,
    rater_sd: float = 0.5,
    extra: np.ndarray | None = None,
) -> Panel:
    """Draw a panel in which every person is rated on every item by ``each`` raters; ``extra`` logits by rating."""
    random = np.random.default_rng(seed)
    ability = random.normal(0, spread, persons)
    severity, difficulty = random.normal(0, rater_sd, raters), random.normal(0, 0.5, items)
    thresholds = np.linspace(-2, 2, categories - 1)
    who = np.repeat(np.arange(persons), each * items)
    by = np.concatenate([np.repeat(random.permutation(raters)[:each], items) for _ in range(persons)])
    what = np.tile(np.arange(items), persons * each)
    eta = ability[who] - severity[by] - difficulty[what] + (0 if extra is None else extra)
    steps = np.concatenate([[0.0], np.cumsum(thresholds)])
    logits = np.arange(categories)[:, None] * eta - steps[:, None]
    chance = np.exp(logits - logits.max(axis=0))
    chance /= chance.sum(axis=0)
    score = (random.random(eta.size) > chance.cumsum(axis=0)).sum(axis=0)
    return Panel(score + 1.0, who, by, what, ability, severity, difficulty, thresholds)
