insert into gc.dead_letter
    (outbox, number, own_seq, reason, epoch,
    seq, id, at, size, type, body, agent_id, dialog_id, command_id, session_url, barrier)
select outbox, number, own_seq, reason, epoch,
    seq, id, at, size, type, body, agent_id, dialog_id, command_id, session_url, barrier
from unnest($1::uuid[], $2::int8[], $3::int8[], $4::text[], $5::uuid[],
    $6::uuid[], $7::int8[], $8::uuid[], $9::int8[], $10::int8[], $11::text[], $12::text[],
    $13::text[], $14::text[], $15::text[], $16::text[], $17::bool[])
as letter (outbox, number, own_seq, reason, epoch,
    outbox_again, seq, id, at, size, type, body, agent_id, dialog_id, command_id, session_url, barrier)
