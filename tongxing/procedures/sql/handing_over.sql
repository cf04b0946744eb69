-- Registration drafts that nobody could open once this place of work has ended: none, when the person has another one
-- at the desk of the centre. Called by access.end_place (organisations), never by a page.
create or replace function access.drafts_left(which uuid) returns bigint
language sql stable security definer set search_path = pg_catalog, public as $$
  select count(*) from public.organisations_membership m
    join public.procedures_draft d on d.user_id = m.user_id and d.centre_id = m.centre_id
   where m.id = which and not exists (
     select from public.organisations_membership o
      where o.user_id = m.user_id and o.centre_id = m.centre_id and o.role <> m.role
        and o.role in ('front_desk', 'case_worker', 'police') and access.works_at(o.user_id, o.role::text, o.centre_id))
$$;

create or replace function access.hand_over(from_user uuid, to_user uuid, at_centre uuid) returns void
language sql volatile security definer set search_path = pg_catalog, public as $$
  update public.procedures_draft set user_id = to_user where user_id = from_user and centre_id = at_centre
$$;

-- What an administrator of accounts is told before somebody leaves: numbers, never names.
create or replace function access.waiting_at(which uuid) returns table (drafts bigint, tasks bigint)
language sql stable security definer set search_path = pg_catalog, public as $$
  select access.drafts_left(m.id),
         (select count(*) from public.procedures_task t where t.centre_id = m.centre_id and t.done_on is null)
    from public.organisations_membership m where m.id = which and access.may('account', 'read')
$$;

drop function if exists access.drafts_held(uuid, uuid);
revoke all on function access.drafts_left(uuid), access.hand_over(uuid, uuid, uuid), access.waiting_at(uuid) from public;
grant execute on function access.waiting_at(uuid) to tx_app;
