"""Periods may be weeks: room for their names, and levels are estimated again where there are any.

Until that is done pages show the months that are stored.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations, models


def estimate_again(apps: Any, _editor: Any) -> None:
    """Ask for the estimates of every purpose that has any."""
    job = apps.get_model("work", "Job")
    stored = apps.get_model("people", "Estimate").objects.order_by().values_list("purpose", flat=True).distinct()
    for purpose in sorted(stored):
        # the key under which the app looks for such a job that waits
        job.objects.get_or_create(
            key=f"estimates:{purpose}:people-0003", defaults={"kind": "estimates", "payload": {"purpose": purpose}}
        )


class Migration(migrations.Migration):
    """Widen the column, then ask."""

    dependencies = [("people", "0002_self_statement"), ("work", "0001_initial")]
    operations = [
        migrations.AlterField("estimate", "period", models.CharField(blank=True, max_length=12)),
        migrations.RunPython(estimate_again, migrations.RunPython.noop),
    ]
