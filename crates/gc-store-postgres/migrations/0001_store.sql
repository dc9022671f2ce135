-- One row for the whole store: who may write, and how often somebody has.
create table gc.store (
    only_row   boolean primary key default true check (only_row),
    -- The process that may write, and until when no other one may take its place.
    holder     uuid,
    expires_at timestamptz not null default 'epoch',
    -- One more with each commit of the holder. If it goes back, the database has lost what it had acknowledged.
    commits    bigint not null default 0,
    -- The database system and its timeline, as they were for certain when nothing was lost.
    lineage    text,
    -- When the process was last known to live, in seconds since 1970.
    alive      bigint
) with (fillfactor = 50);
insert into gc.store default values;

-- The first statement of each transaction that writes. Whoever is not the holder, or does not know of all commits, writes nothing.
create function gc.fence(me uuid, known bigint, lease interval, now_certain text) returns void language plpgsql as $$
begin
    update gc.store
        set commits = commits + 1, expires_at = now() + lease, lineage = coalesce(now_certain, lineage)
        where holder = me and commits = known;
    if not found then
        raise exception 'another process holds the store, or a commit is not known' using errcode = 'GC001';
    end if;
end $$;

-- Texts of clients may hold a NUL, which PostgreSQL does not take: it is written as the two characters U+0001 and 0, and a U+0001 as U+0001
-- and 1. Keys are SHA-256 of such texts, because an index takes 2.7 kB at most, and a client may choose a longer text.

-- The outbox of each client. Its row is updated with each commit that touches it, in place: nothing that is indexed changes.
create table gc.outbox (
    epoch      uuid primary key,
    client_key bytea not null unique,
    client     text not null,
    last       bigint not null,
    settled    text not null,
    given_up   bigint not null,
    lost       bigint not null,
    sender     uuid,
    claim      bigint
) with (fillfactor = 50);

-- Never updated; deleted in ranges from below.
create table gc.event (
    outbox      uuid not null,
    seq         bigint not null,
    id          uuid not null,
    -- Nanoseconds since 1970.
    at          bigint not null,
    size        bigint not null,
    type        text not null,
    body        text not null,
    agent_id    text,
    dialog_id   text,
    command_id  text,
    session_url text,
    barrier     boolean not null,
    primary key (outbox, seq)
);

create table gc.dead_letter (
    outbox      uuid not null,
    -- The first entry that was given up has number 1.
    number      bigint not null,
    -- The entry's number in this outbox; 0 for one of another outbox.
    own_seq     bigint not null,
    reason      text not null,
    -- Where the entry was appended.
    epoch       uuid not null,
    seq         bigint not null,
    id          uuid not null,
    at          bigint not null,
    size        bigint not null,
    type        text not null,
    body        text not null,
    agent_id    text,
    dialog_id   text,
    command_id  text,
    session_url text,
    barrier     boolean not null,
    primary key (outbox, number)
);

-- What a restart has to know. The records are JSON: a member that is added later has a default.
create table gc.client (
    key    bytea primary key,
    client text not null,
    record text not null
);

create table gc.session (
    key      bytea primary key,
    cluster  text not null,
    agent_id text not null,
    owner    text not null,
    record   text not null
) with (fillfactor = 50);

create table gc.command (
    key        bytea primary key,
    cluster    text not null,
    agent_id   text not null,
    client     text not null,
    command_id text not null,
    record     text not null
);
