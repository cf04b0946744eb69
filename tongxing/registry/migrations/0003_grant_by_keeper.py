"""A grant is given by the centre that keeps the record. The row policy of Grant may not look at Person (it would go in
circles), so a foreign key over both columns holds it: nobody lets himself in by a grant of his own making."""

from django.db import migrations

ADD = """
alter table registry_person add constraint person_kept_by unique (id, centre_id);
alter table registry_grant add constraint grant_given_by_keeper
  foreign key (person_id, given_from_id) references registry_person (id, centre_id) on update cascade;
"""
REMOVE = """
alter table registry_grant drop constraint grant_given_by_keeper;
alter table registry_person drop constraint person_kept_by;
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_search")]
    operations = [migrations.RunSQL(ADD, REMOVE)]
