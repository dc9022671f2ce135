insert into gc.dead_letter
    (outbox, number, own_seq, reason, epoch,
    seq, id, at, size, type, body, agent_id, dialog_id, command_id, session_url, barrier)
select outbox, $2, $3, $4, outbox,
    seq, id, at, size, type, body, agent_id, dialog_id, command_id, session_url, barrier
from gc.event where outbox = $1 and seq = $3
