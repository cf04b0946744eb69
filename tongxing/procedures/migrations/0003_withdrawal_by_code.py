"""Finding a referral by the code on a family's receipt, before there is any context (sql/withdrawal.sql)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "withdrawal.sql"


class Migration(migrations.Migration):
    dependencies = [("procedures", "0002_initial")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), "drop function access.referral_of_code(bytea)")]
