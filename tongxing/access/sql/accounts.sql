-- Slips, recovery codes and parked sessions. Pages never read these tables: who has the code is told what it is worth.

-- Whose slip is it? A wrong code counts against the slip of the log-in that was typed; after ten the slip is dead.
create or replace function access.slip(typed text, hash bytea)
returns table (user_id uuid, name text, kind text, language text)
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  update public.access_slip s set tries = least(s.tries + 1, 1000) from public.access_user u
   where u.id = s.user_id and u.login = typed and s.used_at is null and s.withdrawn_at is null and s.code_hash <> hash;
  return query
  select u.id, u.name::text, s.kind::text, u.language::text
    from public.access_slip s join public.access_user u on u.id = s.user_id
   where u.login = typed and u.is_active and s.code_hash = hash and s.used_at is null and s.withdrawn_at is null
     and s.expires_at > clock_timestamp() and s.tries < 10;
end $$;

-- With a slip for a new telephone the password is asked for; this is its hash, for whoever holds the slip and nobody else.
create or replace function access.kept_password(typed text, hash bytea) returns text
language sql stable security definer set search_path = pg_catalog, public as $$
  select u.password::text from public.access_slip s join public.access_user u on u.id = s.user_id
   where u.login = typed and u.is_active and s.kind = 'phone' and s.code_hash = hash and s.used_at is null
     and s.withdrawn_at is null and s.expires_at > clock_timestamp() and s.tries < 10
$$;

-- Spend the slip: once. What its kind does not renew stays as it is; stays that were open end. Null: no such slip.
create or replace function access.redeem(
  typed text, hash bytea, new_password text, new_totp text, new_step bigint, codes bytea[], language text)
returns uuid language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  who uuid;
  what text;
begin
  select s.user_id, s.kind into who, what
    from public.access_slip s join public.access_user u on u.id = s.user_id
   where u.login = typed and u.is_active and s.code_hash = hash and s.used_at is null and s.withdrawn_at is null
     and s.expires_at > clock_timestamp() and s.tries < 10
     for update of s;
  if not found then
    return null;
  end if;
  update public.access_slip set used_at = clock_timestamp() where user_id = who and code_hash = hash and used_at is null;
  update public.access_user u
     set password = case when what = 'phone' then u.password else new_password end,
         totp_sealed = case when what = 'password' then u.totp_sealed else new_totp end,
         totp_step = greatest(u.totp_step, new_step),
         language = coalesce(nullif(redeem.language, ''), u.language)
   where u.id = who;
  update public.access_session set ended_at = clock_timestamp() where user_id = who and ended_at is null;
  if what <> 'password' then
    perform access.put_recovery(who, codes);
  end if;
  return who;
end $$;

create or replace function access.put_recovery(who uuid, codes bytea[]) returns void
language sql volatile security definer set search_path = pg_catalog, public as $$
  delete from public.access_recoverycode where user_id = who;
  insert into public.access_recoverycode (id, user_id, code_hash, made_at)
  select gen_random_uuid(), who, code, clock_timestamp() from unnest(codes) code;
$$;

create or replace function access.spend_recovery(who uuid, hash bytea) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  update public.access_recoverycode set used_at = clock_timestamp()
   where user_id = who and code_hash = hash and used_at is null;
  return found;
end $$;

-- One's own: how many recovery codes are left, and new ones in their place; a new phone in place of the old.
create or replace function access.recovery_left() returns bigint
language sql stable security definer set search_path = pg_catalog, public as $$
  select count(*) from public.access_recoverycode where user_id = access.user_id() and used_at is null
$$;

