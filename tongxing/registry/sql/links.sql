-- Who is who. Assertions about pairs of records, and the identities that follow from those that stand. All functions
-- belong to tx_linker, which reads no name: what a desk may do it may do through them, and what they tell of another
-- centre is that a record is known elsewhere, never which or where. Who is under location lock, or lives with somebody
-- who is, is told of nowhere else.

create function access.is_sheltered(who uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (select from registry_person p join registry_person m on m.household_id = p.household_id
                  where p.id = who and m.is_location_locked)
$$;

create function access.agrees_to_linkage(who uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public as $$
  select coalesce((select c.decision = 'agreed' and c.withdrawn_at is null and c.valid_until >= current_date
                     from registry_consent c where c.person_id = who and c.purpose = 'linkage'
                    order by c.decided_at desc, c.id desc limit 1), false)
$$;

-- May two records be called one person's? Within a centre always; across centres when both families agreed.
create function access.may_be_linked(one uuid, other uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public as $$
  select (select p.centre_id = q.centre_id from registry_person p, registry_person q where p.id = one and q.id = other)
      or (access.agrees_to_linkage(one) and access.agrees_to_linkage(other))
$$;

-- Is the record open to whoever acts: kept at the acting centre, or opened by a grant?
create function access.is_open_here(who uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (select from registry_person p where p.id = who and p.centre_id = any((select access.centres())::uuid[]))
      or exists (select from registry_grant g where g.person_id = who and g.centre_id = any((select access.centres())::uuid[])
                    and g.starts_at <= now() and (g.ends_at is null or g.ends_at > now()))
$$;

-- All records that standing assertions "same" join to this one, itself among them, the oldest first.
create function access.joined_to(who uuid) returns uuid[]
language sql stable security definer set search_path = pg_catalog, public as $$
  with recursive joined(id) as (
    values (who)
    union
    select n.id from joined j cross join lateral (
      select l.right_id from registry_link l where l.left_id = j.id and l.kind = 'same' and l.ended_at is null
      union all
      select l.left_id from registry_link l where l.right_id = j.id and l.kind = 'same' and l.ended_at is null) n(id))
  select array_agg(id order by id) from joined
$$;

-- For each of `members` (all that are joined) the oldest with whom it is one. Assertions are taken in order, those of
-- people first, then the strongest; one that would bring together two who are said to be different is passed over.
create function access.parted(members uuid[]) returns uuid[]
language plpgsql stable security definer set search_path = pg_catalog, public as $$
declare
  whose uuid[] := members;
  cut_left uuid[]; cut_right uuid[];
  said record; a uuid; b uuid;
begin
  select array_agg(l.left_id), array_agg(l.right_id) into cut_left, cut_right from registry_link l
   where l.left_id = any(members) and l.right_id = any(members) and l.kind <> 'same' and l.ended_at is null;
  if cut_left is null then
    return array_fill(members[1], array[cardinality(members)]);
  end if;
  for said in select l.left_id, l.right_id from registry_link l
               where l.left_id = any(members) and l.kind = 'same' and l.ended_at is null
               order by l.source = 'batch', l.weight desc nulls last, l.asserted_at, l.id loop
    a := whose[array_position(members, said.left_id)];
    b := whose[array_position(members, said.right_id)];
    continue when a = b or exists (
      select from unnest(cut_left, cut_right) c(one, other)
       where (whose[array_position(members, c.one)], whose[array_position(members, c.other)]) in ((a, b), (b, a)));
    whose := array_replace(whose, greatest(a, b), least(a, b));
  end loop;
  return whose;
end $$;

-- Write the identities of everybody joined to one of `seeds` where they have changed; returns how many pseudonyms.
-- An identity bears the pseudonym of its oldest record. Rows are added, so that what stood at any time can be told.
create function access.settle_identities(seeds uuid[]) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  seed uuid; members uuid[]; settled uuid[] := '{}'; written integer := 0; fresh integer;
begin
  perform pg_advisory_xact_lock(hashtext('identities'));
  foreach seed in array seeds loop
    continue when seed = any(settled);
    members := access.joined_to(seed);
    settled := settled || members;
    insert into facts_subjectidentity (id, subject, identity, valid_from)
    select gen_random_uuid(), now_is.subject, now_is.identity,
           greatest(clock_timestamp(), was.valid_from + interval '1 microsecond')
      from (select s.subject, first_value(s.subject) over (partition by m.whose order by m.id) as identity
              from unnest(members, access.parted(members)) m(id, whose)
              join registry_subject s on s.person_id = m.id) now_is
      left join lateral (select i.identity, i.valid_from from facts_subjectidentity i where i.subject = now_is.subject
                          order by i.valid_from desc limit 1) was on true
     where was.identity is distinct from now_is.identity;
    get diagnostics fresh = row_count;
    written := written + fresh;
  end loop;
  return written;
end $$;

-- That somebody has decided: 1 one person, 0 two. Reach draws no lots about them any more.
create function access.note_tie(one uuid, other uuid, chance float8) returns void
language sql volatile security definer set search_path = pg_catalog, public as $$
  insert into facts_uncertaintie (id, subject_a, subject_b, probability, recorded_at)
  select gen_random_uuid(), least(a.subject, b.subject), greatest(a.subject, b.subject), chance, clock_timestamp()
    from registry_subject a, registry_subject b where a.person_id = one and b.person_id = other
$$;

-- Let an assertion end, and the identities follow. `actor` is null for a job.
create function access.let_link_end(link uuid, actor uuid, why text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare ended record;
begin
  perform pg_advisory_xact_lock(hashtext('identities'));
  update registry_link set ended_at = clock_timestamp(), ended_by_id = actor, ended_reason = left(why, 300)
   where id = link and ended_at is null returning left_id, right_id into ended;
  if found then
    perform access.note_tie(ended.left_id, ended.right_id, 0);
    perform access.settle_identities(array[ended.left_id, ended.right_id]);
  end if;
end $$;

-- Put down what a person says of two records; it takes the place of what stood. Returns the assertion that stands.
create function access.put_link(one uuid, other uuid, said text, origin text, model text, bits float8, seen jsonb, why text, actor uuid)
returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  stood record; made uuid := gen_random_uuid();
begin
  perform pg_advisory_xact_lock(hashtext('identities'));
  if said = 'same' and not access.may_be_linked(one, other) then
    raise exception 'linkage was not agreed to' using errcode = 'check_violation';
  end if;
  select l.* into stood from registry_link l
   where l.left_id = least(one, other) and l.right_id = greatest(one, other) and l.ended_at is null;
  if stood.kind = said and stood.asserted_by_id is not null then
    return stood.id;
  end if;
  if stood.id is not null then
    update registry_link set ended_at = clock_timestamp(), ended_by_id = actor, ended_reason = left(why, 300)
     where id = stood.id;
  end if;
  insert into registry_link (id, left_id, right_id, kind, source, model_version, weight, levels, reason,
                             asserted_at, asserted_by_id, asked_reason, ended_reason)
  values (made, least(one, other), greatest(one, other), said, origin, model, bits, seen, left(why, 300),
          clock_timestamp(), actor, '', '');
  perform access.note_tie(one, other, case said when 'same' then 1 else 0 end);
  perform access.settle_identities(array[one, other]);
  return made;
end $$;

-- A pair for people to look at, unless it waits already.
create function access.put_pair(one uuid, other uuid, because text, model text, bits float8, chance float8, seen jsonb, parts jsonb, press float8, actor uuid, says text)
returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare made uuid;
begin
  insert into registry_reviewpair (id, left_id, right_id, left_centre_id, right_centre_id, weight, probability, levels, weights,
      model_version, reason, is_sensitive, is_disputed, priority, opened_at, state, first_by_id, first_said, decided_reason)
  select gen_random_uuid(), p.id, q.id, p.centre_id, q.centre_id, bits, chance, seen, parts, model, because,
         access.is_sheltered(p.id) or access.is_sheltered(q.id), false, press, clock_timestamp(), 'open', actor, says, ''
    from registry_person p, registry_person q where p.id = least(one, other) and q.id = greatest(one, other)
  on conflict (left_id, right_id) where state in ('open', 'deferred') do nothing
  returning id into made;
  return made;
end $$;

-- Take an assertion back, with a reason: what was one is two again, and no job joins the two anew. Where a child is in
-- danger two persons ask for it. Tells: ended | asked; null when there is none that stands and may be seen.
create function access.end_link(link uuid, why text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  actor uuid := access.user_id(); stood record;
begin
  if actor is null or not access.may('link', 'change') then
    raise exception 'unlinking is not for this role' using errcode = 'insufficient_privilege';
  end if;
  select l.* into stood from registry_link l where l.id = link and l.ended_at is null
     and (access.is_national() or access.is_open_here(l.left_id) or access.is_open_here(l.right_id));
  if not found then
    return null;
  end if;
  if (access.is_sheltered(stood.left_id) or access.is_sheltered(stood.right_id))
     and coalesce(stood.asked_by_id, actor) = actor then
    update registry_link set asked_by_id = actor, asked_reason = left(why, 300) where id = link;
    return 'asked';
  end if;
  if stood.kind = 'same' then
    perform access.put_link(stood.left_id, stood.right_id, 'different', 'desk', '', null, '{}', why, actor);
  else
    perform access.let_link_end(link, actor, why);
  end if;
  return 'ended';
end $$;

-- What was said of this record, the latest first. The other record only where it is open too.
create function access.links_of(who uuid) returns table (
  link uuid, kind text, source text, model_version text, weight float8, levels jsonb, reason text, asserted_at timestamptz,
  ended_at timestamptz, ended_reason text, is_asked boolean, asked_by_me boolean, is_sensitive boolean, other uuid)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  if not access.may('link', 'read') or not (access.is_national() or access.is_open_here(who)) then
    return;
  end if;
  return query
  select l.id, l.kind::text, l.source::text, l.model_version::text, l.weight, l.levels,
         case when o.is_open then l.reason::text else '' end, l.asserted_at,
         l.ended_at, case when o.is_open then l.ended_reason::text else '' end,
         l.asked_by_id is not null, l.asked_by_id = access.user_id(),
         access.is_sheltered(who) or o.is_sheltered, case when o.is_open then o.id end
    from registry_link l
   cross join lateral (select case when l.left_id = who then l.right_id else l.left_id end) t(id)
   cross join lateral (select t.id, access.is_national() or access.is_open_here(t.id) as is_open,
                              access.is_sheltered(t.id) as is_sheltered) o
   where (l.left_id = who or l.right_id = who) and (o.is_open or not o.is_sheltered)
   order by l.asserted_at desc, l.id;
end $$;

-- For a lead: what was said of the record under a number, the latest first; without one, what somebody has asked to take
-- back and a second person has not yet. Numbers of the records, no names.
create function access.links_told(given text) returns table (
  link uuid, kind text, source text, model_version text, reason text, asserted_at timestamptz, ended_at timestamptz,
  ended_reason text, is_asked boolean, asked_by_me boolean, asked_reason text, one text, other text)
language sql stable security definer set search_path = pg_catalog, public as $$
  select l.id, l.kind, l.source, l.model_version, l.reason, l.asserted_at, l.ended_at, l.ended_reason,
         l.asked_by_id is not null, coalesce(l.asked_by_id = access.user_id(), false), l.asked_reason, p.number, q.number
    from registry_link l join registry_person p on p.id = l.left_id join registry_person q on q.id = l.right_id
   where access.is_national() and access.may('link', 'change')
     and case when given = '' then l.asked_by_id is not null and l.ended_at is null else given in (p.number, q.number) end
   order by l.asserted_at desc, l.id limit 50
$$;

-- Who was one with this record at a moment (null: now): the records that are open here by their ids, and of all others
-- together one row without an id. Through the identities as they were written, so that any date can be told.
create function access.one_with(who uuid, at timestamptz) returns table (person_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
#variable_conflict use_column
declare mine uuid;
begin
  if not access.may('link', 'read') or not (access.is_national() or access.is_open_here(who)) then
    return;
  end if;
  select i.identity into mine from registry_subject s join facts_subjectidentity i on i.subject = s.subject
   where s.person_id = who and i.valid_from <= coalesce(at, 'infinity') order by i.valid_from desc limit 1;
  return query
  select distinct case when access.is_national() or access.is_open_here(s.person_id) then s.person_id end
    from (select distinct subject from facts_subjectidentity where identity = mine) named
    join registry_subject s on s.subject = named.subject
    cross join lateral (select i.identity from facts_subjectidentity i
                         where i.subject = s.subject and i.valid_from <= coalesce(at, 'infinity')
                         order by i.valid_from desc limit 1) was
   where was.identity = mine and s.person_id <> who
     and (access.is_national() or access.is_open_here(s.person_id) or not access.is_sheltered(s.person_id));
end $$;

-- The record that bears a programme number: every number that was ever given leads to its record, linked or not.
create function access.numbered(given text) returns uuid
language sql stable security definer set search_path = pg_catalog, public as $$
  select p.id from registry_person p
   where p.number = given and access.may('link', 'read') and (access.is_national() or access.is_open_here(p.id))
$$;

-- Say of a waiting pair what it is: same, sibling, different, or deferred. Of a sensitive pair the first word waits for a
-- second person who says the same; when they disagree a lead decides. Tells: decided | first | disputed | deferred; null
-- when there is none waiting that may be seen, or it waits for a lead.
create function access.decide_pair(pair uuid, says text, why text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  actor uuid := access.user_id(); waits record; places uuid[] := access.centres();
begin
  if actor is null or not access.may('pair', 'change') or says not in ('same', 'sibling', 'different', 'deferred') then
    raise exception 'deciding is not for this role' using errcode = 'insufficient_privilege';
  end if;
  select r.* into waits from registry_reviewpair r where r.id = pair and r.state in ('open', 'deferred')
     and (access.is_national() or (r.left_centre_id = any(places) and r.right_centre_id = any(places))) for update;
  if not found or (waits.is_disputed and not access.is_national()) then
    return null;
  end if;
  if says = 'deferred' then
    update registry_reviewpair set state = 'deferred' where id = pair;  -- a first word stays
    return 'deferred';
  end if;
  -- Asked anew: a lock may have been laid on a child since the pair came into the queue.
  waits.is_sensitive := waits.is_sensitive or access.is_sheltered(waits.left_id) or access.is_sheltered(waits.right_id);
  if waits.is_sensitive and coalesce(waits.first_by_id, actor) = actor then
    update registry_reviewpair set state = 'open', is_sensitive = true, first_by_id = actor, first_said = says where id = pair;
    return 'first';
  end if;
  if waits.is_sensitive and not waits.is_disputed and waits.first_said <> says then
    -- A lead's own word is not kept as the first of two: the same lead may have to decide.
    update registry_reviewpair set state = 'open', is_sensitive = true, is_disputed = true,
           first_by_id = case when access.is_national() then first_by_id else actor end,
           first_said = case when access.is_national() then first_said else says end where id = pair;
    return 'disputed';
  end if;
  perform access.put_link(waits.left_id, waits.right_id, says, 'review', waits.model_version, waits.weight, waits.levels, why, actor);
  update registry_reviewpair set state = says, is_sensitive = waits.is_sensitive, decided_at = clock_timestamp(),
         decided_by_id = actor, decided_reason = left(why, 300) where id = pair;
  return 'decided';
end $$;
