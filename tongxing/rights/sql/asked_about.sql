-- A request holds its child by no key, because it outlives the child's record. Yet a person about whom a family waits for
-- an answer stays, as if a key pointed there; only the keeper, who carries requests out, takes it away.
create function access.asked_about_stays() returns trigger
language plpgsql set search_path = pg_catalog, public as $$
begin
  if current_user <> 'tx_keeper' and exists (
    select from rights_request where person_id = old.id and state not in ('done', 'refused')) then
    raise exception 'a family waits for an answer about this record' using errcode = 'foreign_key_violation';
  end if;
  return old;
end $$;
revoke all on function access.asked_about_stays() from public;
create trigger asked_about_stays before delete on registry_person
  for each row execute function access.asked_about_stays();
