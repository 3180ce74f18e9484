"""What an import found to be here already is noted, so that undoing the first leaves it to the second."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the table."""

    dependencies = [("conversations", "0005_decisions_stay"), ("importing", "0002_import_folder")]
    operations = [
        migrations.CreateModel(
            name="AlsoBrought",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content", models.CharField(max_length=64)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="also_brought_by",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "imported",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="also_brought",
                        to="importing.import",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("imported", "conversation"), name="also_brought_once")],
            },
        ),
    ]
