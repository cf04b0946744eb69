"""Two looks before everything is reset, each worth one reset; drafts of somebody who stays (sql/accounts.sql)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "accounts.sql"


class Migration(migrations.Migration):
    dependencies = [("organisations", "0005_accounts"), ("access", "0007_stays_end_with_the_day")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
