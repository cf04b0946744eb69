"""Whoever was asked about stays, answered or not: a request is work with the record (sql/asked_about.sql)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "asked_about.sql"


class Migration(migrations.Migration):
    dependencies = [("rights", "0004_asked_about_stays")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
