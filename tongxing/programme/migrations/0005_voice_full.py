"""Adding to a matter answers with a word instead of failing (sql/voice.sql); a constraint is called what it holds."""

from pathlib import Path

from django.db import migrations, models
from django.db.models import Q

SQL = Path(__file__).parent.parent / "sql" / "voice.sql"
FORMER = "drop function access.voice_said_again(bytea, uuid, text, date)"  # it returned another type


class Migration(migrations.Migration):
    dependencies = [("programme", "0004_voice")]
    operations = [
        migrations.RunSQL([FORMER, SQL.read_text(encoding="utf-8")], migrations.RunSQL.noop),
        migrations.RemoveConstraint("voice", "voice_never_at_the_centre_it_is_about"),
        migrations.AddConstraint(
            "voice",
            models.CheckConstraint(
                name="voice_about_staff_never_at_a_centre",
                condition=Q(assigned_centre=None) | Q(route="programme", about_person=False),
            ),
        ),
    ]
