//! What `--version` says.

use std::sync::LazyLock;

/// The version of the package, and what it was built of: the variable `GC_BUILD` of the build's environment, which
/// `packaging/build` sets to commit and date. Cargo builds nothing again because of it but this crate, and without it a change of
/// the commit changes nothing.
pub fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        format!("{} ({})", env!("CARGO_PKG_VERSION"), option_env!("GC_BUILD").unwrap_or("development build"))
    });
    &VERSION
}
