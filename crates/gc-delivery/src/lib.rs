//! Ordered delivery: an append-only outbox per client, callbacks and live streams as cursors over it.
