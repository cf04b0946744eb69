"""The word of a desk about a sheltered pair is kept although the pair was laid aside (sql/asserting.sql)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "asserting.sql"


class Migration(migrations.Migration):
    dependencies = [("registry", "0011_signed_papers")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
