-- Registration drafts of somebody who leaves a centre. Called by access.end_place (organisations), never by a page.
create or replace function access.drafts_held(who uuid, at_centre uuid) returns bigint
language sql stable security definer set search_path = pg_catalog, public as $$
  select count(*) from public.procedures_draft where user_id = who and centre_id = at_centre
$$;

create or replace function access.hand_over(from_user uuid, to_user uuid, at_centre uuid) returns void
language sql volatile security definer set search_path = pg_catalog, public as $$
  update public.procedures_draft set user_id = to_user where user_id = from_user and centre_id = at_centre
$$;

-- What an administrator of accounts is told before somebody leaves: numbers, never names.
create or replace function access.waiting_at(which uuid) returns table (drafts bigint, tasks bigint)
language sql stable security definer set search_path = pg_catalog, public as $$
  select access.drafts_held(m.user_id, m.centre_id),
         (select count(*) from public.procedures_task t where t.centre_id = m.centre_id and t.done_on is null)
    from public.organisations_membership m where m.id = which and access.may('account', 'read')
$$;

revoke all on function access.drafts_held(uuid, uuid), access.hand_over(uuid, uuid, uuid), access.waiting_at(uuid) from public;
grant execute on function access.waiting_at(uuid) to tx_app;
