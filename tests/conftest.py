"""What several test rooms share."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# a machine that has other work must not fail a rule that holds: no example is timed, nor the making of examples
settings.register_profile("poise", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("poise")

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that all cores end together."""
    items.sort(key=lambda item: item.get_closest_marker("longest") is None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with labelled data and fixtures beside the checkout, where there is one."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with labelled data is not here")
    return SHARED


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with Path(__file__).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def demo_folder() -> Callable[[], AbstractContextManager[None]]:
    """Wait until no test of another process runs ``bin/demo``: its report lies in the checkout's one folder demo/."""
    return _one_at_a_time
