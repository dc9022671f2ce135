insert into gc.outbox (epoch, client_key, client, last, settled, given_up, lost, sender, claim)
select * from unnest($1::uuid[], $2::bytea[], $3::text[], $4::int8[], $5::text[], $6::int8[], $7::int8[],
    $8::uuid[], $9::int8[])
on conflict (epoch) do update
    set last = excluded.last, settled = excluded.settled, given_up = excluded.given_up,
        lost = excluded.lost, sender = excluded.sender, claim = excluded.claim
