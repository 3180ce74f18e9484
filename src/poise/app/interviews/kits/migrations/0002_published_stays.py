"""The database itself refuses to change what a published version of a kit says.

A later migration that makes SQLite build the table anew (most changes of a column do) takes the trigger with it and
must set it again.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

_WORDS = "a published version of a kit stays as it is"
_SAYS = "kit_id, number, content, job_analysis, published_at, digest"
POSTGRESQL = [
    f"""CREATE FUNCTION kits_published_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{_WORDS}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"CREATE TRIGGER kits_published_stays BEFORE UPDATE OF {_SAYS} ON kits_kitversion"
    " FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION kits_published_stays()",
]
SQLITE = [
    f"CREATE TRIGGER kits_published_stays BEFORE UPDATE OF {_SAYS} ON kits_kitversion"
    f" WHEN OLD.published_at IS NOT NULL BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
]
BACK = {
    "postgresql": [
        "DROP TRIGGER kits_published_stays ON kits_kitversion",
        "DROP FUNCTION kits_published_stays()",
    ],
    "sqlite": ["DROP TRIGGER kits_published_stays"],
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

    dependencies = [("kits", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
