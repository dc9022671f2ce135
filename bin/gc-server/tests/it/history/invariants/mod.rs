//! The nine invariants, one function each: given all records in order, it finds the first one that breaks it.
//!
//! `store`: what the database alone shows; `delivery`: against what the receivers got; `acts`: against what was asked of Finesse.

mod acts;
mod delivery;
mod store;
#[cfg(test)]
mod tests;

use super::Record;

/// The record that is wrong, and why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) place: usize,
    pub(super) says: String,
}

type Invariant = fn(&[Record]) -> Result<(), Violation>;

/// With their names, in their usual order.
pub(super) const ALL: [(&str, Invariant); 9] = [
    ("1: only the holder writes, and there is one", store::only_the_holder_writes),
    ("2: numbers have no gap", store::numbers_have_no_gap),
    ("3: nothing is posted before its commit, and no cursor goes back", delivery::commits_come_first),
    ("4: one sends for each client, and what it repeats has its id", delivery::one_sends_for_each_client),
    ("5: nobody acts after the end of its lease", acts::nobody_acts_after_its_lease),
    ("6: what was taken over is not taken back", acts::what_was_taken_over_is_not_taken_back),
    ("7: each command ends once", store::each_command_ends_once),
    ("8: no number is used twice", delivery::no_number_is_used_twice),
    ("9: after a takeover streams are back within 60 s", acts::streams_are_back_in_time),
];

fn violated(place: usize, says: impl Into<String>) -> Result<(), Violation> {
    Err(Violation { place, says: says.into() })
}
