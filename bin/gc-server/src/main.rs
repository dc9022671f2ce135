//! The Generic Connector: JSON commands in, Cisco Finesse driven, JSON events out.
fn main() {}
