//! A scenario file.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::bindings;
use crate::given;
use crate::line;
use crate::step::{Notice, Step, WorldStep};

/// A whole conversation.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The file's name, for messages.
    pub file: String,
    /// Its first comment: one sentence that says what it shows.
    pub title: String,
    /// What stands behind Finesse, one run for each (`given> platform UCCE UCCX`); UCCE unless said.
    pub platforms: Vec<Platform>,
    /// Keys of gc.toml that are not as usual, and their values in TOML (`given> setting session.deadline = "8s"`).
    pub settings: Vec<(String, String)>,
    /// The same of the simulator's world file (`given> world rules.associated_dialog_uri = false`).
    pub world: Vec<(String, String)>,
    lines: Vec<Line>,
    covers: Vec<Span>,
    text: Vec<String>,
}

/// What stands behind Finesse.
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
    /// Its steps, by their place among all; to the end of the file while no other line ends it.
    steps: Range<usize>,
}

/// One step and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The number of its line, from 1; the steps of a `given>` line share its number.
    pub number: usize,
    /// The line.
    pub text: String,
    /// What it means.
    pub step: Step,
}

/// A folder's scenarios cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// A line means nothing.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The folder or a file cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// A line that means nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{file}:{line}: {problem}: {text}")]
pub struct ParseError {
    /// The file.
    pub file: String,
    /// The line's number, from 1.
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

    /// Every scenario of a folder, in the order of the files' names.
    ///
    /// # Errors
    /// A file that cannot be read, or a line that means nothing.
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
        } else if let Some(rest) = line.strip_prefix("given>") {
            for line in given::lines(rest)? {
                self.lines.push(Line { number, step: line::read(&line)?, text: line });
            }
        } else if !line.is_empty() {
            self.lines.push(Line { number, step: line::read(line)?, text: line.to_owned() });
        }
        Ok(())
    }

    /// From here on the lines show these rows, until the next such line; a row that it names again goes on.
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

    /// The rows of docs/coverage.md that it shows, and the lines that show each.
    pub fn covers(&self) -> impl Iterator<Item = (&str, &[Line])> {
        self.covers.iter().map(|span| {
            let end = span.steps.end.min(self.lines.len());
            (span.row.as_str(), self.lines.get(span.steps.start..end).unwrap_or_default())
        })
    }

    /// The steps in their order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Every placeholder that names a call, in the order of appearance: for a run that chooses the ids itself.
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
                Step::Say { body, .. } => bindings::names(body).for_each(&mut add),
                Step::Hear { event, .. } => event.placeholders().for_each(&mut add),
                Step::Notify { notice: Notice::Dialog { dialog, .. }, .. } => {
                    bindings::names(&dialog.id).for_each(&mut add);
                }
                _ => {}
            }
        }
        names
    }

    /// The transcript up to a line that failed, and what was seen instead of it.
    pub fn failure(&self, failed: &Line, seen: &str) -> String {
        let mut out = format!("{}:{}: {}\n\n", self.file, failed.number, self.title);
        for (number, text) in (1..).zip(&self.text).take(failed.number) {
            let mark = if number == failed.number { ">>" } else { "  " };
            out.push_str(&format!("{mark} {number:>3}  {text}\n"));
            if number == failed.number && text.trim() != failed.text {
                out.push_str(&format!("{mark}      {}\n", failed.text));
            }
        }
        for text in seen.lines() {
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
        _ => Err(format!("`{name}` is no platform; there are UCCE and UCCX")),
    };
    Some(names.split_whitespace().map(platform).collect())
}

/// `setting session.deadline = "8s"`: the dotted key, and the value as TOML writes it.
fn toml_line(rest: &str, word: &str) -> Option<Result<(String, String), String>> {
    let line = rest.trim().strip_prefix(word)?;
    let (key, value) = line.split_once('=').unwrap_or_default();
    let (key, value) = (key.trim(), value.trim());
    Some(match key.contains('.') && !value.is_empty() {
        true => Ok((key.to_owned(), value.to_owned())),
        false => Err("it is written as `section.key = value`".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_file_and_line() {
        let error =
            Scenario::parse("x.txt", "# Title\n\nacme> Hello#acme\nfinesse~ 1001 Nonsense\n").unwrap_err();
        assert_eq!((error.file.as_str(), error.line), ("x.txt", 4));
        assert_eq!(
            error.to_string(),
            "x.txt:4: a notification is User, team, POST, PUT, DELETE, Error or again: finesse~ 1001 Nonsense"
        );
    }

    #[test]
    fn title_and_mode_stand_at_the_top() {
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
    fn given_lines_are_read_and_shown_with_the_line_that_gives_them() {
        let scenario = Scenario::parse("x.txt", "# T.\ngiven> 1001 READY for acme").unwrap();
        let last = scenario.lines().last().unwrap();
        assert_eq!((last.number, last.text.as_str()), (2, "acme<  State READY agentId=1001 (MakeReady)"));
        assert!(scenario.failure(last, "no").contains("given> 1001 READY for acme\n>>      acme<  State"));
        assert!(Scenario::parse("x.txt", "given> 1001 HAPPY for acme").is_err());
    }

    #[test]
    fn placeholders_come_in_their_order() {
        let text =
            "sim> customer 5550100 calls 2001 as {b}\nacme< InboundCall dialogId={a}\nacme> HoldCall#1 {b}";
        assert_eq!(Scenario::parse("x", text).unwrap().placeholders(), ["b", "a"]);
    }
}
