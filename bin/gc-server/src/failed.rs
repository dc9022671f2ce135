//! With which code the program ends.

use std::io::{self, Write};
use std::path::Path;

use gc_server::ConfigError;
use gc_store::DumpError;

/// Exit codes as in sysexits(3).
pub(crate) const EX_DATAERR: u8 = 65;
pub(crate) const EX_NOINPUT: u8 = 66;
pub(crate) const EX_UNAVAILABLE: u8 = 69;
pub(crate) const EX_OSERR: u8 = 71;
/// Another connector has the store: the same start may succeed later.
pub(crate) const EX_TEMPFAIL: u8 = 75;
pub(crate) const EX_CONFIG: u8 = 78;

/// With which code the program ends, and why: a line for each reason.
pub(crate) struct Failed(pub(crate) u8, pub(crate) String);

impl Failed {
    pub(crate) fn say(&self) {
        // Standard error may be gone, which must not change the exit code.
        _ = writeln!(io::stderr(), "gc-server: {}", self.1);
    }

    /// Ends the process at once: whatever it would do in an orderly end, another connector may be doing already.
    pub(crate) fn end(self) -> ! {
        self.say();
        std::process::exit(self.0.into())
    }

    pub(crate) fn config(file: &Path, error: ConfigError) -> Self {
        Self(EX_CONFIG, error.lines(file).join("\ngc-server: "))
    }

    pub(crate) fn store(error: DumpError) -> Self {
        let code = match &error {
            DumpError::Store(error) if error.may_pass() => EX_TEMPFAIL,
            #[cfg(feature = "postgres")]
            DumpError::Elsewhere(error) if gc_server::may_pass(&**error) => EX_TEMPFAIL,
            _ => EX_DATAERR,
        };
        Self(code, error.to_string())
    }

    pub(crate) fn memory(error: std::io::Error) -> Self {
        Self(EX_OSERR, format!("core files and debuggers cannot be configured: {error}"))
    }
}

/// No signals: the system lacks something.
impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self(EX_OSERR, error.to_string())
    }
}
