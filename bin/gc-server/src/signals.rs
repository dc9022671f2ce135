//! The signals that stop the program, and the one that reloads its configuration.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// As a shell says it of a program that SIGINT ended.
const INTERRUPTED: i32 = 130;

/// SIGHUP, again and again; it does not end the process any more.
pub struct Reloads(Signal);

impl Reloads {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system does not let us listen to signals.
    pub fn listen() -> io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }

    /// The next one.
    pub async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending().await
        }
    }
}

/// From now on a file that may not grow any more (`ulimit -f`, `LimitFSIZE=`) fails to be written, instead of ending the process
/// by SIGXFSZ. Needs a runtime.
///
/// # Errors
/// When the system does not let us listen to signals.
pub fn survive_file_limits() -> io::Result<()> {
    // A signal that is listened to does not end the process, also when nobody listens any more.
    signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())).map(drop)
}

/// SIGHUP ends the process no more, although there is nothing to reload.
///
/// # Errors
/// When the system does not let us listen to signals.
pub fn ignore_hangups() -> io::Result<()> {
    let mut hangups = Reloads::listen()?;
    tokio::spawn(async move {
        loop {
            hangups.next().await;
            tracing::warn!("SIGHUP has no effect: there is no configuration to reload");
        }
    });
    Ok(())
}

/// Waits for SIGTERM or SIGINT, beginning now. From then on another one ends the process at once.
///
/// # Errors
/// When the system does not let us listen to signals.
pub fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut either = async move || {
        tokio::select! {
            // Either order is right; a stated one makes every run alike.
            biased;
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    Ok(async move {
        either().await;
        tokio::spawn(async move {
            either().await;
            tracing::warn!("stopped at once, by a second signal");
            std::process::exit(INTERRUPTED);
        });
    })
}
