"""What several test rooms share."""

from pathlib import Path

import pytest

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
