-- What the nightly and weekly jobs write. They run as tx_linker; nobody else calls these.

-- Assertions of the model, and of anybody, that families no longer agree to: they end, and identities follow.
create function access.end_what_is_not_agreed() returns integer
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare told record; ended integer := 0;
begin
  for told in select l.id from registry_link l join registry_person p on p.id = l.left_id join registry_person q on q.id = l.right_id
               where l.kind = 'same' and l.ended_at is null and p.centre_id <> q.centre_id
                 and not access.may_be_linked(l.left_id, l.right_id) loop
    perform access.let_link_end(told.id, null, 'consent');
    ended := ended + 1;
  end loop;
  return ended;
end $$;

-- Why records of one cluster are for people to look at before a model makes them one: size | documents | dates;
-- null when nothing speaks against it. Of several readings of a birth date the closest count.
create function access.guarded(members uuid[]) returns text
language sql stable security definer set search_path = pg_catalog, public as $$
  select case
    when cardinality(members) > 8 then 'size'
    when (select count(distinct r.resident_id) from registry_searchrow r
           where r.person_id = any(members) and r.resident_id <> 0) > 1 then 'documents'
    when exists (
      select from registry_searchrow a join registry_searchrow b on b.person_id > a.person_id
       where a.person_id = any(members) and b.person_id = any(members) and a.birth_year > 0 and b.birth_year > 0
       group by a.person_id, b.person_id having min(abs(a.birth_year - b.birth_year)) > 3) then 'dates'
  end
$$;

-- What to do with a pair that the model calls one person: link | known (somebody has spoken, or it stands already)
-- | apart (it may not be) | a reason for people to look at it.
create function access.judged(one uuid, other uuid) returns text
language plpgsql stable security definer set search_path = pg_catalog, public as $$
declare a uuid[]; b uuid[];
begin
  if exists (select from registry_link l where l.left_id = one and l.right_id = other
                and (l.ended_at is null or l.asserted_by_id is not null or l.ended_by_id is not null))
     or exists (select from registry_reviewpair r where r.left_id = one and r.right_id = other) then
    return 'known';
  end if;
  if not access.may_be_linked(one, other) then
    return 'apart';
  end if;
  if access.is_sheltered(one) or access.is_sheltered(other) then
    return case when (select p.centre_id = q.centre_id from registry_person p, registry_person q where p.id = one and q.id = other)
                then 'protected' else 'apart' end;
  end if;
  a := access.joined_to(one);
  b := access.joined_to(other);
  if exists (select from registry_link l where l.kind <> 'same' and l.ended_at is null
                and ((l.left_id = any(a) and l.right_id = any(b)) or (l.left_id = any(b) and l.right_id = any(a)))) then
    return 'conflict';
  end if;
  return coalesce(case when a[1] <> b[1] then access.guarded(a || b) end, 'link');
end $$;

-- Of what a job has found, the pairs of two records that nothing else touches, all at once: what the loop of write_found
-- would do with each. Tells their left records.
create function access.write_plain(pieces jsonb, model text) returns uuid[]
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare written uuid[];
begin
  with found_pairs as materialized (
    select * from jsonb_to_recordset(pieces) as f("left" uuid, "right" uuid, says text, weight float8, probability float8, levels jsonb)
  ),
  alone as materialized (
    select e.id from (select f."left" as id from found_pairs f union all select f."right" from found_pairs f) e
     where not exists (select from registry_link l where l.left_id = e.id)
       and not exists (select from registry_link l where l.right_id = e.id)
     group by e.id having count(*) = 1
  ),
  plain as materialized (
    select f.* from found_pairs f join alone p on p.id = f."left" join alone q on q.id = f."right"
     where f.says = 'link'
       and not exists (select from registry_reviewpair r where r.left_id = f."left" and r.right_id = f."right")
       and access.may_be_linked(f."left", f."right")
       and not access.is_sheltered(f."left") and not access.is_sheltered(f."right")
       and access.guarded(array[f."left", f."right"]) is null
  ),
  linked as (
    insert into registry_link (id, left_id, right_id, kind, source, model_version, weight, probability, levels, reason,
                               asserted_at, asked_reason, ended_reason)
    select gen_random_uuid(), p."left", p."right", 'same', 'batch', model, p.weight, p.probability, p.levels, '',
           clock_timestamp(), '', '' from plain p
  ),
  named as (
    insert into facts_subjectidentity (id, subject, identity, valid_from)
    select gen_random_uuid(), m.subject, o.subject, greatest(clock_timestamp(), was.valid_from + interval '1 microsecond')
      from plain p join registry_subject o on o.person_id = least(p."left", p."right")
      join registry_subject m on m.person_id in (p."left", p."right")
      left join lateral (select i.identity, i.valid_from from facts_subjectidentity i where i.subject = m.subject
                          order by i.valid_from desc limit 1) was on true
     where was.identity is distinct from o.subject
  )
  select coalesce(array_agg(p."left"), '{}') into written from plain p;
  return written;
