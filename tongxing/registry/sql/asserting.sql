-- The desk says of two records that are open to it: same, sibling, different. Where a child is in danger the word is
-- the first of two and waits in the queue; then null is returned.
create or replace function access.assert_link(one uuid, other uuid, said text, model text, bits float8, seen jsonb, why text) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare actor uuid := access.user_id();
begin
  if actor is null or one = other or not access.may('link', 'add')
     or not access.is_open_here(one) or not access.is_open_here(other) then
    raise exception 'linking is not for this role, or not of these' using errcode = 'insufficient_privilege';
  end if;
  if access.is_sheltered(one) or access.is_sheltered(other) then
    perform access.put_pair(one, other, 'desk', model, bits, null, seen, '{}', 3, actor, said);
    update registry_reviewpair set is_sensitive = true, state = 'open', first_by_id = actor, first_said = said
     where left_id = least(one, other) and right_id = greatest(one, other) and state in ('open', 'deferred')
       and first_by_id is null;
    return null;
  end if;
  return access.put_link(one, other, said, 'desk', model, bits, seen, why, actor);
end $$;
