"""What the web process may ask before there is a context: credentials, and whose session a cookie belongs to."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql" / "before_login.sql"


class Migration(migrations.Migration):
    dependencies = [("access", "0002_users_sessions_logs")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
