-- Does this user work at this centre (in a national role: at none) in this role today, by the date on the centre's wall?
-- The same question as MembershipQuerySet.active_at; asked by access.resume, at each request.
create or replace function access.works_at(who uuid, as_role text, at_centre uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (
    select 1
      from public.organisations_membership m left join public.organisations_centre c on c.id = m.centre_id
     cross join lateral (
       select (clock_timestamp() at time zone coalesce(c.time_zone, 'Asia/Shanghai'))::date as today) d
     where m.user_id = who and m.role = as_role and m.centre_id is not distinct from at_centre
       and m.starts_on <= d.today and (m.ends_on is null or m.ends_on > d.today))
$$;
revoke all on function access.works_at(uuid, text, uuid) from public;
