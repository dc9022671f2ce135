//! The event model of the Generic Connector: every JSON event and every error code.
