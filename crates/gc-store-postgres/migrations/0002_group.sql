-- The connectors that share the store. Each renews its row as long as it lives; the one that leads is the holder of gc.store.
create table gc.member (
    id         uuid primary key,
    url        text not null,
    version    text not null,
    started    timestamptz not null,
    expires_at timestamptz not null
) with (fillfactor = 50);

-- Since when the holder has held it.
alter table gc.store add column since timestamptz;
