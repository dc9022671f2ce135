//! Every example byte for byte, one line each, so that a review shows any change.

use gc_events::Dialect;
use gc_events::catalogue::examples;

fn printed(dialect: Dialect) -> String {
    let lines = examples().into_iter().map(|e| format!("{}\n{}\n", e.name, e.event.to_json(dialect)));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_event_in_the_dialect_gc_4_4_12() {
    insta::assert_snapshot!(printed(Dialect::Gc4412));
}

#[test]
fn every_event_in_the_dialect_tables() {
    insta::assert_snapshot!(printed(Dialect::Tables));
}
