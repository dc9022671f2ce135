select box.client, held.oldest, event.*
from gc.outbox box
cross join lateral (select min(seq) as oldest from gc.event where outbox = $1) held
left join lateral (
    select seq, outbox as epoch, id, at, type, body, agent_id, dialog_id, command_id, session_url, barrier
    from gc.event where outbox = $1 and seq > $2 and seq <= $3 order by seq limit $4
) event on true
where box.epoch = $1