end $$;

-- One piece of what a job has found, in order: [{left, right, says: link | a reason, weight, probability, levels, weights}].
-- Each pair once, however often the job begins anew. Tells how many: {link, review, known, apart}.
create function access.write_found(pieces jsonb, model text) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  pair record; word text; touched uuid[] := '{}'; written uuid[]; told jsonb := '{"link": 0, "review": 0, "known": 0, "apart": 0}';
begin
  perform pg_advisory_xact_lock(hashtext('identities'));
  written := access.write_plain(pieces, model);
  told := jsonb_set(told, '{link}', to_jsonb(cardinality(written)));
  for pair in select * from jsonb_to_recordset(pieces)
      as f("left" uuid, "right" uuid, says text, weight float8, probability float8, levels jsonb, weights jsonb)
     where f."left" <> all(written) loop
    word := access.judged(pair.left, pair.right);
    if word not in ('known', 'apart', 'protected') and pair.says <> 'link' then
      -- Who is one through others already needs nobody's look.
      word := case when (access.joined_to(pair.left))[1] = (access.joined_to(pair.right))[1] then 'known' else pair.says end;
    end if;
    if word = 'link' then
      insert into registry_link (id, left_id, right_id, kind, source, model_version, weight, probability, levels, reason,
                                 asserted_at, asked_reason, ended_reason)
      values (gen_random_uuid(), pair.left, pair.right, 'same', 'batch', model, pair.weight, pair.probability, pair.levels, '',
              clock_timestamp(), '', '');
      touched := touched || pair.left;
    elsif word not in ('known', 'apart') then
      -- Guards first; then those of which least is known.
      if access.put_pair(pair.left, pair.right, word, model, pair.weight, pair.probability, pair.levels, pair.weights,
           case when word = 'uncertain' then 1 - abs(2 * coalesce(pair.probability, 0.5) - 1) else 2 end, null, '') is null then
        word := 'known';
      end if;
    end if;
    word := case when word in ('link', 'known', 'apart') then word else 'review' end;
    told := jsonb_set(told, array[word], to_jsonb((told ->> word)::int + 1));
  end loop;
  perform access.settle_identities(touched);
  return told;
end $$;

-- How sure it is who is one, for reach: what a run found of each pair, and 0 or 1 where somebody has said it. Of a full
-- run also what people said of pairs that it did not find; earlier ties stand no longer.
create function access.note_ties(run uuid, is_full boolean, lefts uuid[], rights uuid[], chances float8[], known jsonb) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare moment timestamptz := clock_timestamp(); noted integer;
begin
  insert into facts_linkagerun (id, recorded_at, is_full, quality) values (run, moment, is_full, known);
  insert into facts_uncertaintie (id, subject_a, subject_b, probability, run, recorded_at)
  select gen_random_uuid(), least(a.subject, b.subject), greatest(a.subject, b.subject), coalesce(s.chance, f.chance), run, moment
    from unnest(lefts, rights, chances) f(one, other, chance)
    full join (select l.left_id as one, l.right_id as other, (l.kind = 'same')::int::float8 as chance from registry_link l
                where l.ended_at is null and l.asserted_by_id is not null) s on s.one = f.one and s.other = f.other
    join registry_subject a on a.person_id = coalesce(f.one, s.one)
    join registry_subject b on b.person_id = coalesce(f.other, s.other)
   where is_full or f.one is not null;
  get diagnostics noted = row_count;
  return noted;
end $$;

-- Everybody, by whether they are compared with records of other centres, and with which version they were last compared.
-- The same rule as access.may_be_linked and access.is_sheltered, for all at once.
create function access.to_compare() returns table (person uuid, centre uuid, across boolean, version text, was_across boolean)
language sql stable security definer set search_path = pg_catalog, public as $$
  select p.id, p.centre_id, coalesce(c.decision = 'agreed' and c.withdrawn_at is null and c.valid_until >= current_date, false)
         and h.household_id is null, k.version, k.across
    from registry_person p
    left join (select distinct on (person_id) * from (
                 select person_id, decision, withdrawn_at, valid_until, decided_at, id
                   from registry_consent where purpose = 'linkage') said
                order by person_id, decided_at desc, id desc) c on c.person_id = p.id
    left join (select distinct household_id from registry_person where is_location_locked) h on h.household_id = p.household_id
    left join registry_compared k on k.person_id = p.id
$$;

-- After a full run: assertions of the model that the model no longer makes come to an end.
create function access.end_what_no_model_says(lefts uuid[], rights uuid[]) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare told record; ended integer := 0;
begin
  for told in select l.id from registry_link l
                left join unnest(lefts, rights) f(one, other) on f.one = l.left_id and f.other = l.right_id
               where l.kind = 'same' and l.ended_at is null and l.asserted_by_id is null and f.one is null loop
    perform access.let_link_end(told.id, null, 'model');
    ended := ended + 1;
  end loop;
  return ended;
end $$;
