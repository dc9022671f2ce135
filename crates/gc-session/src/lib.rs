//! The engine: tasks that feed gc-core and carry out what it asks.
