-- A question from one centre to whichever others may hold a child. Its sender learns that it was sent, and that it was
-- answered: never to whom it went, nor how many. Families that refused to be compared, and homes of children under
-- location lock, are never asked about; for those the search has told the safeguarding lead. Nor is a question sent about
-- who looks like somebody of such a home here: it would tell the other centre where that child is.

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
  is_hidden_here boolean;
begin
  if actor is null or place is null or not access.may('search', 'add') then
    raise exception 'asking is not for this role' using errcode = 'insufficient_privilege';
  end if;
  update registry_matchrequest set sealed = '' where sealed <> '' and at < moment - interval '30 days';
  update registry_matchask set sealed = '' where sealed <> '' and at < moment - interval '30 days';
  select coalesce(jsonb_agg(to_jsonb(f)) filter (where f.is_told), '[]'),
         coalesce(bool_or(exists (select from registry_person p join registry_person m on m.household_id = p.household_id
                                   where p.id = f.person_id and m.is_location_locked)) filter (where f.is_inside), false)
    into asked, is_hidden_here from access.looked_up(probes, strong, tags, looked_for) f;
  if is_hidden_here or jsonb_array_length(asked) not between 1 and 5 then
    return false;  -- of the last two the search says the same
  end if;
  -- A question that this centre has asked already, and that still waits, is not asked twice.
  select coalesce(jsonb_agg(f), '[]') into asked from jsonb_array_elements(asked) f
   where not exists (select 1 from registry_matchrequest r
                      where r.person_id = (f ->> 'person_id')::uuid and r.asked_by_id = place and r.answered_at is null
                        and r.at > moment - interval '30 days');
  if jsonb_array_length(asked) = 0 then
    return true;
  end if;
  insert into registry_matchask (id, at, centre_id, user_id, sealed) values (ask_id, moment, place, actor, sealed_details);
  insert into registry_matchrequest (id, ask_id, at, centre_id, asked_by_id, person_id, levels, sealed, answer)
  select gen_random_uuid(), ask_id, moment, a.centre_id, place, a.person_id, a.levels, sealed_details, ''
    from jsonb_to_recordset(asked) as a(person_id uuid, centre_id uuid, levels jsonb);
  return true;
end $$;

-- The asked centre's answer, given once. "none" leaves the sender where it was; a child whose home has come under
-- location lock meanwhile is never confirmed.
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
  if said not in ('same', 'sibling', 'different', 'none') then
    raise exception 'no such answer' using errcode = 'check_violation';
  end if;
  select r.id, r.ask_id,
         exists (select from registry_person p join registry_person m on m.household_id = p.household_id
                  where p.id = r.person_id and m.is_location_locked) as is_sheltered
    into asked from registry_matchrequest r
   where r.id = request_id and r.centre_id = any(access.centres()) and r.answered_at is null
     and r.at > clock_timestamp() - interval '30 days'
     for update of r;
  if asked.id is null or (said = 'same' and asked.is_sheltered) then
    return false;
  end if;
  update registry_matchrequest set answer = said, answered_at = clock_timestamp(), answered_by = actor, sealed = ''
   where id = asked.id;
  update registry_matchask a set answered_at = clock_timestamp(), sealed = ''
   where a.id = asked.ask_id and a.answered_at is null
     and (said = 'same' or not exists (select 1 from registry_matchrequest r
                                        where r.ask_id = a.id and r.answer in ('', 'none')));
  perform access.link_answer(asked.id);
  return true;
end $$;

-- What an answer says holds for the record that the asking centre has made since: the one that the model calls likely,
-- when there is exactly one. It is the word of the desk that answered. Nothing is said of children in danger, nor "same"
-- without both families' agreement, nor where somebody has spoken. Tells whether an assertion was made.
create or replace function access.link_answer(request uuid) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  asked record;
  found_there uuid[];
begin
  select r.* into asked from registry_matchrequest r where r.id = request and r.answer in ('same', 'sibling', 'different');
  if not found or access.is_sheltered(asked.person_id) then
    return false;
  end if;
  select array_agg(distinct c.person_id) into found_there
    from access.compared((select array_agg(s.k) from registry_searchkey s where s.person_id = asked.person_id),
                         (select array_agg(distinct s.tag) from registry_searchkey s where s.person_id = asked.person_id),
                         (select jsonb_agg(to_jsonb(s)) from registry_searchrow s where s.person_id = asked.person_id)) c
    join registry_person p on p.id = c.person_id
   where p.centre_id = asked.asked_by_id and p.registered_at >= asked.at and c.verdict = 'likely';
  if cardinality(found_there) is distinct from 1 or access.is_sheltered(found_there[1])
     or (asked.answer = 'same' and not access.may_be_linked(asked.person_id, found_there[1]))
     or exists (select from registry_link l
                 where l.left_id = least(asked.person_id, found_there[1]) and l.right_id = greatest(asked.person_id, found_there[1])
                   and (l.asserted_by_id is not null or l.ended_by_id is not null)) then
    return false;
  end if;
  perform access.put_link(asked.person_id, found_there[1], asked.answer, 'desk', '', null, '{}', '', asked.answered_by);
  return true;
