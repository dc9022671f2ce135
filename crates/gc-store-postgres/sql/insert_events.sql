insert into gc.event
    (outbox, seq, id, at, size, type, body, agent_id, dialog_id, command_id, session_url, barrier)
select * from unnest($1::uuid[], $2::int8[], $3::uuid[], $4::int8[], $5::int8[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::text[], $12::bool[])
