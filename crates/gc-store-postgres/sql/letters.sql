select box.client, letter.number, letter.own_seq, letter.reason,
    seq, letter.epoch, id, at, type, body, agent_id, dialog_id, command_id, session_url, barrier
from gc.dead_letter letter join gc.outbox box on box.epoch = letter.outbox
where letter.outbox = $1 order by letter.number
