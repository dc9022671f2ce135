//! The tests of this crate.

#[path = "../../../gc-core/tests/it/directory.rs"]
mod directory;
mod round_trip;
#[path = "../../../gc-core/tests/it/stage.rs"]
mod stage;
