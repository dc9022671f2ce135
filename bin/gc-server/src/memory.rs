//! The memory of the process, which has passwords in it, is for the process alone.

use std::io;

#[cfg(target_os = "linux")]
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use rustix::process::{Resource, Rlimit, setrlimit};

/// From now on there are no core files, and on Linux no other process of the same user can attach a debugger or read
/// this process' memory. Whoever starts the process may have allowed both.
///
/// # Errors
/// When the system refuses it.
pub fn protect_memory() -> io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    // The limit does not stop a core that the kernel pipes to a program (core_pattern); this does.
    #[cfg(target_os = "linux")]
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Debuggers may attach again, and the kernel may pipe a core to a crash handler. Core files stay disabled.
///
/// # Errors
/// When the system refuses it.
pub fn allow_debuggers() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    set_dumpable_behavior(DumpableBehavior::Dumpable)?;
    Ok(())
}
