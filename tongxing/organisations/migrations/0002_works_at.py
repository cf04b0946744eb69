"""A session is worth what the membership behind it is worth today (sql/works_at.sql)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "works_at.sql"


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial"), ("access", "0003_before_login")]
    operations = [
        migrations.RunSQL(SQL.read_text(encoding="utf-8"), "drop function access.works_at(uuid, text, uuid)")
    ]
