-- Which referral a typed withdrawal code belongs to, before there is any context. Tells ids, nothing else.
create or replace function access.referral_of_code(hash bytea) returns table (referral_id uuid, sender_id uuid)
language sql stable security definer set search_path = pg_catalog, public as $$
  select r.id, r.sender_id
    from public.procedures_withdrawalcode c join public.procedures_referral r on r.id = c.referral_id
   where c.code_hash = hash
$$;
revoke all on function access.referral_of_code(bytea) from public;
grant execute on function access.referral_of_code(bytea) to tx_app;
