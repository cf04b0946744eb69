"""Nobody but the keeper takes a person away about whom a request is open (sql/asked_about.sql)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "asked_about.sql"
DROP = "drop trigger asked_about_stays on registry_person; drop function access.asked_about_stays()"


class Migration(migrations.Migration):
    dependencies = [("registry", "0011_signed_papers"), ("rights", "0003_order_of_steps")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), DROP)]
