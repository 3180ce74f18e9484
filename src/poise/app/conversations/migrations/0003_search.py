"""The search index, in the database's own way; the database keeps it in step with ``SearchText`` by itself."""

from __future__ import annotations

from typing import Any

from django.db import migrations

POSTGRESQL = [
    "ALTER TABLE conversations_searchtext ADD COLUMN document tsvector"
    " GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED",
    "CREATE INDEX conversations_search ON conversations_searchtext USING gin (document)",
]
SQLITE = [
    "CREATE VIRTUAL TABLE conversations_search USING fts5("
    " text, content='conversations_searchtext', content_rowid='conversation_id',"
    " tokenize='unicode61 remove_diacritics 0')",
    "CREATE TRIGGER conversations_search_insert AFTER INSERT ON conversations_searchtext BEGIN"
    " INSERT INTO conversations_search(rowid, text) VALUES (new.conversation_id, new.text);"
    " END",
    "CREATE TRIGGER conversations_search_delete AFTER DELETE ON conversations_searchtext BEGIN"
    " INSERT INTO conversations_search(conversations_search, rowid, text)"
    " VALUES ('delete', old.conversation_id, old.text);"
    " END",
    "CREATE TRIGGER conversations_search_update AFTER UPDATE ON conversations_searchtext BEGIN"
    " INSERT INTO conversations_search(conversations_search, rowid, text)"
    " VALUES ('delete', old.conversation_id, old.text);"
    " INSERT INTO conversations_search(rowid, text) VALUES (new.conversation_id, new.text);"
    " END",
]
BACK = {
    "postgresql": [
        "DROP INDEX conversations_search",
        "ALTER TABLE conversations_searchtext DROP COLUMN document",
    ],
    "sqlite": [
        "DROP TRIGGER conversations_search_insert",
        "DROP TRIGGER conversations_search_delete",
        "DROP TRIGGER conversations_search_update",
        "DROP TABLE conversations_search",
    ],
}


def build(_apps: Any, editor: Any) -> None:
    """Build the index."""
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement)


def drop(_apps: Any, editor: Any) -> None:
    """Take the index away."""
    for statement in BACK[editor.connection.vendor]:
        editor.execute(statement)


class Migration(migrations.Migration):
    """Build the index."""

    dependencies = [("conversations", "0002_initial")]
    operations = [migrations.RunPython(build, drop)]
