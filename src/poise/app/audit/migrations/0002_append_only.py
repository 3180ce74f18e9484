"""The database itself refuses to change or take away what is sealed."""

from __future__ import annotations

from typing import Any

from django.db import migrations

_WORDS = "a sealed row of the audit log stays as it is"
POSTGRESQL = [
    f"""CREATE FUNCTION audit_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{_WORDS}'; END $$""",
    "CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE ON audit_entry"
    " FOR EACH ROW WHEN (OLD.sequence IS NOT NULL) EXECUTE FUNCTION audit_entry_stays()",
    "CREATE TRIGGER audit_entries_stay BEFORE TRUNCATE ON audit_entry EXECUTE FUNCTION audit_entry_stays()",
]
SQLITE = [
    f"CREATE TRIGGER audit_entry_{what.lower()} BEFORE {what} ON audit_entry WHEN OLD.sequence IS NOT NULL"
    f" BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
    for what in ("UPDATE", "DELETE")
]
BACK = {
    "postgresql": [
        "DROP TRIGGER audit_entries_stay ON audit_entry",
        "DROP TRIGGER audit_entry_stays ON audit_entry",
        "DROP FUNCTION audit_entry_stays()",
    ],
    "sqlite": ["DROP TRIGGER audit_entry_update", "DROP TRIGGER audit_entry_delete"],
}


def guard(_apps: Any, editor: Any) -> None:
    """Set the triggers."""
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement, params=None)


def unguard(_apps: Any, editor: Any) -> None:
    """Take them away."""
    for statement in BACK[editor.connection.vendor]:
        editor.execute(statement, params=None)


class Migration(migrations.Migration):
    """Set the triggers."""

    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
