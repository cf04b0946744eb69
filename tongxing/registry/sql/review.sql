-- The review desk. A pair is shown as a pair or not at all: to a centre that keeps both records; to a lead when both
-- families have agreed to be compared, or a child in danger is concerned. Addresses are no evidence and are not told.

create function access.compared_record(who uuid) returns jsonb
language sql stable security definer set search_path = pg_catalog, public as $$
  select jsonb_build_object(
    'id', p.id, 'number', p.number, 'centre', p.centre_id, 'household', p.household_id, 'registered_on', p.registered_at::date,
    'name', p.name, 'surname', p.surname, 'spoken', p.spoken, 'sex', p.sex,
    'birth_from', p.birth_from, 'birth_precision', p.birth_precision, 'birth_said', p.birth_said,
    'origin', coalesce(p.origin_division_id, ''),
    'others', (select coalesce(jsonb_agg(n.text order by n.id), '[]') from registry_name n
                where n.person_id = p.id and n.kind <> 'official'),
    'guardians', (select coalesce(jsonb_agg(jsonb_build_object('name', g.name, 'relation', g.relation) order by g.id), '[]')
                    from registry_guardianship g where g.person_id = p.id and g.ends_on is null),
    'phones', (select coalesce(jsonb_agg(c.value order by c.id), '[]') from registry_contact c
                where c.person_id = p.id and c.kind = 'phone'),
    'documents', (select coalesce(jsonb_agg(d.value order by d.id), '[]') from registry_document d where d.person_id = p.id),
    'moves', (select coalesce(jsonb_agg(jsonb_build_object('from', coalesce(m.from_division_id, ''), 'to', coalesce(m.to_division_id, ''),
                                                           'on', m.moved_on) order by m.moved_on, m.id), '[]')
                from registry_movement m where m.person_id = p.id),
    -- A brother's or sister's record is shown to a lead only when that family too has agreed.
    'home', (select coalesce(jsonb_agg(jsonb_build_object('id', h.id, 'name', h.name, 'sex', h.sex, 'birth_from', h.birth_from,
                                                          'birth_precision', h.birth_precision) order by h.id), '[]')
               from registry_person h where h.household_id = p.household_id and h.id <> p.id
                and (not access.is_national() or access.agrees_to_linkage(h.id))),
    'one_with', (select coalesce(jsonb_agg(q.number order by q.number), '[]')
                   from access.one_with(p.id, null) o left join registry_person q on q.id = o.person_id))
    from registry_person p where p.id = who
$$;

-- Both records of a pair, left first, and who decided it; null when the pair is not for whoever asks.
create function access.pair_told(pair uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, public as $$
declare seen record; places uuid[] := access.centres();
begin
  select r.* into seen from registry_reviewpair r where r.id = pair and access.may('pair', 'read')
     and (access.is_national() or (r.left_centre_id = any(places) and r.right_centre_id = any(places)));
  if not found then
    return null;
  end if;
  return jsonb_build_object(
    'decided_by', (select u.name from access_user u where u.id = seen.decided_by_id),
    'records', case when not access.is_national()
                      or (access.agrees_to_linkage(seen.left_id) and access.agrees_to_linkage(seen.right_id))
                      or access.is_sheltered(seen.left_id) or access.is_sheltered(seen.right_id)
                    then jsonb_build_array(access.compared_record(seen.left_id), access.compared_record(seen.right_id))
                    else '[]'::jsonb end);
end $$;

-- Take one's own word back, or reopen what was decided: the assertion ends with the reason, and the pair waits again.
-- Of a sensitive pair each of the two takes back only his or her own word; the other's stays the first of two.
-- Tells: word | open | reopened | two (that needs two persons) | since (another word stands by now); null: not for you.
create function access.take_back(pair uuid, why text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  actor uuid := access.user_id(); places uuid[] := access.centres(); said record; made uuid;
begin
  if actor is null or not access.may('pair', 'change') then
    raise exception 'deciding is not for this role' using errcode = 'insufficient_privilege';
  end if;
  select r.* into said from registry_reviewpair r where r.id = pair
     and (access.is_national() or (r.left_centre_id = any(places) and r.right_centre_id = any(places))) for update;
  if not found then
    return null;
  elsif said.state = 'deferred' then
    update registry_reviewpair set state = 'open' where id = pair;
    return 'open';
  elsif said.state = 'open' then
    if said.is_disputed or said.first_by_id is distinct from actor then
      return null;
    end if;
    update registry_reviewpair set first_by_id = null, first_said = '' where id = pair;
    return 'word';
  elsif said.is_sensitive and actor not in (said.first_by_id, said.decided_by_id) then
    return 'two';
  end if;
  select l.id into made from registry_link l where l.left_id = said.left_id and l.right_id = said.right_id
     and l.ended_at is null and l.kind = said.state and l.source = 'review' and l.asserted_by_id = said.decided_by_id;
  if not found or exists (select from registry_reviewpair r where r.left_id = said.left_id and r.right_id = said.right_id
                             and r.state in ('open', 'deferred')) then
    return 'since';
  end if;
  perform access.let_link_end(made, actor, why);
  update registry_reviewpair set state = 'open', decided_at = null, decided_by_id = null,
         first_by_id = case when is_sensitive then case when actor = said.decided_by_id then first_by_id else said.decided_by_id end end,
         first_said = case when not is_sensitive then '' when actor = said.decided_by_id then first_said else said.state end
   where id = pair;
  return 'reopened';
end $$;
