//! Counting with valgrind.

use std::env;
use std::path::Path as File;
use std::process::Command;

use crate::path::Path;

/// The instructions of one pass, averaged over `times`. Only those inside the path's own function count
/// (`--toggle-collect`), not the preparation of its input.
pub(crate) fn instructions(path: Path, times: usize) -> Result<u64, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    // For callgrind_annotate.
    let profile = File::new(env!("CARGO_TARGET_TMPDIR")).join(format!("callgrind.{}", path.name()));
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(format!("--toggle-collect=*{}*", path.function()))
        .arg(program)
        .args(["pass", path.name(), &times.to_string()])
        .output()
        .map_err(|error| format!("valgrind: {error}; is it installed?"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{}: {}\n{text}", path.name(), output.status));
    }
    let collected = text.lines().find_map(|line| line.split_once("Collected : "));
    let collected: Option<u64> = collected.and_then(|(_, count)| count.trim().parse().ok());
    match collected {
        Some(count) if count > 0 => Ok(count / times as u64),
        _ => Err(format!("{}: callgrind has counted nothing\n{text}", path.name())),
    }
}
