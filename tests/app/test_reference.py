"""The reference of the app says what the code says: who may do what, and what the environment may set."""

from __future__ import annotations

import re
from pathlib import Path

from poise.app.access import PURPOSES, TABLE, Reach, Role

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "app.md"
WORDS = {Reach.EVERYTHING: "all", Reach.TEAMS: "teams", Reach.OWN: "own"}
VARIABLE = re.compile(r"\b(?:POISE_[A-Z_]+|DATABASE_URL)\b")


def _table() -> str:
    head = ["capability", "purpose", *(role.replace("_", " ") for role in Role)]
    lines = [head, ["---"] * len(head)]
    for capability, roles in TABLE.items():
        reach = [WORDS[roles[role]] if role in roles else "" for role in Role]
        lines.append([f"`{capability}`", str(PURPOSES.get(capability, "")), *reach])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines).replace("  |", " |")


def test_the_table_of_roles_is_the_one_that_decides() -> None:
    shown = PAGE.read_text("utf-8").partition("<!-- access -->\n\n")[2].partition("\n\n")[0]
    assert shown == _table(), f"put this into {PAGE.name}:\n{_table()}"


def test_every_variable_of_the_environment_is_explained_and_no_other() -> None:
    section = PAGE.read_text("utf-8").partition("## Environment")[2].partition("\n## ")[0]
    explained = {name for line in section.splitlines() if line.startswith("| `") for name in _names(line)}
    read = set()
    for path in (ROOT / "src" / "poise").rglob("*.py"):
        for line in path.read_text("utf-8").splitlines():
            if "environ" in line or "envvar" in line or "whole_number(" in line:
                read |= set(VARIABLE.findall(line))
    assert explained == read


def _names(line: str) -> list[str]:
    return VARIABLE.findall(line.split("|")[1])


def test_every_way_by_which_the_page_is_reached_is_there() -> None:
    for page in ("README.md", "docs/how-to/run-the-app.md", "docs/tutorial.md"):
        assert "reference/app.md" in (ROOT / page).read_text("utf-8"), page
