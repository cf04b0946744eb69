"""Finding the keeping centre by a programme number, for the data protection officer (sql/kept_under.sql)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "kept_under.sql"


class Migration(migrations.Migration):
    dependencies = [("rights", "0001_requests")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), "drop function access.kept_under(text)")]
