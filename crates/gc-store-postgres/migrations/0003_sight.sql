-- The clusters that the connector sees in service, by their names; none before it has looked.
alter table gc.member add column sees text[] not null default '{}';

-- When a leader has last left the store to a connector that saw more of them.
alter table gc.store add column handed_over timestamptz;
