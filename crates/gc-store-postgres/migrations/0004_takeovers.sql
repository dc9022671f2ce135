-- Who has taken the store, from whom, and why; a hundred rows, written in the transaction that takes it.
create table gc.takeover (
    number       bigint primary key,
    at           timestamptz not null,
    holder       uuid not null,
    -- Where the others reach it; none outside a group.
    url          text,
    previous     uuid,
    previous_url text,
    reason       text not null,
    -- How long nobody had held it, if that is known.
    vacant       interval
);

-- Who has let go of the store, when, and why; while it is held, why its holder is about to.
alter table gc.store add column left_by uuid, add column left_at timestamptz, add column left_for text;

-- What else the connector says of itself: how many sessions it has, and whether the others cannot reach it.
alter table gc.member add column sessions bigint not null default 0, add column unreachable boolean not null default false;
