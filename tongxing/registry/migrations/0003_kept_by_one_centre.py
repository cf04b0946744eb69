"""What hangs on a person belongs to the centre that keeps the person, and only that centre lets another one in.

A row policy sees the centre that a row names; that the person is that centre's too, a foreign key over both columns
holds. (The policy of Grant may not look at Person: it would go in circles.) When a record is handed over, its parts follow.
"""

from django.db import migrations

PARTS = (
    *("name", "document", "contact", "subject", "guardianship", "residence", "movement"),
    *("consent", "searchkey", "searchrow"),
)
KEPT_BY = """
alter table registry_{table} add constraint {table}_kept_by_one
  foreign key (person_id, {centre}) references registry_person (id, centre_id) on update cascade;
"""
HELD = [*((part, "centre_id") for part in PARTS), ("grant", "given_from_id")]
ADD = "alter table registry_person add constraint person_kept_by unique (id, centre_id);" + "".join(
    KEPT_BY.format(table=table, centre=centre) for table, centre in HELD
)
REMOVE = (
    "".join(f"alter table registry_{table} drop constraint {table}_kept_by_one;\n" for table, _centre in HELD)
    + "alter table registry_person drop constraint person_kept_by;"
)


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_search")]
    operations = [migrations.RunSQL(ADD, REMOVE)]
