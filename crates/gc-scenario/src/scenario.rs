//! A scenario file.

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
    /// It needs faults that only a run of the core can show (`only> core`).
    pub core_only: bool,
    /// Behind Finesse stands UCCX (`given> platform UCCX`), else UCCE.
    pub uccx: bool,
    lines: Vec<Line>,
    text: Vec<String>,
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
            core_only: false,
            uccx: false,
            lines: Vec::new(),
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
        Ok(scenario)
    }

    fn read_line(&mut self, number: usize, line: &str) -> Result<(), String> {
        if let Some(comment) = line.strip_prefix('#') {
            if self.title.is_empty() {
                comment.trim().clone_into(&mut self.title);
            }
        } else if line.split_whitespace().eq(["only>", "core"]) {
            self.core_only = true;
        } else if line.split_whitespace().eq(["given>", "platform", "UCCX"]) {
            self.uccx = true;
        } else if let Some(rest) = line.strip_prefix("given>") {
            for line in given::lines(rest)? {
                self.lines.push(Line { number, step: line::read(&line)?, text: line });
            }
        } else if !line.is_empty() {
            self.lines.push(Line { number, step: line::read(line)?, text: line.to_owned() });
        }
        Ok(())
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
                Step::World(WorldStep::CustomerCalls { call, .. }) => add(call),
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
            "x.txt:4: a notification is User, POST, PUT, DELETE, Error or again: finesse~ 1001 Nonsense"
        );
    }

    #[test]
    fn title_and_mode_stand_at_the_top() {
        let scenario = Scenario::parse(
            "x.txt",
            "# What it shows.\n# More.\nonly> core\ngiven> platform UCCX\ntime> 20s",
        )
        .unwrap();
        assert_eq!(scenario.title, "What it shows.");
        assert!(scenario.core_only && scenario.uccx);
        assert_eq!(scenario.lines().first().map(|line| line.number), Some(5));
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
