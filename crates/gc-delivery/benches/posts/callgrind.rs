//! Counting with valgrind.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::sender::Sender;

/// The runs whose difference counts: what the first events cost more is in both.
const FEW: u64 = 3_000;
const MANY: u64 = 9_000;

/// The instructions of one event.
pub(crate) fn instructions(sender: Sender, address: &str) -> u64 {
    let [few, many] = [FEW, MANY].map(|events| run(sender, address, events));
    (many - few) / (MANY - FEW)
}

fn run(sender: Sender, address: &str, events: u64) -> u64 {
    // For callgrind_annotate.
    let profile = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("callgrind.{}", sender.name()));
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(env::current_exe().expect("this program"))
        .args(["send", sender.name(), address, &events.to_string()])
        .output()
        .expect("valgrind");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {text}", sender.name());
    let collected = text.lines().find_map(|line| line.split_once("Collected : "));
    collected.and_then(|(_, count)| count.trim().parse().ok()).expect("a count")
}
