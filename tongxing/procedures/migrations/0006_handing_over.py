"""Drafts of somebody who leaves go to a colleague at the same centre (sql/handing_over.sql)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "handing_over.sql"


class Migration(migrations.Migration):
    dependencies = [("procedures", "0005_rosters"), ("organisations", "0005_accounts")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
