"""What ``poise analyze --dry-run`` shows."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from poise.reading.summary import DryRun

__all__ = ["shown"]

_AGENTS = 40
_REJECTS = 10


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name or 'not known'} {number:,}" for name, number in counts.items()) or "none"


def shown(look: DryRun) -> RenderableType:
    """Return what would be read, as a page for the terminal."""
    period = f"{look.first:%Y-%m-%d} to {look.last:%Y-%m-%d}" if look.first and look.last else "no clock is known"
    facts = Table.grid(padding=(0, 2))
    for name, value in (
        ("files", _counts(look.files)),
        ("conversations", f"{look.conversations:,}"),
        ("turns", f"{look.turns:,}"),
        ("events", f"{look.events:,}"),
        ("timed words", f"{look.words:,}"),
        ("period", period),
        ("languages", _counts(look.languages)),
        ("channels", _counts(look.channels)),
        ("fields", _counts({name: count for name, count in look.fields.items() if count})),
    ):
        facts.add_row(Text(name, style="dim"), Text(value))
    agents = Table("agent", "name", "team", "conversations", "turns", title="Whose work would be looked at")
    for row in look.agents.head(_AGENTS).iter_rows(named=True):
        known = row["name"] or ("" if row["named"] else "known by role only: no page, no estimate")
        agents.add_row(
            Text(row["person"]), Text(known), Text(row["team"] or ""), f"{row['conversations']:,}", f"{row['turns']:,}"
        )
    parts: list[RenderableType] = [facts, agents]
    if len(look.agents) > _AGENTS:
        parts.append(Text(f"and {len(look.agents) - _AGENTS:,} more", style="dim"))
    for file, columns in look.mapping.items():
        parts.append(Text(f"{file}: " + ", ".join(f"{field} ← {column}" for field, column in columns.items())))
    parts.extend(Text(f"not read: {skipped.path}: {skipped.why}", style="yellow") for skipped in look.skipped)
    if look.rejected:
        parts.append(Text(f"{look.rejected:,} records would be refused; the first:", style="yellow"))
        parts.extend(
            Text(f"  {row['file']}, line {row['line']}, {row['field']}: {row['problem']}. {row['remedy']}")
            for row in look.rejects.head(_REJECTS).iter_rows(named=True)
        )
    return Group(*parts)
