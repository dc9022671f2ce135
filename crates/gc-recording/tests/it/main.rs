//! The tests of this crate.

#[path = "../../../gc-core/tests/it/directory.rs"]
mod directory;
mod personal;
mod round_trip;
#[path = "../../../gc-core/tests/it/stage.rs"]
mod stage;