create or replace function access.renew_own(new_totp text, new_step bigint, codes bytea[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  if not access.may('own', 'change') then
    raise exception 'not signed in' using errcode = 'insufficient_privilege';
  end if;
  if new_totp <> '' then
    update public.access_user set totp_sealed = new_totp, totp_step = greatest(totp_step, new_step)
     where id = access.user_id();
  end if;
  perform access.put_recovery(access.user_id(), codes);
  update public.access_session set ended_at = clock_timestamp()
   where user_id = access.user_id() and ended_at is null and id is distinct from access.session_id();
end $$;

-- Sign out: the stay in which one acts ends, and no page brings an ended one back.
create or replace function access.leave() returns void
language sql volatile security definer set search_path = pg_catalog, public as $$
  update public.access_session set ended_at = clock_timestamp()
   where id = access.session_id() and user_id = access.user_id() and ended_at is null
$$;

-- A shared desk: the stay of this cookie is parked; a one-time code opens it again, within its twelve hours.
create or replace function access.park(hash bytea) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  update public.access_session set locked_at = clock_timestamp()
   where token_hash = hash and ended_at is null and ends_at > clock_timestamp();
  return found;
end $$;

create or replace function access.parked(hashes bytea[])
returns table (token_hash bytea, session_id uuid, login text, name text, role text, centre_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
begin
  return query
  select s.token_hash, s.id, u.login::text, u.name::text, s.role::text, s.centre_id
    from public.access_session s join public.access_user u on u.id = s.user_id
   where s.token_hash = any(hashes) and s.locked_at is not null and s.ended_at is null
     and s.ends_at > clock_timestamp() and u.is_active and access.works_at(s.user_id, s.role::text, s.centre_id)
   order by s.locked_at desc;
end $$;

create or replace function access.unpark(hash bytea) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  update public.access_session set locked_at = null, seen_at = clock_timestamp()
   where token_hash = hash and locked_at is not null and ended_at is null and ends_at > clock_timestamp();
  return found;
end $$;

-- What an administrator of accounts is told of each: never a hash, never a secret.
create or replace function access.account_states()
returns table (user_id uuid, has_begun boolean, has_phone boolean, slip_kind text, slip_until timestamptz, seen_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public as $$
  select u.id, u.password not like '!%', u.totp_sealed <> '', s.kind::text, s.expires_at,
         (select max(v.seen_at) from public.access_session v where v.user_id = u.id)
    from public.access_user u
    left join public.access_slip s on s.user_id = u.id and s.used_at is null and s.withdrawn_at is null
     and s.expires_at > clock_timestamp()
   where access.may('account', 'read')
$$;

create or replace function access.last_seen()
returns table (user_id uuid, role text, centre_id uuid, seen_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public as $$
  select s.user_id, s.role::text, s.centre_id, max(s.seen_at) from public.access_session s
   where access.may('account', 'read') group by 1, 2, 3
$$;

-- Nobody without a phone signs in by password alone.
create or replace function access.credentials(typed text)
returns table (id uuid, name text, password text, totp_sealed text, totp_step bigint)
language sql stable security definer set search_path = pg_catalog, public as $$
  select u.id, u.name::text, u.password::text, u.totp_sealed, u.totp_step
    from public.access_user u where u.login = typed and u.is_active and u.totp_sealed <> ''
$$;

create or replace function access.failures(typed text) returns bigint
language sql stable security definer set search_path = pg_catalog, public as $$
  select count(*) from public.access_securityevent e
   where e.login = typed and e.kind in ('wrong password', 'wrong code', 'wrong slip')
     and e.at > clock_timestamp() - interval '15 minutes'
     and e.at > coalesce((select max(s.started_at) from public.access_session s
                            join public.access_user u on u.id = s.user_id where u.login = typed), '-infinity')
$$;

-- Since a stay can be parked, and the code of conduct is asked for again with each edition.
drop function access.resume(bytea);
create function access.resume(hash bytea)
returns table (session_id uuid, user_id uuid, name text, role text, centre_id uuid, language text, conduct text)
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  -- One write a minute keeps the idle clock without making every page a write.
  update public.access_session s set seen_at = clock_timestamp()
   where s.token_hash = hash and s.ended_at is null and s.locked_at is null and s.ends_at > clock_timestamp()
     and s.seen_at between clock_timestamp() - interval '15 minutes' and clock_timestamp() - interval '1 minute';
  return query
  select s.id, u.id, u.name::text, s.role::text, s.centre_id, u.language::text,
         (select c.edition::text from public.access_conductsignature c where c.user_id = u.id
           order by c.signed_at desc limit 1)
    from public.access_session s join public.access_user u on u.id = s.user_id
   where s.token_hash = hash and s.ended_at is null and s.locked_at is null and s.ends_at > clock_timestamp()
     and u.is_active and s.seen_at > clock_timestamp() - interval '15 minutes'
     -- Defined by organisations, which lies above (a function body is bound when it runs). A session is worth what the
     -- membership behind it is worth today: a forged one nothing, an ended one nothing from that day on.
     and access.works_at(s.user_id, s.role::text, s.centre_id);
end $$;

revoke all on function access.put_recovery(uuid, bytea[]) from public;
revoke all on function access.slip(text, bytea), access.kept_password(text, bytea), access.redeem(text, bytea, text, text, bigint, bytea[], text),
  access.spend_recovery(uuid, bytea), access.recovery_left(), access.renew_own(text, bigint, bytea[]), access.park(bytea),
  access.parked(bytea[]), access.unpark(bytea), access.account_states(), access.last_seen(), access.resume(bytea), access.leave()
  from public;
grant execute on function access.slip(text, bytea), access.kept_password(text, bytea), access.redeem(text, bytea, text, text, bigint, bytea[], text),
  access.spend_recovery(uuid, bytea), access.recovery_left(), access.renew_own(text, bigint, bytea[]), access.park(bytea),
  access.parked(bytea[]), access.unpark(bytea), access.account_states(), access.last_seen(), access.resume(bytea),
  access.leave() to tx_app;
