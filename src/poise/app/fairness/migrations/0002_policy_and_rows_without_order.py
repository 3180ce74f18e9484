"""What is asked is a policy; answers are known by their pseudonym alone, so that the order of rows tells nothing."""

from __future__ import annotations

from django.db import migrations, models

_SEX = [("female", "female"), ("male", "male")]
_ETHNICITY = [
    ("hispanic", "Hispanic or Latino"),
    ("white", "White"),
    ("black", "Black or African American"),
    ("pacific", "Native Hawaiian or Pacific Islander"),
    ("asian", "Asian"),
    ("native", "Native American or Alaska Native"),
    ("several", "two or more races"),
]
_ASKED = [
    ("nothing", "Nothing: candidates are not asked"),
    ("sex", "Sex only"),
    ("both", "Sex, and race or ethnicity in the categories of the United States' EEO-1 report"),
]


class Migration(migrations.Migration):
    """The table of answers is made anew: nobody could answer before."""

    dependencies = [("fairness", "0001_initial")]
    operations = [
        migrations.DeleteModel("VoluntaryAnswer"),
        migrations.CreateModel(
            name="VoluntaryAnswer",
            fields=[
                ("pseudonym", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("sex", models.CharField(blank=True, choices=_SEX, max_length=10, verbose_name="sex")),
                (
                    "ethnicity",
                    models.CharField(blank=True, choices=_ETHNICITY, max_length=10, verbose_name="race or ethnicity"),
                ),
                ("wording", models.PositiveSmallIntegerField()),
                ("given_on", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                ("id", models.SmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                (
                    "asked",
                    models.CharField(choices=_ASKED, max_length=10, verbose_name="What candidates may answer"),
                ),
                (
                    "authority",
                    models.CharField(blank=True, max_length=500, verbose_name="Authority for the four-fifths rule"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="one_row_of_fairness_policy")
                ],
            },
        ),
    ]
