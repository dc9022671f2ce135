//! Instructions of the two main paths: a notification up, a command down.
//!
//! `cargo bench -p gc-session --bench instructions` runs this program under callgrind once for each path and
//! prints the instructions of one pass, and those of lexing the same text once, as the lower bound.
//! They are counted, not timed, so a busy machine gives the same result; see docs/performance.md.
#![allow(clippy::expect_used, clippy::panic, reason = "a benchmark that is set up wrongly has to fail")]

mod callgrind;
mod finesse;
mod path;
mod scene;

use std::env;
use std::process::ExitCode;

use callgrind::instructions;
use path::Path;

/// Passes counted for each path, enough to make the extra cost of the first one negligible.
const TIMES: usize = 500;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    // Cargo adds `--bench`.
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["pass", name, times] => {
            let path = Path::ALL.into_iter().find(|path| path.name() == name).expect("a path's name");
            path.pass(times.parse().expect("a number"));
            ExitCode::SUCCESS
        }
        _ => match table() {
            Ok(table) => {
                print!("{table}");
                ExitCode::SUCCESS
            }
            Err(reason) => {
                eprintln!("instructions: {reason}");
                ExitCode::FAILURE
            }
        },
    }
}

/// A line for each path: instructions, and how often they are those of its lexing.
fn table() -> Result<String, String> {
    let [update, message, notification, json, command] = Path::ALL.map(|path| instructions(path, TIMES));
    let (update, message, notification) = (update?, message?, notification?);
    let (json, command) = (json?, command?);
    let ratio = |count: u64, of: u64| format!("{:.2} ×", count as f64 / of as f64);
    let (update_bytes, message_bytes, json_bytes) = finesse::sizes();
    let rows = [
        (format!("lexing the update ({update_bytes} bytes)"), update, String::new()),
        (format!("lexing its message ({message_bytes} bytes)"), message, String::new()),
        (
            "notification bytes → event JSON".to_owned(),
            notification,
            format!(
                "{} the update, {} both texts",
                ratio(notification, update),
                ratio(notification, update + message)
            ),
        ),
        (format!("lexing the command ({json_bytes} bytes)"), json, String::new()),
        ("command JSON → outputs".to_owned(), command, format!("{} its JSON", ratio(command, json))),
    ];
    Ok(rows
        .iter()
        .map(|(name, count, ratios)| format!("{name:<36}{count:>10}  {ratios}").trim_end().to_owned() + "\n")
        .collect())
}
