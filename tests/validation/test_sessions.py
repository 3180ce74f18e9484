"""Sessions ordered by what behaviours say of them."""

from __future__ import annotations

import numpy as np

from poise.detection.detector import Detector
from poise.knowledge import load
from poise.validation.heard import tables_of
from poise.validation.metrics import figures
from poise.validation.sets.sessions import order_sessions


def test_a_behaviour_that_only_good_sessions_show_orders_them_all() -> None:
    warm = [
        ("customer", "my card was refused twice"),
        ("agent", "Hello, thank you for telling me."),
        ("customer", "bye"),
    ]
    curt = [("customer", "my card was refused twice"), ("agent", "Card number."), ("customer", "bye")]
    good = {f"{kind}{i}": kind == "warm" for kind in ("warm", "curt") for i in range(6)}
    tables = tables_of([(name, warm if fine else curt) for name, fine in good.items()])
    judged = {found.target: found for found in order_sessions(tables, good, Detector(load()))}
    greeting = judged["courtesy.greeting"]
    assert greeting.truth.tolist() == list(good.values())
    assert [figure.value for figure in figures(greeting, resamples=50)] == [1.0]
    assert all(len(np.unique(found.cluster)) == len(found.truth) for found in judged.values())


def test_too_few_of_one_kind_order_nothing() -> None:
    good = {f"s{i}": i > 3 for i in range(12)}
    tables = tables_of([(name, [("customer", "hi"), ("agent", "Hello.")]) for name in good])
    assert not list(order_sessions(tables, good, Detector(load())))
