"""The functions that verify the signed context: every row policy asks them, so they come before the first table."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "context.sql"


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
