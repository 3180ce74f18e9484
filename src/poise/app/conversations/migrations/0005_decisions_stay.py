"""The database itself refuses to change what was decided on a contest.

Taking rows away stays possible: who is erased takes the decisions on their work along. So does forgetting who decided,
when their account is deleted. A later migration that makes SQLite build the table anew takes the trigger with it and
must set it again.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

_WORDS = "decisions on contests stay as they are: decide again instead"
_TABLE = "conversations_decision"
_COLUMNS = ("id", "contest_id", "upheld", "reason", "at")
POSTGRESQL = [
    f"""CREATE FUNCTION contest_decision_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{_WORDS}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"CREATE TRIGGER contest_decision_stays BEFORE UPDATE ON {_TABLE} FOR EACH ROW WHEN ("
    + " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in _COLUMNS)
    + " OR (NEW.by_id IS NOT NULL AND OLD.by_id IS DISTINCT FROM NEW.by_id)) EXECUTE FUNCTION contest_decision_stays()",
]
SQLITE = [
    f"CREATE TRIGGER contest_decision_stays BEFORE UPDATE ON {_TABLE} WHEN "
    + " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in _COLUMNS)
    + " OR (NEW.by_id IS NOT NULL AND OLD.by_id IS NOT NEW.by_id)"
    + f" BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
]
BACK = {
    "postgresql": [f"DROP TRIGGER contest_decision_stays ON {_TABLE}", "DROP FUNCTION contest_decision_stays()"],
    "sqlite": ["DROP TRIGGER contest_decision_stays"],
}


def guard(_apps: Any, editor: Any) -> None:
    """Set the trigger."""
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement, params=None)


def unguard(_apps: Any, editor: Any) -> None:
    """Take it away."""
    for statement in BACK[editor.connection.vendor]:
        editor.execute(statement, params=None)


class Migration(migrations.Migration):
    """Set the trigger."""

    dependencies = [("conversations", "0004_contests")]
    operations = [migrations.RunPython(guard, unguard)]
