from uuid import uuid4

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("importing", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="import",
            name="folder",
            field=models.UUIDField(default=uuid4, unique=True, editable=False),
        ),
    ]
