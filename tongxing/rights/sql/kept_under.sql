-- Whose record stands under a programme number, and which centre keeps it: for whoever rules on requests of families.
create function access.kept_under(wanted text) returns table (person uuid, centre uuid)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  if not access.may('ruling', 'change') then
    raise exception 'not for this role' using errcode = 'insufficient_privilege';
  end if;
  return query select p.id, p.centre_id from registry_person p where p.number = wanted;
end $$;
revoke all on function access.kept_under(text) from public;
grant execute on function access.kept_under(text) to tx_app;
