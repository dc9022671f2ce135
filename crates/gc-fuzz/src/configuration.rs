//! What an operator writes.

use gc_server::Config;

use crate::text;

/// A configuration file: read, or refused with a reason. The parts are not made of it, since they read the files
/// that it names.
pub fn configuration(data: &[u8]) {
    let Some(text) = text(data) else { return };
    if let Err(error) = Config::parse(text) {
        assert!(!error.to_string().is_empty());
    }
}
