"""The review desk: what it is told of a pair, taking a word back, and disagreement that waits for a lead."""

from pathlib import Path

from django.db import migrations, models

import tongxing.core.rls

SQL = Path(__file__).parent.parent / "sql" / "review.sql"
RIGHTS = """
revoke all on function access.compared_record(uuid) from public;
revoke all on function access.pair_told(uuid) from public;
revoke all on function access.take_back(uuid, text) from public;
grant execute on function access.pair_told(uuid) to tx_app;
grant execute on function access.take_back(uuid, text) to tx_app;
grant create on schema access to tx_linker;
alter function access.take_back(uuid, text) owner to tx_linker;
revoke create on schema access from tx_linker;
"""
DROP = """
drop function access.take_back(uuid, text);
drop function access.pair_told(uuid);
drop function access.compared_record(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_linker_reads_model")]
    operations = [
        migrations.RemoveConstraint(
            model_name='reviewpair',
            name='reviewpair_linker',
        ),
        migrations.AddField(
            model_name='reviewpair',
            name='is_disputed',
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name='reviewpair',
            constraint=tongxing.core.rls.RoleRights(adds=True, changes=('state', 'is_sensitive', 'is_disputed', 'first_by_id', 'first_said', 'decided_at', 'decided_by_id', 'decided_reason'), name='reviewpair_linker', reads=('*',), role='tx_linker'),
        ),
        migrations.AddIndex(
            model_name='reviewpair',
            index=models.Index(condition=models.Q(('state', 'deferred')), fields=['opened_at', 'id'], name='reviewpair_deferred'),
        ),
        migrations.AddIndex(
            model_name='reviewpair',
            index=models.Index(condition=models.Q(('is_disputed', True)), fields=['opened_at', 'id'], name='reviewpair_disputed'),
        ),
        migrations.RunSQL([SQL.read_text(encoding="utf-8"), RIGHTS], DROP),
    ]
