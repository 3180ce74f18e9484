"""What is compiled once is kept, and never outlives an edit."""

from pathlib import Path

import pytest

from poise.detection.detector import Detector
from poise.knowledge import SHIPPED, KnowledgeError
from poise.pipeline.compiled import compiled


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "poise"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    import shutil

    target = tmp_path / "knowledge"
    target.mkdir()
    shutil.copy(SHIPPED / "traits.toml", target)
    for name in ("signals", "behaviours"):
        shutil.copytree(SHIPPED / name, target / name)
    return target


def test_it_is_read_back_the_second_time(cache: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = compiled(folder)
    assert len(list(cache.iterdir())) == 1
    monkeypatch.setattr("poise.pipeline.compiled.load", None)  # a second reading of the files would fail
    second = compiled(folder)
    assert second.knowledge.version == first.knowledge.version


def test_an_edit_is_seen_and_a_fault_is_not_hidden(cache: Path, folder: Path) -> None:
    before = compiled(folder).knowledge.version
    file = folder / "signals" / "customer.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("definition = ", 'definition = "x" # ', 1), encoding="utf-8")
    assert compiled(folder).knowledge.version != before
    file.write_text(text.replace("side = ", "sied = ", 1), encoding="utf-8")
    with pytest.raises(KnowledgeError, match="sied"):
        compiled(folder)


def test_a_damaged_or_unwritable_cache_is_no_fault(cache: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled(folder)
    next(cache.iterdir()).write_bytes(b"not a pickle")
    assert isinstance(compiled(folder), Detector)
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    assert isinstance(compiled(folder), Detector)


def test_old_sets_are_thrown_away(cache: Path, folder: Path) -> None:
    file = folder / "traits.toml"
    text = file.read_text(encoding="utf-8")
    for n in range(6):
        file.write_text(f"# {n}\n{text}", encoding="utf-8")
        compiled(folder)
    assert len(list(cache.iterdir())) <= 4
