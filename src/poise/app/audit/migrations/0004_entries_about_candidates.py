"""Entries say which candidate they are about; those that were sealed before keep their seals."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column that is empty in older rows, and its index."""

    dependencies = [("audit", "0003_tombstone_noticegiven_retention_consent")]
    operations = [
        migrations.AddField(model_name="entry", name="candidate", field=models.BigIntegerField(null=True)),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("candidate__isnull", False)),
                fields=["candidate", "-id"],
                name="entry_of_candidate",
            ),
        ),
    ]
