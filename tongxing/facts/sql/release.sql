-- A second officer lets a file of more than 100 persons be taken. Whoever asked for it is refused here, and by a constraint.
create or replace function access.release_extract(which uuid) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  if not access.may('release', 'change') or access.user_id() is null or exists (
      select from public.facts_extract e where e.id = which and e.user_id = access.user_id()) then
    raise exception 'may not release' using errcode = 'insufficient_privilege';
  end if;
  update public.facts_extract set released_by_id = access.user_id(), released_at = clock_timestamp()
   where id = which and state = 'ready' and released_by_id is null and expires_at > clock_timestamp();
  return found;
end $$;

-- Of how many persons a file is stands once: nobody makes it smaller afterwards.
create or replace function access.keep_persons() returns trigger
language plpgsql set search_path = pg_catalog, public as $$
begin
  if old.state = 'ready' and new.persons is distinct from old.persons then
    raise exception 'the number of persons stands' using errcode = 'check_violation', constraint = 'extract_persons';
  end if;
  return new;
end $$;

drop trigger if exists extract_persons on public.facts_extract;
create trigger extract_persons before update of persons on public.facts_extract
  for each row execute function access.keep_persons();

revoke all on function access.release_extract(uuid), access.keep_persons() from public;
grant execute on function access.release_extract(uuid) to tx_app;
