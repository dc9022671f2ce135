//! The connector over real sockets, with the simulated Finesse in process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod administrators;
mod audit;
mod bad_arguments;
mod bad_input;
mod browsers;
mod callback_addresses;
mod callbacks;
mod chaos;
mod check_config;
mod clusters;
mod connections;
mod console;
mod contract;
mod crash;
mod day;
mod dead_letters;
mod early_refusals;
mod errors;
mod failover;
mod hostile_notifications;
mod hostile_rest;
#[path = "../../../../crates/gc-events/tests/it/judge.rs"]
mod judge;
mod leaks;
mod limits;
mod listener;
mod logs;
mod maintenance;
mod metrics;
mod node_logs;
mod not_allowed;
mod outage;
mod print_config;
mod readers;
mod reload;
mod replay;
mod restart;
mod scenarios;
mod secrets;
mod service;
mod signing;
mod skew;
mod slots;
mod stop;
mod store;
mod strangers;
mod strict;
mod support;
mod tenants;
mod timing;
mod tls;
