-- What a code on a slip opens, before there is any context: its own matter and nothing else. The code is known by its
-- salted hash only; who has none learns nothing, not even how many matters there are.

create or replace function access.voice_of_code(hash bytea)
returns table (voice_id uuid, kind text, language text, sealed text, said_on date, heard_on date, acknowledge_by date,
               answer_by date, acknowledged_at timestamptz, answered_at timestamptz, closed_at timestamptz,
               closed_for text, jurisdiction text)
language sql stable security definer set search_path = pg_catalog, public as $$
  select v.id, v.kind, v.language, v.sealed, v.said_on, v.heard_on, v.acknowledge_by, v.answer_by, v.acknowledged_at,
         v.answered_at, v.closed_at, v.closed_for, c.jurisdiction
    from public.programme_voicecode k
    join public.programme_voice v on v.id = k.voice_id
    left join public.organisations_centre c on c.id = v.centre_id
   where k.code_hash = hash
$$;

create or replace function access.voice_thread(hash bytea)
returns table (what text, sealed text, at timestamptz, is_ours boolean)
language sql stable security definer set search_path = pg_catalog, public as $$
  select s.what, s.sealed, s.at, s.by_id is not null
    from public.programme_voicecode k
    join public.programme_voicestep s on s.voice_id = k.voice_id
   where k.code_hash = hash and s.is_shown
   order by s.at, s.id
$$;

-- The person adds to it: added | unknown (the code opens nothing) | full (enough was added; nothing is kept). What was
-- answered or closed waits for an answer again, by `answer_until`.
create or replace function access.voice_said_again(hash bytea, step uuid, words text, answer_until date)
returns text
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  found_one record;
begin
  select v.id, v.route, v.assigned_centre_id into found_one
    from programme_voicecode k join programme_voice v on v.id = k.voice_id where k.code_hash = hash for update of v;
  if found_one.id is null then
    return 'unknown';
  end if;
  if exists (select from programme_voicestep s where s.id = step) then
    return 'added';  -- a button pressed twice
  end if;
  if (select count(*) from programme_voicestep s where s.voice_id = found_one.id and s.by_id is null) >= 50 then
    return 'full';
  end if;
  insert into programme_voicestep (id, voice_id, route, centre_id, what, sealed, is_shown, at, by_id, by_name)
  values (step, found_one.id, found_one.route, found_one.assigned_centre_id, 'said', words, true, clock_timestamp(),
          null, '')
  on conflict (id) do nothing;
  update programme_voice
     set answer_by = greatest(answer_by, answer_until), answered_at = null, closed_at = null, closed_for = ''
   where id = found_one.id and (answered_at is not null or closed_at is not null);
  return 'added';
end $$;

-- Up and never down: from a centre back to the coordinator, or past both to the safeguarding lead. A wall would refuse
-- the row after the change, because who passes it on no longer sees it.
create or replace function access.voice_passed(voice uuid, onward text)
returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
  place uuid;
begin
  if onward not in ('programme', 'safeguarding') or not access.may('voice', 'change') then
    raise exception 'not for this role' using errcode = 'insufficient_privilege';
  end if;
  select v.assigned_centre_id into place from programme_voice v
   where v.id = voice and v.route = 'programme'
     and (access.is_national() or v.assigned_centre_id = any(access.centres())) for update;
  if not found then
    return false;
  end if;
  update programme_voice set route = onward, assigned_centre_id = null where id = voice;
  if onward = 'safeguarding' then
    update programme_voicestep set route = onward, centre_id = null where voice_id = voice;
  end if;
  return true;
end $$;

revoke all on function access.voice_of_code(bytea), access.voice_thread(bytea),
  access.voice_said_again(bytea, uuid, text, date), access.voice_passed(uuid, text) from public;
grant execute on function access.voice_of_code(bytea), access.voice_thread(bytea),
  access.voice_said_again(bytea, uuid, text, date), access.voice_passed(uuid, text) to tx_app;
