-- The trace and the security log are added to and read. No row changes; none goes before 180 days, whoever asks, the owner
-- and the keeper too (network logs: at least six months). What is kept longer is a setting (TONGXING_TRACE_DAYS).

create or replace function access.keep_trace() returns trigger
language plpgsql set search_path = pg_catalog as $$
begin
  if tg_op = 'DELETE' then
    if old.at < clock_timestamp() - interval '180 days' then
      return old;
    end if;
    raise exception 'kept for 180 days at least' using errcode = 'insufficient_privilege';
  end if;
  raise exception 'the trace is added to, never changed' using errcode = 'insufficient_privilege';
end $$;

create trigger kept before update or delete on public.access_readnote
  for each row execute function access.keep_trace();
create trigger kept_whole before truncate on public.access_readnote execute function access.keep_trace();
create trigger kept before update or delete on public.access_securityevent
  for each row execute function access.keep_trace();
create trigger kept_whole before truncate on public.access_securityevent execute function access.keep_trace();

-- Also in a session that plays back another server's changes.
alter table public.access_readnote enable always trigger kept;
alter table public.access_readnote enable always trigger kept_whole;
alter table public.access_securityevent enable always trigger kept;
alter table public.access_securityevent enable always trigger kept_whole;

grant usage on schema access to tx_auditor;
