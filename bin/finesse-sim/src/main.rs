//! The Finesse simulator as a program.
fn main() {}
