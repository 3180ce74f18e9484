"""The files that ship: the team's conversations, its people, what was planted, and three real chats."""

from __future__ import annotations

import gzip
import io
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec

from poise.validation.sample.generate import SEED, generate
from poise.validation.sample.team import load_team

__all__ = ["BUILT", "build", "paths", "people_path", "rebuild"]

BUILT: Final = ("team.jsonl.gz", "truth.json.gz", "people.csv")
"""What :func:`build` makes."""
_NOTE: Final = "An invented team: nobody in these conversations is real, and no number drawn from them judges anyone."


def paths() -> list[Path]:
    """Return the conversation files for a demonstration: the invented team, and three real chats (ABCD, MIT)."""
    folder = Path(str(files("poise.validation.sample")))
    return [folder / "team.jsonl.gz", folder / "abcd" / "abcd.jsonl"]


def people_path() -> Path:
    """Return the file that joins the two logins of one agent, for ``--people``."""
    return Path(str(files("poise.validation.sample"))) / "people.csv"


def build(seed: int = SEED) -> dict[str, bytes]:
    """Return the contents of the files :data:`BUILT`; the same seed gives the same bytes."""
    lines = []
    truths = []
    for record in generate(seed):
        truth = record.pop("truth")
        truths.append({**truth, "language": record["language"], "channel": record["channel"]})
        lines.append(msgspec.json.encode(record))
    team = load_team()
    truth_file: dict[str, Any] = {
        "invented": True,
        "note": _NOTE,
        "seed": seed,
        "columns": {
            "acts": ["turn", "person", "behaviour", "begin", "end", "text", "unusual"],
            "occasions": ["person", "behaviour", "met", "occasions"],
        },
        "probability": team.planted(),
        "conversations": truths,
    }
    people = [f'"{_NOTE}",invented,']
    for agent in team.agent:
        names = [agent.id, agent.name] + ([agent.also.id, agent.also.name] if agent.also else [])
        people += [f"{name},{agent.id},{agent.team}" for name in names]
    return {
        "team.jsonl.gz": _packed(b"\n".join(lines) + b"\n"),
        "truth.json.gz": _packed(msgspec.json.encode(truth_file) + b"\n"),
        "people.csv": ("\n".join(["name,person,team", *people]) + "\n").encode(),
    }


def rebuild(folder: Path, seed: int = SEED) -> list[Path]:
    """Write the files :data:`BUILT` into a folder; return their paths.

    Raises
    ------
    OSError
        A folder that cannot be written to.
    """
    written = []
    for name, content in build(seed).items():
        path = folder / name
        path.write_bytes(content)
        written.append(path)
    return written


def _packed(content: bytes) -> bytes:
    # Without name and time in the header, the same content gives the same file.
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=buffer, mode="wb", compresslevel=9, mtime=0) as packed:
        packed.write(content)
    return buffer.getvalue()
