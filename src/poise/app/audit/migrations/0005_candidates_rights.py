"""Legal holds, and tombstones of candidates."""

from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """A hold a candidate; a tombstone is of a person or of a candidate."""

    dependencies = [
        ("audit", "0004_entries_about_candidates"),
        ("campaigns", "0003_letters_are_tried_again_and_campaigns_have_a_contact"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField("tombstone", "candidate", models.BigIntegerField(null=True, unique=True)),
        migrations.AlterField("tombstone", "person", models.BigIntegerField(null=True, unique=True)),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=500)),
                ("set_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "candidate",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="legal_hold",
                        to="campaigns.candidate",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
    ]
