"""A request begins unruled, and its steps have an order.

To take a wall away takes the rights of all walls of its table: all three stand anew.
"""

import pgtrigger.compiler
import pgtrigger.migrations
import tongxing.core.rls
from django.db import migrations, models


OURS = "{national} or centre_id = any({centres})"


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0006_trace_read_and_sealed'),
        ('organisations', '0005_accounts'),
        ('rights', '0002_kept_under'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='request',
            name='request_steps',
        ),
        migrations.RemoveConstraint(
            model_name='request',
            name='request_ruled',
        ),
        migrations.RemoveConstraint(
            model_name='request',
            name='request_second',
        ),
        migrations.RemoveConstraint(
            model_name='request',
            name='request_rows',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='request',
            trigger=pgtrigger.compiler.Trigger(name='request_steps', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nif current_user = 'tx_app' then\n  if (new.decided_at, new.decided_by_id, new.refused_for, new.answer_words)\n     is distinct from (old.decided_at, old.decided_by_id, old.refused_for, old.answer_words)\n     and not (old.state = 'asked' and access.may('ruling', 'change') and new.decided_by_id = access.user_id()) then\n    raise exception 'the data protection officer rules, once' using errcode = 'check_violation';\n  end if;\n  if (new.second_at, new.second_by_id) is distinct from (old.second_at, old.second_by_id)\n     and not (old.state = 'granted' and old.second_by_id is null\n              and access.may('erasure', 'change') and new.second_by_id = access.user_id()) then\n    raise exception 'the second word is for another role, once, after the ruling' using errcode = 'check_violation';\n  end if;\n  if new.state is distinct from old.state and not (\n       (new.state in ('granted', 'refused') and old.state = 'asked' and access.may('ruling', 'change'))\n       or (new.state = 'done' and access.may('request', 'change')\n           and (old.state = 'made' or (old.state = 'granted' and old.kind = 'correct')))) then\n    raise exception 'this step is for another role' using errcode = 'check_violation';\n  end if;\nend if;\nreturn new;\n", hash='1a1b1a1db58de3803fadac95ad7ec0f8d4d3bc41', operation='UPDATE', pgid='pgtrigger_request_steps_d380f', table='rights_request', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=tongxing.core.rls.RowPolicy(adders=(), name='request_rows', new_rows="({national} or centre_id = any({centres})) and recorded_by_id = {user} and state = 'asked' and decided_by_id is null and second_by_id is null and done_at is null and refused_for = '' and answer_words = ''", part='request', readers=(), rows='{national} or centre_id = any({centres})', verbs=('read', 'add')),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=tongxing.core.rls.RowPolicy(adders=(), columns=('state', 'decided_at', 'decided_by_id', 'refused_for', 'answer_words', 'done_at'), name='request_ruled', new_rows='', part='request', readers=(), rows=OURS, verbs=('change',)),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=tongxing.core.rls.RowPolicy(adders=(), columns=('second_at', 'second_by_id'), name='request_second', new_rows='', part='erasure', readers=(), rows=f"({OURS}) and kind = 'delete'", verbs=('change',)),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'refused'), ('refused_for', ''), _connector='OR'), name='request_refused_only'),
        ),
    ]
