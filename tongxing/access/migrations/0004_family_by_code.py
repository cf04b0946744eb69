"""The account that stands for "the family, by code" in steps and facts; it has no password and is not active."""

import uuid
from typing import Any

from django.db import migrations


def make(apps: Any, schema_editor: Any) -> None:
    apps.get_model("access", "User").objects.using(schema_editor.connection.alias).create(
        id=uuid.UUID(int=0), login="(family)", name="family by code", password="!", is_active=False
    )


class Migration(migrations.Migration):
    dependencies = [("access", "0003_before_login")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
