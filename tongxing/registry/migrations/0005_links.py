"""Who is who: functions that belong to tx_linker, of which the app may call those that a desk needs."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"
CALLED_BY_APP = (
    "assert_link(uuid, uuid, text, text, float8, jsonb, text)",
    "end_link(uuid, text)",
    "links_of(uuid)",
    "one_with(uuid, timestamptz)",
    "numbered(text)",
    "decide_pair(uuid, text, text)",
    "links_told(text)",
)
INSIDE = (
    "is_sheltered(uuid)",
    "agrees_to_linkage(uuid)",
    "may_be_linked(uuid, uuid)",
    "is_open_here(uuid)",
    "joined_to(uuid)",
    "parted(uuid[])",
    "settle_identities(uuid[])",
    "note_tie(uuid, uuid, float8)",
    "let_link_end(uuid, uuid, text)",
    "put_link(uuid, uuid, text, text, text, float8, jsonb, text, uuid)",
    "put_pair(uuid, uuid, text, text, float8, float8, jsonb, jsonb, float8, uuid, text)",
    "end_what_is_not_agreed()",
    "guarded(uuid[])",
    "judged(uuid, uuid)",
    "write_plain(jsonb, text)",
    "write_found(jsonb, text)",
    "note_ties(uuid, boolean, uuid[], uuid[], float8[], jsonb)",
    "to_compare()",
    "end_what_no_model_says(uuid[], uuid[])",
)
CONTEXT = ("user_id()", "centres()", "is_national()", "may(text, text)")
LINKERS = "\n".join(
    [
        "grant usage, create on schema access to tx_linker;",
        *(f"grant execute on function access.{name} to tx_linker;" for name in CONTEXT),
        *(f"alter function access.{name} owner to tx_linker;" for name in (*INSIDE, *CALLED_BY_APP)),
        "revoke create on schema access from tx_linker;",
        *(f"revoke all on function access.{name} from public;" for name in (*INSIDE, *CALLED_BY_APP)),
        *(f"grant execute on function access.{name} to tx_app;" for name in CALLED_BY_APP),
    ]
)
# When a record is handed over, the pairs in which it stands follow (as in 0003).
FOLLOW = "".join(
    f"alter table registry_reviewpair add constraint reviewpair_{side}_kept_by_one foreign key ({side}_id, {side}_centre_id)"
    " references registry_person (id, centre_id) on update cascade;"
    for side in ("left", "right")
)
STAY = "".join(
    f"alter table registry_reviewpair drop constraint reviewpair_{side}_kept_by_one;" for side in ("left", "right")
)
DROP = "".join(f"drop function access.{name};" for name in reversed((*INSIDE, *CALLED_BY_APP)))


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_who_is_who"), ("facts", "0008_linker_notes_ties")]
    operations = [
        migrations.RunSQL(FOLLOW, STAY),
        migrations.RunSQL(
            [(SQL / name).read_text(encoding="utf-8") for name in ("asserting.sql", "links.sql", "linking.sql")], DROP
        ),
        migrations.RunSQL(LINKERS, migrations.RunSQL.noop),
    ]
