"""Reading whole inputs in tests: files in, one set of tables out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from poise.model import Tables
from poise.reading import chunks, find, parse

EXPORTS = Path(__file__).resolve().parents[1] / "data" / "exports"

Read = Callable[..., Tables]


def joined(parts: Sequence[Tables]) -> Tables:
    return Tables(**{one.name: pl.concat([getattr(part, one.name) for part in parts]) for one in fields(Tables)})


def read_all(*inputs: str | Path, form: str | None = None, size: int = 4 << 20, **options: Any) -> Tables:
    inventory = find(inputs, format=form)
    return joined([parse(chunk, **options) for chunk in chunks(inventory, size_bytes=size)])


@pytest.fixture
def read() -> Read:
    """Read files, folders and patterns into one set of tables."""
    return read_all


@pytest.fixture
def read_lines(tmp_path: Path) -> Read:
    """Read canonical records given as objects, text or bytes, one a line."""

    def read(*records: Any, **options: Any) -> Tables:
        path = tmp_path / "conversations.jsonl"
        raw = [
            one if isinstance(one, bytes) else (one if isinstance(one, str) else json.dumps(one)).encode()
            for one in records
        ]
        path.write_bytes(b"\n".join(raw) + b"\n")
        return read_all(path, form="canonical", **options)

    return read


@pytest.fixture(scope="session")
def exports() -> Path:
    return EXPORTS
