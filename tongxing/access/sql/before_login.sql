-- Before there is a context: whose password hash to check, and whose session a cookie belongs to.

create or replace function access.current_key() returns text
language sql stable security definer set search_path = pg_catalog, public as $$
  select code::text from public.access_contextkey where retires_at is null order by made_at desc limit 1
$$;

create or replace function access.credentials(typed text)
returns table (id uuid, name text, password text, totp_sealed text, totp_step bigint)
language sql stable security definer set search_path = pg_catalog, public as $$
  select u.id, u.name::text, u.password::text, u.totp_sealed, u.totp_step
    from public.access_user u where u.login = typed and u.is_active
$$;

-- Counted by what was typed, whether or not there is such a user: a lockout must not tell that there is one.
create or replace function access.failures(typed text) returns bigint
language sql stable security definer set search_path = pg_catalog, public as $$
  select count(*) from public.access_securityevent e
   where e.login = typed and e.kind in ('wrong password', 'wrong code')
     and e.at > clock_timestamp() - interval '15 minutes'
     and e.at > coalesce((select max(s.started_at) from public.access_session s
                            join public.access_user u on u.id = s.user_id where u.login = typed), '-infinity')
$$;

create or replace function access.recent_events(what text, from_address text) returns bigint
language sql stable security definer set search_path = pg_catalog, public as $$
  select count(*) from public.access_securityevent e
   where e.kind = what and e.address = from_address and e.at > clock_timestamp() - interval '15 minutes'
$$;

create or replace function access.resume(hash bytea)
returns table (session_id uuid, user_id uuid, name text, role text, centre_id uuid, language text)
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
begin
  -- One write a minute keeps the idle clock without making every page a write.
  update public.access_session s set seen_at = clock_timestamp()
   where s.token_hash = hash and s.ended_at is null and s.ends_at > clock_timestamp()
     and s.seen_at between clock_timestamp() - interval '15 minutes' and clock_timestamp() - interval '1 minute';
  return query
  select s.id, u.id, u.name::text, s.role::text, s.centre_id, u.language::text
    from public.access_session s join public.access_user u on u.id = s.user_id
   where s.token_hash = hash and s.ended_at is null and s.ends_at > clock_timestamp() and u.is_active
     and s.seen_at > clock_timestamp() - interval '15 minutes'
     -- Defined by organisations, which lies above (a function body is bound when it runs). A session is worth what the
     -- membership behind it is worth today: a forged one nothing, an ended one nothing from that day on.
     and access.works_at(s.user_id, s.role::text, s.centre_id);
end $$;

revoke all on all functions in schema access from public;
grant execute on function access.current_key(), access.credentials(text), access.failures(text), access.resume(bytea),
  access.recent_events(text, text) to tx_app;
