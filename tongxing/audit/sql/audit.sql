-- What the audit administrator asks about records, without seeing them: by the number on the card, answered in numbers,
-- times and names of columns. And what the job that looks for misuse needs beside the log (tx_auditor).

create or replace function access.demand_trace() returns void
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  if not access.may('trace', 'read') or not access.is_national() then
    raise exception 'the log is for the audit administrator' using errcode = 'insufficient_privilege';
  end if;
end $$;

-- Under which ids a record stands in the log: its own and those of all that belongs to it.
create or replace function access.trace_keys(typed text) returns text[]
language plpgsql stable security definer set search_path = pg_catalog, public as $$
declare child uuid;
begin
  perform access.demand_trace();
  select id into child from registry_person where number = typed;
  if child is null then
    return '{}';
  end if;
  return array(select child::text
    union all select id::text from procedures_registration where person_id = child
    union all select id::text from procedures_referral where person_id = child
    union all select id::text from registry_alert where person_id = child
    union all select id::text from registry_matchrequest where person_id = child);
end $$;

create or replace function access.trace_about(typed text) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  return query select n.id from access_readnote n where n.ids ?| access.trace_keys(typed);
end $$;

-- The numbers on the cards behind ids in the log; what is no person's gives no row.
create or replace function access.trace_numbers(named uuid[]) returns table (id uuid, number text)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  perform access.demand_trace();
  return query
    select p.id, p.number::text from registry_person p where p.id = any(named)
    union all select r.id, p.number::text from procedures_registration r join registry_person p on p.id = r.person_id
               where r.id = any(named)
    union all select r.id, p.number::text from procedures_referral r join registry_person p on p.id = r.person_id
               where r.id = any(named)
    union all select a.id, p.number::text from registry_alert a join registry_person p on p.id = a.person_id
               where a.id = any(named);
end $$;

-- Who an account is; never its password, nor its one-time secret.
create or replace function access.trace_accounts(named uuid[], typed text default null)
returns table (id uuid, login text, name text)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  perform access.demand_trace();
  return query select u.id, u.login::text, u.name::text from access_user u where u.id = any(named) or u.login = typed;
end $$;

-- What was changed in a record: when, by whom, in which table, which columns. No value, neither former nor present.
create or replace function access.trace_changes(typed text)
returns table (at timestamptz, kind text, what text, acting uuid, columns text[])
language plpgsql stable security definer set search_path = pg_catalog, public as $$
declare child uuid; kept record;
begin
  perform access.demand_trace();
  select p.id into child from registry_person p where p.number = typed;
  for kept in select * from (values
      ('registry_person', 'id = $1'), ('registry_contact', 'person_id = $1'),
      ('registry_guardianship', 'person_id = $1'), ('registry_residence', 'person_id = $1'),
      ('registry_consent', 'person_id = $1'), ('procedures_referral', 'person_id = $1'),
      ('procedures_case', 'registration_id in (select r.id from procedures_registration r where r.person_id = $1)')
    ) as t (of_table, about)
  loop
    return query execute format($sql$
      with version as (
        select e.pgh_created_at, e.pgh_label, e.acting, to_jsonb(e) as was,
               coalesce(lead(to_jsonb(e)) over (partition by e.id order by e.pgh_id),
                        (select to_jsonb(c) from %1$I c where c.id = e.id)) as became
          from %2$I e where %3$s)
      select pgh_created_at, %1$L::text, pgh_label::text, version.acting,
             array(select k from jsonb_object_keys(was) k
                    where k not like 'pgh\_%%' and k <> 'acting' and became ? k and was -> k <> became -> k order by k)
        from version$sql$, kept.of_table, kept.of_table || 'event', kept.about) using child;
  end loop;
end $$;

revoke all on function access.demand_trace(), access.trace_keys(text), access.trace_about(text),
  access.trace_numbers(uuid[]), access.trace_accounts(uuid[], text), access.trace_changes(text) from public;
grant execute on function access.trace_keys(text), access.trace_about(text), access.trace_numbers(uuid[]),
  access.trace_accounts(uuid[], text), access.trace_changes(text) to tx_app;

-- For the job: who has searched; until when each account works anywhere; which records nobody has had work with.
create or replace function access.audit_searches(since timestamptz, until timestamptz)
returns table (id uuid, at timestamptz, user_id uuid, centre_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  return query select s.id, s.at, s.user_id, s.centre_id from registry_searchnote s
                where s.at >= since and s.at < until and s.elsewhere <> 'glass';
end $$;

-- `ends_on`: the first day on which the account works nowhere; null while no end is known.
create or replace function access.audit_accounts()
returns table (id uuid, login text, ends_on date)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  return query
    select u.id, u.login::text, case when bool_or(m.ends_on is null) then null else max(m.ends_on) end
      from access_user u join organisations_membership m on m.user_id = u.id group by u.id, u.login;
end $$;

create or replace function access.audit_marks(named uuid[], moment timestamptz)
returns table (id uuid, is_hidden boolean)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
declare since timestamptz := moment - interval '30 days';
begin
  return query
    select p.id, exists (select from registry_person m where m.household_id = p.household_id and m.is_location_locked)
      from registry_person p
     where p.id = any(named) and p.registered_at < since
       and not exists (select from procedures_task t where t.person_id = p.id and t.done_on is null)
       and not exists (select from procedures_registration r join procedures_step s on s.registration_id = r.id
                        where r.person_id = p.id and s.done_at >= since)
       and not exists (select from procedures_referral f where f.person_id = p.id
                        and greatest(f.referred_at, f.answered_at) >= since);
end $$;

revoke all on function access.audit_searches(timestamptz, timestamptz), access.audit_accounts(),
  access.audit_marks(uuid[], timestamptz) from public;
grant execute on function access.audit_searches(timestamptz, timestamptz), access.audit_accounts(),
  access.audit_marks(uuid[], timestamptz) to tx_auditor;
