-- A request holds its child by no key, because it outlives the child's record. Yet a person about whom a family has asked
-- stays, as if a key pointed there, answered or not; only the keeper, who carries requests out, takes it away.
create or replace function access.asked_about_stays() returns trigger
language plpgsql set search_path = pg_catalog, public as $$
begin
  if current_user <> 'tx_keeper' and exists (select from rights_request where person_id = old.id) then
    raise exception 'a family has asked about this record' using errcode = 'foreign_key_violation';
  end if;
  return old;
end $$;
revoke all on function access.asked_about_stays() from public;
create or replace trigger asked_about_stays before delete on registry_person
  for each row execute function access.asked_about_stays();
