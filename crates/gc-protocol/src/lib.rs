//! The command grammar of the Generic Connector, and its events.
