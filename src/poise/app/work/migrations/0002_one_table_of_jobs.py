"""The table of a package that came with Poise and was never used goes: there is one table of jobs."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """Drop it where it was made."""

    dependencies = [("work", "0001_initial")]
    operations = [migrations.RunSQL("DROP TABLE IF EXISTS django_tasks_database_dbtaskresult", migrations.RunSQL.noop)]
