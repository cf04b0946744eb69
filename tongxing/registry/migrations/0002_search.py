"""Programme numbers, and breaking the glass. Desk search comes with 0006, in its form of today."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial"), ("access", "0004_family_by_code")]
    operations = [
        migrations.RunSQL("create sequence registry_number", "drop sequence registry_number"),
        migrations.RunSQL(
            (SQL / "break_glass.sql").read_text(encoding="utf-8"), "drop function access.break_glass(text, text)"
        ),
    ]
