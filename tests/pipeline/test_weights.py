"""Weights are read when a run needs them, and never before."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from poise.knowledge import SHIPPED, KnowledgeError, load

HEAVY = ["onnxruntime", "tokenizers", "sklearn", "safetensors"]
TALK = {
    "id": "c",
    "channel": "chat",
    "language": "en",
    "turns": [{"role": "customer", "text": "My kettle leaks!"}, {"role": "agent", "text": "I am sorry to hear that."}],
}


def loaded_by(code: str) -> set[str]:
    """Return which of the heavy libraries a fresh process has loaded after ``code``."""
    check = f"\nimport sys, json\nprint(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    said = subprocess.run([sys.executable, "-c", code + check], capture_output=True, text=True, check=True)
    return set(json.loads(said.stdout.splitlines()[-1]))


def plain(folder: Path) -> Path:
    """Copy the shipped knowledge without its trained tables."""
    for room in (".", "signals", "behaviours"):
        (folder / room).mkdir(exist_ok=True, parents=True)
        for path in (SHIPPED / room).glob("*.toml"):
            lines, inside = [], False
            for line in path.read_text(encoding="utf-8").splitlines():
                if line.startswith("["):
                    inside = line.strip() in ("[signal.trained]", "[behaviour.trained]")
                lines += [] if inside else [line]
            (folder / room / path.name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_what_is_not_needed_is_not_loaded(tmp_path: Path) -> None:
    folder = plain(tmp_path / "knowledge")
    talk = tmp_path / "talk.jsonl"
    talk.write_text(json.dumps(TALK), encoding="utf-8")
    run = f"import poise\npoise.analyze({str(talk)!r}, knowledge={str(folder)!r}, tier='full')"
    assert loaded_by("import poise, poise.cli") == set()
    assert loaded_by(run) == set()  # no entry names a head
    fast = f"import poise\npoise.analyze({str(talk)!r})"
    assert not loaded_by(fast) & {"onnxruntime", "sklearn"}


def with_trained(folder: Path, table: str) -> Path:
    plain(folder)
    path = folder / "signals" / "customer.toml"
    text = path.read_text(encoding="utf-8")
    at = text.index("[signal.phrases", text.index('id = "customer.thanks"'))
    path.write_text(f"{text[:at]}[signal.trained]\n{table}\n\n{text[at:]}", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ('head = "no_such_head"\nadds = 0.9', "there is no head 'no_such_head'"),
        ('head = "no_such_head"\nadds = 1.5', "adds is 1.5, but a probability lies between 0 and 1"),
        ('head = "no_such_head"', "neither adds nor vetoes"),
        ('head = "no_such_head"\nadds = 0.2\nvetoes = 0.4', r"vetoes \(0.4\) is not below adds \(0.2\)"),
        ('head = "no_such_head"\nvetoes = 0.4\nlevel = 2', "has a level, but adds nothing"),
        ('head = "no_such_head"\nadd = 0.4', "add"),
    ],
)
def test_a_trained_table_that_cannot_be_used_is_named(tmp_path: Path, table: str, complaint: str) -> None:
    with pytest.raises(KnowledgeError, match=complaint) as error:
        load(with_trained(tmp_path / "knowledge", table))
    assert "signals/customer.toml: customer.thanks" in str(error.value)
