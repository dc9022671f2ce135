//! A program that is starting; its output shows when it is ready.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::failed::Failed;
use crate::process::Process;

/// How long a program may take to be ready.
const DEADLINE: Duration = Duration::from_secs(30);

/// The program, and what it has printed so far.
pub(crate) struct Starting {
    name: String,
    child: Child,
    output: Lines<BufReader<Box<dyn AsyncRead + Send + Unpin>>>,
    last_line: String,
}

impl Starting {
    /// Starts the program; one of its outputs is a pipe. Dropping this kills it.
    ///
    /// # Errors
    /// When it cannot be started; the text names it.
    pub(crate) fn spawn(mut command: Command) -> Result<Self, Failed> {
        let name = Path::new(command.as_std().get_program()).display().to_string();
        let spawned = command.stdin(Stdio::null()).kill_on_drop(true).spawn();
        let mut child =
            spawned.map_err(|error| Failed::unavailable(format!("cannot start {name}: {error}")))?;
        let output: Option<Box<dyn AsyncRead + Send + Unpin>> =
            match (child.stdout.take(), child.stderr.take()) {
                (Some(output), _) => Some(Box::new(output)),
                (None, Some(output)) => Some(Box::new(output)),
                (None, None) => None,
            };
        let output = output.ok_or_else(|| Failed::unavailable(format!("{name} has no output")))?;
        Ok(Self { name, child, output: BufReader::new(output).lines(), last_line: String::new() })
    }

    /// Waits for a line with this label, and returns the text after the label.
    ///
    /// # Errors
    /// When it ends before, or takes too long.
    pub(crate) async fn value(&mut self, label: &str) -> Result<String, Failed> {
        let found = async {
            while let Ok(Some(line)) = self.output.next_line().await {
                if let Some((_, value)) = line.split_once(label) {
                    return value.split_whitespace().next().map(str::to_owned);
                }
                self.last_line = line;
            }
            None
        };
        match timeout(DEADLINE, found).await {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(Failed::unavailable(format!("{} does not start: {}", self.name, self.last_line))),
            Err(_) => Err(Failed::unavailable(format!("{} does not start within {DEADLINE:?}", self.name))),
        }
    }

    /// Turns it into a running process. From now on only its warnings and errors are shown.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) fn started(mut self, name: &'static str) -> Result<(Process, Child), Failed> {
        let ended = || Failed::unavailable(format!("{} has ended: {}", self.name, self.last_line));
        let pid = self.child.id().ok_or_else(ended)?;
        tokio::spawn(async move {
            while let Ok(Some(line)) = self.output.next_line().await {
                if line.contains(" WARN ") || line.contains(" ERROR ") {
                    eprintln!("{name}: {line}");
                }
            }
        });
        Ok((Process { name, pid }, self.child))
    }
}

/// The program at this path, or the one with this name in the directory of this program.
///
/// # Errors
/// When this program does not know where it is.
pub(crate) fn program(path: Option<&Path>, name: &str) -> Result<Command, Failed> {
    let path: PathBuf = match path {
        Some(path) => path.to_owned(),
        None => std::env::current_exe().map_err(Failed::unavailable)?.with_file_name(name),
    };
    Ok(Command::new(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_error_names_a_program_that_ends_at_once_with_its_last_line() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo begins; echo it is broken"]).stdout(Stdio::piped());
        let Failed { code, reason } = Starting::spawn(command).unwrap().value("REST ").await.unwrap_err();
        assert_eq!((code, reason.as_str()), (69, "sh does not start: it is broken"));
    }

    #[tokio::test]
    async fn the_error_names_a_missing_program() {
        let Failed { reason, .. } = Starting::spawn(Command::new("/nowhere/gc-server")).err().unwrap();
        assert!(reason.starts_with("cannot start /nowhere/gc-server: "), "{reason}");
    }
}
