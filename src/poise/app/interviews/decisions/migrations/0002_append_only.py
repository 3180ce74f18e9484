"""The database itself refuses to change a decision, or an objection that was answered.

Taking rows away stays possible: a candidate who is forgotten takes their decisions along. A later migration that makes
SQLite build one of the tables anew (most changes of a column do) takes its trigger with it and must set it again.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

_WORDS = "decisions and answers to objections stay as they are: add another"
#: table → which of its rows stay
TABLES = {"decisions_decision": "", "decisions_objection": "OLD.verdict <> ''"}


def _set(table: str, rows: str, vendor: str) -> list[str]:
    if vendor == "postgresql":
        when = f"WHEN ({rows}) " if rows else ""
        return [
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table} FOR EACH ROW {when}"
            "EXECUTE FUNCTION decisions_stay()"
        ]
    when = f"WHEN {rows} " if rows else ""
    return [f"CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table} {when}BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"]


def guard(_apps: Any, editor: Any) -> None:
    """Set the triggers."""
    vendor = editor.connection.vendor
    if vendor == "postgresql":
        editor.execute(
            f"""CREATE FUNCTION decisions_stay() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{_WORDS}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
            params=None,
        )
    for table, rows in TABLES.items():
        for statement in _set(table, rows, vendor):
            editor.execute(statement, params=None)


def unguard(_apps: Any, editor: Any) -> None:
    """Take them away."""
    postgresql = editor.connection.vendor == "postgresql"
    for table in TABLES:
        editor.execute(f"DROP TRIGGER {table}_stays" + (f" ON {table}" if postgresql else ""), params=None)
    if postgresql:
        editor.execute("DROP FUNCTION decisions_stay()", params=None)


class Migration(migrations.Migration):
    """Set the triggers."""

    dependencies = [("decisions", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
