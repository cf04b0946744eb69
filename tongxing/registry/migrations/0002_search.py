"""Programme numbers, desk search (a definer function owned by tx_match), and breaking the glass."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial"), ("access", "0004_family_by_code")]
    operations = [
        migrations.RunSQL("create sequence registry_number", "drop sequence registry_number"),
        migrations.RunSQL(
            (SQL / "search.sql").read_text(encoding="utf-8"), "drop function access.search(bigint[], jsonb), access.refuse_too_many_searches(uuid)"
        ),
        migrations.RunSQL(
            (SQL / "break_glass.sql").read_text(encoding="utf-8"), "drop function access.break_glass(text, text)"
        ),
    ]
