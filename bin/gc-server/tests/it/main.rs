//! The connector over real sockets, with the simulated Finesse in process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod admin_page;
mod administration;
mod administrators;
mod audit;
mod bad_arguments;
mod bad_input;
mod browsers;
mod callback_addresses;
mod callbacks;
mod certificates;
mod chaos;
mod check_config;
mod clusters;
mod connections;
mod console;
mod contract;
#[path = "../../../../crates/gc-rules/tests/it/stage.rs"]
mod core_stage;
mod crash;
mod day;
mod dead_letters;
#[cfg(feature = "demo")]
mod demo;
#[path = "../../../../crates/gc-rules/tests/it/directory.rs"]
mod directory;
mod discovery;
mod early_refusals;
mod errors;
mod failover;
mod forward;
mod group;
mod group_faults;
mod healthcheck;
mod history;
mod hostile_notifications;
mod hostile_rest;
mod import_env;
#[path = "../../../../crates/gc-events/tests/it/judge.rs"]
mod judge;
mod leaks;
mod limits;
mod listener;
mod log_entries;
mod logs;
mod maintenance;
mod metrics;
mod node_logs;
mod not_allowed;
mod outage;
mod postgres;
mod print_config;
mod proxy;
mod readers;
mod recordings;
mod reload;
mod replay;
mod restart;
mod scenarios;
mod secrets;
mod service;
mod signing;
mod skew;
mod slots;
mod sso;
mod stop;
mod store;
mod strangers;
mod strict;
mod support;
mod tenants;
mod timing;
mod tls;
