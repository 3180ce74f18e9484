"""Matrix products on one thread.

The matrices here are small. Several BLAS threads make them no faster, and several times slower wherever anything
else wants a core (measured: 112 s against 16 s for the coverage tests on two shared cores).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

__all__ = ["one_thread"]

P = ParamSpec("P")
R = TypeVar("R")


def one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """Run ``function`` with one BLAS thread; other pools (Polars) keep theirs."""

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        with threadpool_limits(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited
