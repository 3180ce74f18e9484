"""How fast and how well many-facet Rasch models are fitted: ``python -m poise.validation.panel_bench``.

Panels are drawn from the model itself, every person rated on ten items by five of the raters, so that what was put in
is known. Every fit runs in a process of its own, for its peak memory. A peer runs on the same ratings in an
environment of its own, by a script that reads one ``.npz`` file and prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import log
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fitted", "draw", "growth", "main", "measure"]

ITEMS: Final = 10
EACH: Final = 5
CATEGORIES: Final = 5
PEER_LIMIT: Final = 600.0
"""Seconds after which a peer is stopped, and said not to have finished."""

_BYTES = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


@dataclass(frozen=True)
class Fitted:
    """One fit: seconds from codes to measures, peak memory of its process, and how near the truth its raters are."""

    name: str
    ratings: int
    persons: int
    raters: int
    seconds: float | None  # None: did not finish
    peak_mib: float | None
    severity_r: float | None  # correlation of estimated with true severities
    severity_rmse: float | None  # logits, both centred
    converged: bool | None
    problem: str = ""


def draw(persons: int, raters: int, path: Path, *, seed: int = 0) -> int:
    """Write a panel of ``persons`` and ``raters`` to the ``.npz`` file ``path``; return its number of ratings."""
    random = np.random.default_rng(seed)
    ability, severity = random.normal(size=persons), random.normal(0, 0.5, raters)
    difficulty, thresholds = random.normal(0, 0.5, ITEMS), np.linspace(-2, 2, CATEGORIES - 1)
    each = min(EACH, raters)
    person = np.repeat(np.arange(persons), each * ITEMS)
    rater = np.repeat(random.permuted(np.tile(np.arange(raters), (persons, 1)), axis=1)[:, :each].ravel(), ITEMS)
    item = np.tile(np.arange(ITEMS), persons * each)
    eta = ability[person] - severity[rater] - difficulty[item]
    steps = np.concatenate([[0.0], np.cumsum(thresholds)])
    logits = np.arange(CATEGORIES)[:, None] * eta - steps[:, None]
    chance = np.exp(logits - logits.max(axis=0))
    score = (random.random(eta.size) * chance.sum(axis=0) > chance.cumsum(axis=0)).sum(axis=0)
    np.savez(path, person=person, rater=rater, item=item, score=score, severity=severity)
    return int(score.size)


def _fit(path: Path) -> dict[str, object]:
    """Fit the panel at ``path`` here, and say how it went."""
    from poise.estimation.rasch import fit

    with np.load(path) as found:
        panel: dict[str, NDArray[np.int64]] = {name: found[name] for name in ("person", "rater", "item", "score")}
        severity = found["severity"]
    began = time.perf_counter()
    fitted = fit(panel["score"], panel["person"], {"rater": panel["rater"], "item": panel["item"]})
    seconds = time.perf_counter() - began
    estimate = fitted.facets["rater"].measure
    return {
        "seconds": seconds,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _BYTES / 2**20,
        "severity_r": float(np.corrcoef(estimate, severity)[0, 1]),
        "severity_rmse": float(np.sqrt(((estimate - estimate.mean() - severity + severity.mean()) ** 2).mean())),
        "converged": fitted.converged,
    }


def measure(name: str, command: Sequence[str], path: Path, *, persons: int, raters: int, limit: float) -> Fitted:
    """Run ``command`` on the panel at ``path`` in a process of its own, for at most ``limit`` seconds."""
    with np.load(path) as found:
        ratings = int(found["score"].size)
    said: dict[str, object] = {}
    problem = ""
    try:
        ran = subprocess.run([*command, str(path)], capture_output=True, text=True, timeout=limit, check=False)
        if ran.returncode == 0:
            said = json.loads(ran.stdout.strip().splitlines()[-1])
        else:
            problem = (ran.stderr.strip().splitlines() or [f"exit {ran.returncode}"])[-1][:120]
    except subprocess.TimeoutExpired:
        problem = f"stopped after {limit:.0f} s"
    fields = ("seconds", "peak_mib", "severity_r", "severity_rmse", "converged")
    known = {field: said.get(field) for field in fields}
    return Fitted(name, ratings, persons, raters, **known, problem=problem)  # type: ignore[arg-type]


def growth(fits: Sequence[Fitted]) -> float:
    """Return the exponent by which seconds grow with ratings, from the smallest to the largest; 1 is linear."""
    done = sorted((one.ratings, one.seconds) for one in fits if one.seconds)
    if len(done) < 2 or done[0][0] == done[-1][0]:
        return float("nan")
    (n, first), (m, last) = done[0], done[-1]
    assert first is not None and last is not None
    return log(last / first) / log(m / n)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print one line per fit, and write JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m poise.validation.panel_bench", description=__doc__)
    parser.add_argument("--ratings", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--raters", type=int, default=200)
    parser.add_argument("--peer", type=Path, help="Python of the peer's own environment.")
    parser.add_argument("--peer-script", type=Path, help="Script that fits the panel with the peer.")
    parser.add_argument("--peer-limit", type=float, default=PEER_LIMIT, help="Seconds before the peer is stopped.")
    parser.add_argument("--json", type=Path, help="File of the figures.")
    parser.add_argument("--fit", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.fit is not None:
        print(json.dumps(_fit(given.fit)))
        return 0
    commands = {"poise": [sys.executable, "-m", "poise.validation.panel_bench", "--fit"]}
    if given.peer is not None and given.peer_script is not None:
        commands["peer"] = [str(given.peer), str(given.peer_script)]
    found: list[Fitted] = []
    print(f"{'':8}{'ratings':>12}{'seconds':>10}{'MiB':>8}{'r':>8}{'rmse':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for asked in given.ratings:
            persons = max(asked // (ITEMS * min(EACH, given.raters)), 2)
            path = Path(folder) / f"{asked}.npz"
            draw(persons, given.raters, path)
            for name, command in commands.items():
                limit = given.peer_limit if name == "peer" else PEER_LIMIT
                one = measure(name, command, path, persons=persons, raters=given.raters, limit=limit)
                found.append(one)
                print(_line(one), flush=True)
    print(f"seconds grow with ratings to the power {growth([one for one in found if one.name == 'poise']):.2f}")
    if given.json is not None:
        given.json.write_text(json.dumps([asdict(one) for one in found], indent=1), encoding="utf-8")
    return 0


def _line(one: Fitted) -> str:
    if one.seconds is None:
        return f"{one.name:8}{one.ratings:>12,}  {one.problem}"
    return (
        f"{one.name:8}{one.ratings:>12,}{one.seconds:>10.2f}{one.peak_mib or 0:>8.0f}"
        f"{one.severity_r or 0:>8.3f}{one.severity_rmse or 0:>8.3f}"
    )


if __name__ == "__main__":
    sys.exit(main())
