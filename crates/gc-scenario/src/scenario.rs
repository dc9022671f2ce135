//! Scenario files.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::bindings;
use crate::given;
use crate::line;
use crate::recorded::Recorded;
use crate::step::{Notice, Step, WorldStep};

/// A scenario file.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The file's name, for messages.
    pub file: String,
    /// Its first comment: one sentence about what it shows.
    pub title: String,
    /// The platforms, with one run for each (`given> platform UCCE UCCX`). The default is UCCE.
    pub platforms: Vec<Platform>,
    /// Keys of gc.toml that differ from the default, and their values in TOML (`given> setting session.deadline = "8s"`).
    pub settings: Vec<(String, String)>,
    /// The same for the simulator's world file (`given> world rules.associated_dialog_uri = false`).
    pub world: Vec<(String, String)>,
    /// It was recorded (`given> recording`): its timers run out by its own lines, and commands may have no outcome at its end.
    pub is_recording: bool,
    lines: Vec<Line>,
    covers: Vec<Span>,
    text: Vec<String>,
}

/// The contact center behind Finesse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Platform {
    /// Unified Contact Center Enterprise.
    Ucce,
    /// Unified Contact Center Express.
    Uccx,
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ucce => "UCCE",
            Self::Uccx => "UCCX",
        })
    }
}

/// The lines that show one row of docs/coverage.md (`covers> make_call`).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    row: String,
    /// The indices of its steps; to the end of the file if no other line ends it.
    steps: Range<usize>,
}

/// One step and its position in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line number, starting at 1. The steps of a `given>` line have its number.
    pub number: usize,
    /// The line.
    pub text: String,
    /// What it means.
    pub step: Step,
}

/// The scenarios of a folder cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// A line cannot be parsed.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The folder or a file cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}

/// A line cannot be parsed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{file}:{line}: {problem}: {text}")]
pub struct ParseError {
    /// The file.
    pub file: String,
    /// The line number, starting at 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
    /// The line.
    pub text: String,
}

impl Scenario {
    /// Reads a file's text.
    pub fn parse(file: impl Into<String>, text: &str) -> Result<Self, ParseError> {
        let mut scenario = Self {
            file: file.into(),
            title: String::new(),
            platforms: Vec::new(),
            settings: Vec::new(),
            world: Vec::new(),
            is_recording: false,
            lines: Vec::new(),
            covers: Vec::new(),
            text: text.lines().map(str::to_owned).collect(),
        };
        for (number, line) in (1..).zip(text.lines()) {
            scenario.read_line(number, line.trim()).map_err(|problem| ParseError {
                file: scenario.file.clone(),
                line: number,
                problem,
                text: line.to_owned(),
            })?;
        }
        if scenario.platforms.is_empty() {
            scenario.platforms.push(Platform::Ucce);
        }
        Ok(scenario)
    }

