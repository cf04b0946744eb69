"""A stay lasts twelve hours however it was made, and no statement of a page changes it: functions do."""

from pathlib import Path

from django.db import migrations

import tongxing.core.rls

SQL = Path(__file__).parent.parent / "sql" / "accounts.sql"
STAY = (
    "user_id = {user} and started_at <= clock_timestamp() + interval '1 minute'"
    " and seen_at <= clock_timestamp() + interval '1 minute' and ends_at <= started_at + interval '12 hours'"
)


class Migration(migrations.Migration):
    dependencies = [("access", "0006_trace_read_and_sealed")]
    operations = [
        migrations.RemoveConstraint(model_name="session", name="session_rows"),
        migrations.AddConstraint(
            model_name="session",
            constraint=tongxing.core.rls.RowPolicy(
                name="session_rows", part="own", rows="user_id = {user}", new_rows=STAY, verbs=("read", "add")
            ),
        ),
        migrations.RunSQL(SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
