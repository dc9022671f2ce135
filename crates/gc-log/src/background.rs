//! Lines are written by a thread of their own: whoever logs never waits for a disk or a reader, and never fails because of one.

use std::fmt::{self, Debug, Formatter};
use std::io::Write;

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// Lines that wait to be written; what comes when there are so many is lost.
const LINES: usize = 16 * 1024;

/// The thread that writes. Dropping it writes what waits, for a second at most.
pub struct Background {
    lost: ErrorCounter,
    _guard: WorkerGuard,
}

/// Starts the thread for this output. What is written to the first is written by the second.
pub fn background(output: impl Write + Send + 'static) -> (NonBlocking, Background) {
    let (writer, guard) =
        NonBlockingBuilder::default().buffered_lines_limit(LINES).thread_name("logs").finish(output);
    let lost = writer.error_counter();
    (writer, Background { lost, _guard: guard })
}

impl Background {
    /// How many lines were lost so far, because the output did not take them in time. Lines that the output refused are not
    /// counted.
    pub fn lost(&self) -> usize {
        self.lost.dropped_lines()
    }
}

impl Debug for Background {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Background").field("lost", &self.lost()).finish_non_exhaustive()
    }
}