    /// All scenarios of a folder, sorted by file name.
    ///
    /// # Errors
    /// When a file cannot be read or a line cannot be parsed.
    pub fn read_all(folder: &Path) -> Result<Vec<Self>, ReadError> {
        let io = |source| ReadError::Io { path: folder.to_owned(), source };
        let entries: Result<Vec<_>, _> = std::fs::read_dir(folder).map_err(io)?.collect();
        let mut files: Vec<_> = entries.map_err(io)?.into_iter().map(|entry| entry.path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
        files.sort();
        let read = |path: PathBuf| {
            let text = std::fs::read_to_string(&path)
                .map_err(|source| ReadError::Io { path: path.clone(), source })?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            Ok(Self::parse(name, &text)?)
        };
        files.into_iter().map(read).collect()
    }

    fn read_line(&mut self, number: usize, line: &str) -> Result<(), String> {
        if let Some(comment) = line.strip_prefix('#') {
            if self.title.is_empty() {
                comment.trim().clone_into(&mut self.title);
            }
        } else if let Some(rest) = line.strip_prefix("covers>") {
            self.cover(rest);
        } else if let Some(platforms) = line.strip_prefix("given>").and_then(platforms) {
            self.platforms = platforms?;
        } else if let Some(setting) = line.strip_prefix("given>").and_then(|rest| toml_line(rest, "setting "))
        {
            self.settings.push(setting?);
        } else if let Some(member) = line.strip_prefix("given>").and_then(|rest| toml_line(rest, "world ")) {
            self.world.push(member?);
        } else if line.strip_prefix("given>").is_some_and(|rest| rest.trim() == "recording") {
            self.is_recording = true;
        } else if let Some(recorded) = line.strip_prefix("given>").and_then(Recorded::given) {
            self.lines.push(Line { number, step: recorded, text: line.to_owned() });
        } else if let Some(rest) = line.strip_prefix("given>") {
            for line in given::lines(rest)? {
                self.lines.push(Line { number, step: line::read(&line)?, text: line });
            }
        } else if !line.is_empty() {
            self.lines.push(Line { number, step: line::read(line)?, text: line.to_owned() });
        }
        Ok(())
    }

    /// The next lines, up to the next `covers>` line, show these rows. A row that is in both lines continues.
    fn cover(&mut self, rows: &str) {
        let here = self.lines.len();
        let rows: Vec<_> = rows.split([',', ' ']).filter(|row| !row.is_empty() && *row != "end").collect();
        let mut new = rows.clone();
        for span in self.covers.iter_mut().filter(|span| span.steps.end == usize::MAX) {
            match rows.contains(&span.row.as_str()) {
                true => new.retain(|row| *row != span.row),
                false => span.steps.end = here,
            }
        }
        self.covers.extend(new.into_iter().map(|row| Span { row: row.to_owned(), steps: here..usize::MAX }));
    }

    /// The rows of docs/coverage.md that it shows, and the lines for each.
    pub fn covers(&self) -> impl Iterator<Item = (&str, &[Line])> {
        self.covers.iter().map(|span| {
            let end = span.steps.end.min(self.lines.len());
            (span.row.as_str(), self.lines.get(span.steps.start..end).unwrap_or_default())
        })
    }

    /// The steps, in order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The placeholders of calls, in order of appearance, for a run that chooses the ids itself.
    pub fn placeholders(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut add = |name: &str| {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        };
        for Line { step, .. } in &self.lines {
            match step {
                Step::World(WorldStep::CustomerCalls { call, .. } | WorldStep::Campaign { call, .. }) => {
                    add(call);
                }
                Step::Send { body, .. } => bindings::names(body).for_each(&mut add),
                Step::Receive { event, .. } => event.placeholders().for_each(&mut add),
                Step::Notify { notice: Notice::Dialog { dialog, .. }, .. } => {
                    bindings::names(&dialog.id).for_each(&mut add);
                }
                _ => {}
            }
        }
        names
    }

    /// The transcript up to a line that failed, and what happened instead.
    pub fn failure(&self, failed: &Line, actual: &str) -> String {
        let mut out = format!("{}:{}: {}\n\n", self.file, failed.number, self.title);
        for (number, text) in (1..).zip(&self.text).take(failed.number) {
            let mark = if number == failed.number { ">>" } else { "  " };
            out.push_str(&format!("{mark} {number:>3}  {text}\n"));
            if number == failed.number && text.trim() != failed.text {
                out.push_str(&format!("{mark}      {}\n", failed.text));
            }
        }
        for text in actual.lines() {
            out.push_str(&format!("   !!!  {text}\n"));
        }
        out
    }
}

/// `platform UCCE UCCX`
fn platforms(rest: &str) -> Option<Result<Vec<Platform>, String>> {
    let names = rest.trim().strip_prefix("platform ")?;
    let platform = |name| match name {
        "UCCE" => Ok(Platform::Ucce),
        "UCCX" => Ok(Platform::Uccx),
        _ => Err(format!("`{name}` is not a platform; the platforms are UCCE and UCCX")),
    };
    Some(names.split_whitespace().map(platform).collect())
}

/// `setting session.deadline = "8s"`: the dotted key, and the value in TOML.
fn toml_line(rest: &str, word: &str) -> Option<Result<(String, String), String>> {
    let line = rest.trim().strip_prefix(word)?;
    let (key, value) = line.split_once('=').unwrap_or_default();
    let (key, value) = (key.trim(), value.trim());
    Some(match key.contains('.') && !value.is_empty() {
        true => Ok((key.to_owned(), value.to_owned())),
        false => Err("write it as `section.key = value`".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_contains_file_and_line() {
        let error =
            Scenario::parse("x.txt", "# Title\n\nacme> Hello#acme\nfinesse~ 1001 Nonsense\n").unwrap_err();
        assert_eq!((error.file.as_str(), error.line), ("x.txt", 4));
        assert_eq!(
            error.to_string(),
            "x.txt:4: a notification is User, team, POST, PUT, DELETE, Error or again: finesse~ 1001 Nonsense"
        );
    }

    #[test]
    fn title_platforms_and_settings_are_read() {
        let scenario = Scenario::parse(
            "x.txt",
            "# What it shows.\n# More.\ngiven> platform UCCX UCCE\ntime> 20s\n\
             given> setting session.deadline = \"8s\"\ngiven> world rules.x=false",
        )
        .unwrap();
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(scenario.settings, [pair("session.deadline", "\"8s\"")]);
        assert_eq!(scenario.world, [pair("rules.x", "false")]);
        assert_eq!(scenario.title, "What it shows.");
        assert_eq!(scenario.platforms, [Platform::Uccx, Platform::Ucce]);
        assert_eq!(scenario.lines().first().map(|line| line.number), Some(4));
        assert_eq!(Scenario::parse("x.txt", "# T.\ntime> 1s").unwrap().platforms, [Platform::Ucce]);
        for wrong in ["only> core", "given> platform PSTN", "given> world x"] {
            assert!(Scenario::parse("x.txt", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_row_is_covered_by_the_lines_up_to_the_next_one() {
        let text =
            "time> 1s\ncovers> a, b\ntime> 2s\ntime> 3s\ncovers> b, c\ntime> 4s\ncovers> end\ntime> 5s";
        let scenario = Scenario::parse("x", text).unwrap();
        let numbers = |lines: &[Line]| lines.iter().map(|line| line.number).collect::<Vec<_>>();
        let covers: Vec<_> = scenario.covers().map(|(row, lines)| (row.to_owned(), numbers(lines))).collect();
        let wanted = [("a", vec![3, 4]), ("b", vec![3, 4, 6]), ("c", vec![6])];
        assert_eq!(covers, wanted.map(|(row, lines)| (row.to_owned(), lines)));
    }

    #[test]
    fn a_failure_shows_the_transcript_up_to_the_line() {
        let scenario = Scenario::parse("x.txt", "# T.\nacme< State READY\ntime> 1s").unwrap();
        let wanted = "x.txt:2: T.\n\n     1  # T.\n>>   2  acme< State READY\n   !!!  nothing\n";
        assert_eq!(scenario.failure(&scenario.lines()[0], "nothing"), wanted);
    }

    #[test]
    fn the_steps_of_a_given_line_are_shown_with_that_line() {
        let scenario = Scenario::parse("x.txt", "# T.\ngiven> 1001 READY for acme").unwrap();
        let last = scenario.lines().last().unwrap();
        assert_eq!((last.number, last.text.as_str()), (2, "acme<  State READY agentId=1001 (MakeReady)"));
        assert!(scenario.failure(last, "no").contains("given> 1001 READY for acme\n>>      acme<  State"));
        assert!(Scenario::parse("x.txt", "given> 1001 HAPPY for acme").is_err());
    }

    #[test]
    fn placeholders_are_in_order_of_appearance() {
        let text =
            "sim> customer 5550100 calls 2001 as {b}\nacme< InboundCall dialogId={a}\nacme> HoldCall#1 {b}";
        assert_eq!(Scenario::parse("x", text).unwrap().placeholders(), ["b", "a"]);
    }
}
