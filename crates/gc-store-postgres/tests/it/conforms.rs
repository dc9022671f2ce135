//! The suite that every journal must pass.

use gc_store::conformance;

use crate::stage::{journal, server};

#[test]
fn the_journal_conforms() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let fresh = || {
        server.sql("gc", "drop schema if exists gc cascade").unwrap();
        journal(&url)
    };
    assert_eq!(conformance::check(fresh), Ok(()));
}

#[test]
fn the_journal_goes_on_where_it_was() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let fresh = || {
        server.sql("gc", "drop schema if exists gc cascade").unwrap();
        || journal(&url)
    };
    assert_eq!(conformance::check_reopening(fresh), Ok(()));
}
