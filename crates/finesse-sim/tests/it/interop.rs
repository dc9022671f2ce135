//! Clients from the registries.
