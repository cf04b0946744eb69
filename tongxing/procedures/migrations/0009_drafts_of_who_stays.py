"""Somebody who keeps another place at the desk of the centre keeps the drafts (sql/handing_over.sql)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "handing_over.sql"


class Migration(migrations.Migration):
    dependencies = [("procedures", "0008_typed_from_paper"), ("organisations", "0006_looks_are_spent")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
