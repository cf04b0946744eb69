-- The signed context. Python signs `key|user|session|centres|national|grants|purpose|expires|backend|nonce` with
-- HMAC-SHA256 (context.py); here it is verified with core sha256() over two pads that the app role cannot read.
-- No context: null, hence no rows. A forged, expired or borrowed context: an error, never silence.

create schema if not exists access;

create or replace function access.verified() returns text[]
language plpgsql stable security definer set search_path = pg_catalog, public as $$
declare
  raw text := current_setting('tx.context', true);
  signed text;
  parts text[];
  pads record;
begin
  if raw is null or raw = '' then
    return null;
  end if;
  signed := left(raw, -65);
  parts := string_to_array(signed, '|');
  select inner_pad, outer_pad into pads from public.access_contextkey
   where code = parts[1] and (retires_at is null or retires_at > clock_timestamp());
  if not found or cardinality(parts) <> 10
     or encode(sha256(pads.outer_pad || sha256(pads.inner_pad || convert_to(signed, 'UTF8'))), 'hex') <> right(raw, 64)
  then
    raise exception 'forged context' using errcode = 'insufficient_privilege';
  end if;
  if to_timestamp(parts[8]::bigint) < clock_timestamp() then
    raise exception 'expired context' using errcode = 'insufficient_privilege';
  end if;
  if parts[9] <> pg_backend_pid()::text then
    raise exception 'borrowed context' using errcode = 'insufficient_privilege';
  end if;
  return parts;
end $$;

create or replace function access.user_id() returns uuid language sql stable security definer
set search_path = pg_catalog, access as $$ select (access.verified())[2]::uuid $$;

create or replace function access.session_id() returns uuid language sql stable security definer
set search_path = pg_catalog, access as $$ select nullif((access.verified())[3], '')::uuid $$;

create or replace function access.centres() returns uuid[] language sql stable security definer
set search_path = pg_catalog, access as $$ select string_to_array(nullif((access.verified())[4], ''), ',')::uuid[] $$;

create or replace function access.is_national() returns boolean language sql stable security definer
set search_path = pg_catalog, access as $$ select coalesce((access.verified())[5] = 'national', false) $$;

create or replace function access.may(part text, verb text) returns boolean language sql stable security definer
set search_path = pg_catalog, access as $$
  select coalesce((';' || (access.verified())[6]) ~ (';' || part || '=[a-z]*'
    || case verb when 'read' then 'r' when 'add' then 'a' when 'change' then 'c' when 'remove' then 'x' end), false)
$$;

revoke all on all functions in schema access from public;
grant usage on schema access to tx_app, tx_match, tx_counter, tx_log;
grant execute on all functions in schema access to tx_app, tx_match;
