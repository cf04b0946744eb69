-- What a security administrator does to accounts of others. Each function asks the signed context who acts, and refuses
-- whoever acts on himself. Memberships are written by these functions and by the owner, by nobody else.

create or replace function access.is_own_membership(which uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (select from public.organisations_membership m where m.id = which and m.user_id = access.user_id())
$$;

create or replace function access.refuse_unless(part text, verb text, about uuid) returns void
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  if not access.may(part, verb) or access.user_id() is null then
    raise exception 'may not % %', verb, part using errcode = 'insufficient_privilege';
  end if;
  if about = access.user_id() then
    raise exception 'not on oneself' using errcode = 'insufficient_privilege';
  end if;
end $$;

-- Confirm or refuse: somebody else than who proposed it and whom it is for. A confirmed one is a membership at once.
create or replace function access.decide_proposal(which uuid, says text, new_id uuid) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  p public.organisations_proposal;
begin
  select * into p from public.organisations_proposal where id = which for update;
  perform access.refuse_unless('proposal', 'change', p.user_id);
  if p.id is null or p.answer <> '' or says not in ('confirmed', 'refused') then
    return false;
  end if;
  if p.proposed_by_id = access.user_id() then
    raise exception 'proposed by oneself' using errcode = 'insufficient_privilege';
  end if;
  -- Whoever confirms has read these words: they are the account's, whoever wrote the row.
  if says = 'confirmed' and not exists (
      select from public.access_user u where u.id = p.user_id and u.login = p.login and u.name = p.name) then
    raise exception 'proposed under another name' using errcode = 'insufficient_privilege';
  end if;
  update public.organisations_proposal set answer = says, decided_by_id = access.user_id(), decided_at = clock_timestamp()
   where id = which;
  if says = 'confirmed' then
    insert into public.organisations_membership (id, user_id, centre_id, role, starts_on, ends_on)
    values (new_id, p.user_id, p.centre_id, p.role, p.starts_on, p.ends_on) on conflict do nothing;
  end if;
  return true;
end $$;

-- Everything is lost, and another administrator has looked within a day. A look is spent once a slip was used after it.
create or replace function access.was_looked_at(who uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (
    select from public.access_identitycheck c
     where c.user_id = who and c.kind = 'both' and c.checked_by_id <> access.user_id()
       and c.at > clock_timestamp() - interval '1 day'
       and not exists (select from public.access_slip s where s.user_id = who and s.used_at > c.at))
   and access.may('account', 'read')
$$;

-- The first of the two: it voids nothing and prints nothing. False: this account has not begun, so nothing can be lost.
create or replace function access.look_at(who uuid, seen text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  perform access.refuse_unless('account', 'change', who);
  if not exists (select from public.access_user u where u.id = who and u.is_active and u.password <> '!') then
    return false;
  end if;
  insert into public.access_identitycheck (id, user_id, checked_by_id, document, kind, at)
  values (gen_random_uuid(), who, access.user_id(), seen, 'both', clock_timestamp());
  return true;
end $$;

-- A slip for somebody else. A first one needs a confirmed place; a reset needs a document that was looked at, ends every
-- stay at once and makes void what was lost. Everything new asks for two who have looked, at once or one after the other.
create or replace function access.issue_slip(who uuid, what text, seen text, hash bytea, days int, new_id uuid)
returns timestamptz language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  u public.access_user;
  until timestamptz := clock_timestamp() + make_interval(days => least(days, 30));
begin
  perform access.refuse_unless('account', 'change', who);
  select * into u from public.access_user where id = who and is_active for update;
  if u.id is null or what not in ('invite', 'phone', 'password', 'both')
     or (what = 'invite') <> (u.password = '!' and u.totp_sealed = '')
     or not exists (select from public.organisations_membership m where m.user_id = who
                     and (m.ends_on is null or m.ends_on > current_date)) then
    return null;
  end if;
  if (what = 'both' and not access.was_looked_at(who))
     or (what = 'phone' and u.password like '!%') or (what = 'password' and u.totp_sealed = '') then
    return null;
  end if;
  if what <> 'invite' then
    insert into public.access_identitycheck (id, user_id, checked_by_id, document, kind, at)
    values (gen_random_uuid(), who, access.user_id(), seen, what, clock_timestamp());
    update public.access_session set ended_at = clock_timestamp() where user_id = who and ended_at is null;
    update public.access_user
       set totp_sealed = case when what in ('phone', 'both') then '' else totp_sealed end,
           password = case when what in ('password', 'both') then '!lost' else password end
     where id = who;
    delete from public.access_recoverycode where user_id = who and what in ('phone', 'both');
  end if;
  update public.access_slip set withdrawn_at = clock_timestamp()
   where user_id = who and used_at is null and withdrawn_at is null;
  insert into public.access_slip (id, user_id, kind, code_hash, issuer_id, made_at, expires_at, tries)
  values (new_id, who, what, hash, access.user_id(), clock_timestamp(), until, 0);
  return until;
end $$;

-- Leaving a place: drafts go to a named colleague there, the membership and its stays end now. False: no such colleague.
create or replace function access.end_place(which uuid, heir uuid) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  m public.organisations_membership;
  today date;
begin
  select * into m from public.organisations_membership where id = which for update;
  perform access.refuse_unless('account', 'change', m.user_id);
  if m.id is null then
    return false;
  end if;
  select (clock_timestamp() at time zone coalesce(c.time_zone, 'Asia/Shanghai'))::date into today
    from (select m.centre_id as id) at left join public.organisations_centre c on c.id = at.id;
  if access.drafts_left(which) > 0 then
    if heir is null or heir = m.user_id or not exists (
        select from public.organisations_membership h where h.user_id = heir and h.centre_id = m.centre_id
           and h.role in ('front_desk', 'case_worker', 'police') and access.works_at(heir, h.role::text, h.centre_id)) then
      return false;
    end if;
    perform access.hand_over(m.user_id, heir, m.centre_id);
  end if;
  update public.organisations_membership set ends_on = greatest(starts_on, today)
   where id = which and (ends_on is null or ends_on > today);
  update public.access_session set ended_at = clock_timestamp()
   where user_id = m.user_id and role = m.role and centre_id is not distinct from m.centre_id and ended_at is null;
  return true;
end $$;

-- Three administrators that nobody combines, and no administrator with any other role, at the same time.
create or replace function access.hold_apart() returns trigger
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('places of ' || new.user_id::text, 0));
  if exists (
      select from public.organisations_membership m
       where m.user_id = new.user_id and m.id <> new.id and m.role <> new.role
         and (m.role in ('system', 'security', 'audit') or new.role in ('system', 'security', 'audit'))
         and daterange(m.starts_on, m.ends_on) && daterange(new.starts_on, new.ends_on)) then
    raise exception 'an administrator has no second role'
      using errcode = 'check_violation', constraint = 'membership_apart';
  end if;
  return new;
end $$;

drop trigger if exists membership_apart on public.organisations_membership;
create trigger membership_apart before insert or update of user_id, role, starts_on, ends_on
  on public.organisations_membership for each row execute function access.hold_apart();

revoke all on function access.is_own_membership(uuid), access.refuse_unless(text, text, uuid),
  access.decide_proposal(uuid, text, uuid), access.issue_slip(uuid, text, text, bytea, int, uuid),
  access.end_place(uuid, uuid), access.hold_apart(), access.was_looked_at(uuid), access.look_at(uuid, text) from public;
grant execute on function access.is_own_membership(uuid), access.decide_proposal(uuid, text, uuid),
  access.issue_slip(uuid, text, text, bytea, int, uuid), access.end_place(uuid, uuid), access.was_looked_at(uuid),
  access.look_at(uuid, text) to tx_app;
