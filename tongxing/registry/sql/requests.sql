-- A question from one centre to whichever others may hold a child. Its sender learns that it was sent, and that it was
-- answered: never to whom it went, nor how many. Families that refused to be compared, and children under location
-- lock, are never asked about; for those the search has told the safeguarding lead.

create or replace function access.ask_elsewhere(
  ask_id uuid, probes bigint[], strong integer, tags smallint[], looked_for jsonb, sealed_details text)
returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
#variable_conflict use_column
declare
  actor uuid := access.user_id();
  place uuid := (access.centres())[1];
  moment timestamptz := clock_timestamp();
  asked jsonb;
begin
  if actor is null or place is null or not access.may('search', 'add') then
    raise exception 'asking is not for this role' using errcode = 'insufficient_privilege';
  end if;
  update registry_matchrequest set sealed = '' where sealed <> '' and at < moment - interval '30 days';
  update registry_matchask set sealed = '' where sealed <> '' and at < moment - interval '30 days';
  select coalesce(jsonb_agg(to_jsonb(f)), '[]') into asked
    from access.looked_up(probes, strong, tags, looked_for) f where f.is_told;
  if jsonb_array_length(asked) not between 1 and 5 then
    return false;  -- nobody, or too many to be asked: the same as the search says
  end if;
  insert into registry_matchask (id, at, centre_id, user_id, sealed) values (ask_id, moment, place, actor, sealed_details);
  insert into registry_matchrequest (id, ask_id, at, centre_id, asked_by_id, person_id, levels, sealed, answer)
  select gen_random_uuid(), ask_id, moment, a.centre_id, place, a.person_id, a.levels, sealed_details, ''
    from jsonb_to_recordset(asked) as a(person_id uuid, centre_id uuid, levels jsonb);
  return true;
end $$;

-- The asked centre's answer, given once. "none" leaves the sender where it was; a child that has come under location
-- lock meanwhile is never confirmed.
create or replace function access.answer_request(request_id uuid, said text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
#variable_conflict use_column
declare
  actor uuid := access.user_id();
  asked record;
begin
  if actor is null or not access.may('person', 'change') then
    raise exception 'answering is not for this role' using errcode = 'insufficient_privilege';
  end if;
  if said not in ('same', 'different', 'none') then
    raise exception 'no such answer' using errcode = 'check_violation';
  end if;
  select r.id, r.ask_id, p.is_location_locked into asked
    from registry_matchrequest r join registry_person p on p.id = r.person_id
   where r.id = request_id and r.centre_id = any(access.centres()) and r.answered_at is null
     and r.at > clock_timestamp() - interval '30 days'
     for update of r;
  if asked.id is null or (said = 'same' and asked.is_location_locked) then
    return false;
  end if;
  update registry_matchrequest set answer = said, answered_at = clock_timestamp(), answered_by = actor, sealed = ''
   where id = asked.id;
  update registry_matchask a set answered_at = clock_timestamp(), sealed = ''
   where a.id = asked.ask_id and a.answered_at is null
     and (said = 'same' or not exists (select 1 from registry_matchrequest r
                                        where r.ask_id = a.id and r.answer in ('', 'none')));
  return true;
end $$;

revoke all on function access.ask_elsewhere(uuid, bigint[], integer, smallint[], jsonb, text) from public;
revoke all on function access.answer_request(uuid, text) from public;
grant execute on function access.ask_elsewhere(uuid, bigint[], integer, smallint[], jsonb, text) to tx_app;
grant execute on function access.answer_request(uuid, text) to tx_app;
