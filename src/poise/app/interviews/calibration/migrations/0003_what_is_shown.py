from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calibration", "0002_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="round",
            name="answers",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="practicerating",
            name="expert",
            field=models.PositiveSmallIntegerField(default=3),
            preserve_default=False,
        ),
        migrations.RemoveConstraint(
            model_name="practicerating",
            name="practice_level",
        ),
        migrations.AddConstraint(
            model_name="practicerating",
            constraint=models.CheckConstraint(
                condition=models.Q(("expert__gte", 1), ("expert__lte", 5), ("level__gte", 1), ("level__lte", 5)),
                name="practice_level",
            ),
        ),
    ]
