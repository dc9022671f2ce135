//! What `--version` says.

use std::sync::LazyLock;

/// The version of the package, and what it was built of: `GC_BUILD` of the build's environment (docs/operations.md).
pub(crate) fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        format!("{} ({})", env!("CARGO_PKG_VERSION"), option_env!("GC_BUILD").unwrap_or("development build"))
    });
    &VERSION
}
