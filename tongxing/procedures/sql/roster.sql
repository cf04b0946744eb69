-- For rosters. Whom of those at the acting centre a row may be: what its desk may read anyhow, so that nothing is told
-- about other centres, nobody is alarmed and nothing is counted as a search at a desk.
create or replace function access.here(probes bigint[], strong integer, tags smallint[], looked_for jsonb)
returns table (person_id uuid, verdict text, total float8)
language plpgsql stable rows 5 security definer set search_path = pg_catalog, public set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  context text[] := access.verified();
  places uuid[] := string_to_array(nullif(context[4], ''), ',')::uuid[];
begin
  if not coalesce((';' || context[6]) ~ ';roster=[a-z]*a', false) then
    raise exception 'rosters are not for this role' using errcode = 'insufficient_privilege';
  end if;
  return query
    select c.person_id, c.verdict, c.total
      from access.candidates(probes, strong, tags, looked_for) c join registry_person p on p.id = c.person_id
     where p.centre_id = any(places) and c.verdict in ('likely', 'possible')
     order by c.total desc limit 5;
end $$;

grant create on schema access to tx_match;
alter function access.here(bigint[], integer, smallint[], jsonb) owner to tx_match;
revoke create on schema access from tx_match;
revoke all on function access.here(bigint[], integer, smallint[], jsonb) from public;
grant execute on function access.here(bigint[], integer, smallint[], jsonb) to tx_app;

-- Takes one registration out that a roster brought by mistake, with the person, when nobody has worked with it since;
-- answers whether it did. Whatever else points to the person, now or in a later version, keeps it: every foreign key of
-- the schema is asked, not a list of tables; what points without a key hangs a trigger on the person that raises the
-- same (rights/sql/asked_about.sql). Facts are append-only: the caller takes its fact back (`mistake`).
create or replace function access.take_out(taken uuid) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  context text[] := access.verified();
  places uuid[] := string_to_array(nullif(context[4], ''), ',')::uuid[];
  who uuid;
  home uuid;
  made timestamptz;
begin
  if not coalesce((';' || context[6]) ~ ';roster=[a-z]*c', false) then
    raise exception 'rosters are not for this role' using errcode = 'insufficient_privilege';
  end if;
  select r.person_id, p.household_id, r.registered_at into who, home, made
    from procedures_registration r join registry_person p on p.id = r.person_id
   where r.id = taken and r.centre_id = any(places) and p.centre_id = any(places)
     and exists (select from procedures_rosterrow w where w.registration_id = r.id and w.state = 'imported')
     for update of r, p;
  if who is null or access.is_touched(taken, who, made) then
    return false;
  end if;
  begin
    set constraints all immediate;
    update procedures_rosterrow set registration_id = null where registration_id = taken;
    delete from procedures_task where registration_id = taken;
    delete from procedures_step where registration_id = taken;
    delete from procedures_case where registration_id = taken;
    delete from procedures_registration where id = taken;
    delete from registry_subject where person_id = who;
    delete from registry_consent where person_id = who;
    delete from registry_name where person_id = who;
    delete from registry_document where person_id = who;
    delete from registry_contact where person_id = who;
    delete from registry_guardianship where person_id = who;
    delete from registry_residence where person_id = who;
    delete from registry_movement where person_id = who;
    delete from registry_searchkey where person_id = who;
    delete from registry_searchrow where person_id = who;
    delete from registry_compared where person_id = who;
    delete from registry_alert where person_id = who and kind = 'alone' and seen_at is null;
    delete from registry_person where id = who;
    delete from registry_household h where h.id = home and not exists (select from registry_person m where m.household_id = h.id);
    -- Former versions too: of a person who was never to be here nothing stays.
    delete from procedures_caseevent where registration_id = taken;
    delete from registry_consentevent where person_id = who;
    delete from registry_contactevent where person_id = who;
    delete from registry_guardianshipevent where person_id = who;
    delete from registry_residenceevent where person_id = who;
    delete from registry_personevent where id = who;
    set constraints all deferred;
  exception when foreign_key_violation then
    return false;
  end;
  return true;
end $$;

-- Work since the registration in the very tables that a registration fills: a changed row, a further one, a step, a link.
create or replace function access.is_touched(taken uuid, who uuid, made timestamptz) returns boolean
language sql stable set search_path = pg_catalog, public as $$
  select exists (select from registry_personevent where id = who)
      or exists (select from registry_contactevent where person_id = who)
      or exists (select from registry_guardianshipevent where person_id = who)
      or exists (select from registry_residenceevent where person_id = who)
      or exists (select from registry_consentevent where person_id = who)
      or exists (select from procedures_caseevent where registration_id = taken)
      or (select count(*) from procedures_registration where person_id = who) <> 1
      or (select count(*) from procedures_step where registration_id = taken) <> 1
      or exists (select from procedures_task where registration_id = taken and done_on is not null)
      or (select count(*) <> count(distinct purpose) from registry_consent where person_id = who)
      or exists (select from registry_alert where person_id = who and seen_at is not null)
      or (select count(*) filter (where i.identity = i.subject) <> 1 or count(*) <> 1
            from facts_subjectidentity i join registry_subject s on s.subject = i.subject where s.person_id = who)
      -- A key made by uuid7 begins with its moment, in milliseconds.
      or exists (
        select from (
          select id from registry_name where person_id = who union all select id from registry_document where person_id = who
          union all select id from registry_contact where person_id = who
          union all select id from registry_guardianship where person_id = who
          union all select id from registry_residence where person_id = who
          union all select id from registry_movement where person_id = who) later
        where ('x' || left(replace(later.id::text, '-', ''), 12))::bit(48)::bigint
              > (extract(epoch from made) * 1000)::bigint + 60000)
$$;

revoke all on function access.take_out(uuid) from public;
revoke all on function access.is_touched(uuid, uuid, timestamptz) from public;
grant execute on function access.take_out(uuid) to tx_app;