end $$;

-- Every night: answers to which the asking centre's record has come since. Returns how many.
create or replace function access.link_answers() returns bigint
language sql volatile security definer set search_path = pg_catalog, public as $$
  select count(*) filter (where access.link_answer(r.id)) from registry_matchrequest r
   where r.answer in ('same', 'sibling', 'different') and r.answered_at > now() - interval '30 days'
$$;

revoke all on function access.ask_elsewhere(uuid, bigint[], integer, smallint[], jsonb, text) from public;
revoke all on function access.answer_request(uuid, text) from public;
revoke all on function access.link_answer(uuid) from public;
revoke all on function access.link_answers() from public;
grant execute on function access.link_answers() to tx_linker;
grant execute on function access.ask_elsewhere(uuid, bigint[], integer, smallint[], jsonb, text) to tx_app;
grant execute on function access.answer_request(uuid, text) to tx_app;

-- How frequent names are, by the model in force: counts of names, of no person. The model itself stays with the owner.
create or replace function access.name_frequencies() returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  return (select coalesce(m.content::jsonb -> 'frequencies', '{}') from registry_installedmodel m order by m.at desc, m.id desc limit 1);
end $$;

revoke all on function access.name_frequencies() from public;
grant execute on function access.name_frequencies() to tx_app;

-- Rows to be searched that another version of the normaliser made, or that are older than the name tables in force:
-- what is known of some of these persons, and how many wait. For the owner alone: no job that compares reads a name.
create or replace function access.stale_persons(normaliser integer, older_than uuid, most integer)
returns table (person_id uuid, known jsonb)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
#variable_conflict use_column
begin
  return query
  select p.id, jsonb_build_object(
           'name', p.name, 'surname', p.surname, 'spoken', p.spoken, 'sex', p.sex,
           'birth_from', p.birth_from, 'birth_precision', p.birth_precision,
           'origin_division', coalesce(p.origin_division_id, ''),
           'others', (select coalesce(jsonb_agg(n.text order by n.id), '[]') from registry_name n
                       where n.person_id = p.id and n.kind <> 'official'),
           'guardians', (select coalesce(jsonb_agg(g.name order by g.id), '[]') from registry_guardianship g
                          where g.person_id = p.id and g.ends_on is null),
           'phones', (select coalesce(jsonb_agg(c.value order by c.id), '[]') from registry_contact c
                       where c.person_id = p.id and c.kind = 'phone'),
           'documents', (select coalesce(jsonb_agg(d.value order by d.id), '[]') from registry_document d
                          where d.person_id = p.id))
    from registry_person p
   where p.id in (select s.person_id from registry_searchrow s
                   where s.version <> normaliser or s.id < older_than limit most);
end $$;

create or replace function access.count_stale(normaliser integer, older_than uuid) returns bigint
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  return (select count(distinct s.person_id) from registry_searchrow s where s.version <> normaliser or s.id < older_than);
end $$;

-- New rows and keys in place of a person's old ones. rows: [{person_id, id, …Features}], keys: [{person_id, id, k, tag}].
create or replace function access.rekey(persons uuid[], new_rows jsonb, new_keys jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  perform 1 from registry_person p where p.id = any(persons) order by p.id for update;
  delete from registry_searchrow s where s.person_id = any(persons);
  delete from registry_searchkey s where s.person_id = any(persons);
  insert into registry_searchrow
  select (jsonb_populate_record(null::registry_searchrow, r || jsonb_build_object('centre_id', p.centre_id))).*
    from jsonb_array_elements(new_rows) r join registry_person p on p.id = (r ->> 'person_id')::uuid;
  insert into registry_searchkey
  select (jsonb_populate_record(null::registry_searchkey, r || jsonb_build_object('centre_id', p.centre_id))).*
    from jsonb_array_elements(new_keys) r join registry_person p on p.id = (r ->> 'person_id')::uuid;
end $$;

revoke all on function access.stale_persons(integer, uuid, integer) from public;
revoke all on function access.count_stale(integer, uuid) from public;
revoke all on function access.rekey(uuid[], jsonb, jsonb) from public;
