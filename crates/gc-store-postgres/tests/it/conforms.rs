//! The suite that every journal must pass.

use std::sync::Arc;

use gc_store::{Epochs, Journal, conformance, read_lines, write_lines};
use gc_store_postgres::PostgresJournal;

use crate::stage::{compiled, explaining_server, journal, server, store};

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

#[test]
fn dead_letters_go_on_when_the_database_is_another_one_and_after_an_import() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let another = |open: Arc<PostgresJournal>| -> Arc<dyn Journal> {
        drop(open);
        server.sql("gc", "update gc.store set lineage = 'another'").unwrap();
        journal(&url)
    };
    assert_eq!(conformance::check_renewing(|| journal(&url), another), Ok(()));
    let (from, to) = (server.database("one").unwrap(), server.database("other").unwrap());
    let imported = |open: Arc<PostgresJournal>| -> Arc<dyn Journal> {
        drop(open);
        let mut lines = Vec::new();
        write_lines(&store(&from), &mut lines).unwrap();
        read_lines(&store(&to), &mut &*lines, Epochs::New).unwrap();
        journal(&to)
    };
    assert_eq!(conformance::check_renewing(|| journal(&from), imported), Ok(()));
}

/// PostgreSQL compiles a statement that it expects to be long, which takes it half a second. Ours are short.
#[test]
fn no_statement_is_compiled() {
    let Some(server) = explaining_server() else { return };
    let url = server.database("gc").unwrap();
    let opened_again = |open: Arc<PostgresJournal>| -> Arc<dyn Journal> {
        drop(open);
        server.sql("gc", "update gc.store set lineage = 'another'").unwrap();
        journal(&url)
    };
    assert_eq!(conformance::check_renewing(|| journal(&url), opened_again), Ok(()));
    let statements = ["insert into gc.takeover", "insert into gc.event", "update gc.store set holder"];
    assert_eq!(compiled(&server, &statements), Vec::<String>::new());
}
