//! What is shown is true, and whatever ends it, nothing is left behind. Needs PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::{BufRead, BufReader, Lines};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use gc_store_postgres::testing;
use rustix::process::{Pid, Signal, kill_process};

/// The program, and what it has printed.
struct Shown {
    program: Child,
    lines: Option<Lines<BufReader<ChildStdout>>>,
    text: String,
}

impl Shown {
    /// None: there is no PostgreSQL here.
    fn start() -> Option<Self> {
        if let Some(reason) = testing::missing() {
            assert!(std::env::var("INTEROP_REQUIRED").as_deref() != Ok("1"), "this is required: {reason}");
            eprintln!("skipped: {reason}");
            return None;
        }
        let mut program = Command::new(env!("CARGO_BIN_EXE_gc-cluster"));
        let mut program = program.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(program.stdout.take().unwrap()).lines();
        Some(Self { program, lines: Some(lines), text: String::new() })
    }

    /// Reads on to a line with this text, or to the end.
    fn read_to(&mut self, text: &str) {
        for line in self.lines.as_mut().unwrap() {
            let line = line.unwrap();
            self.text += &format!("{line}\n");
            if line.contains(text) {
                return;
            }
        }
    }

    fn words(&self) -> impl Iterator<Item = Vec<&str>> {
        self.text.lines().map(|line| line.split_whitespace().collect())
    }

    /// The numbers of the events; each is a line.
    fn numbers(&self) -> Vec<usize> {
        let events = self.text.lines().filter(|line| line.starts_with("  "));
        events.filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect()
    }

    /// The connectors by their process, and the port of the database.
    fn started(&self) -> (Vec<u32>, u16) {
        let processes = self.words().filter(|words| words.get(2) == Some(&"process"));
        let processes = processes.map(|words| words[3].parse().unwrap()).collect();
        let database = self.words().find(|words| words.first() == Some(&"PostgreSQL")).unwrap();
        (processes, database[1].strip_prefix("127.0.0.1:").unwrap().parse().unwrap())
    }

    /// Its end, after which nothing that it has started runs.
    fn ends(&mut self) -> ExitStatus {
        let status = self.program.wait().unwrap();
        let (processes, database) = self.started();
        assert_eq!(processes.len(), 3, "{}", self.text);
        let is_left = |process: &u32| Path::new(&format!("/proc/{process}")).exists();
        assert!(!processes.iter().any(is_left), "connectors are left: {processes:?}");
        assert!(TcpStream::connect(("127.0.0.1", database)).is_err(), "the database is left");
        status
    }
}

#[test]
fn the_leader_is_killed_and_the_call_goes_on_without_a_gap() {
    let Some(mut shown) = Shown::start() else { return };
    shown.read_to("none is missing");
    assert!(shown.ends().success(), "{}", shown.text);
    let numbers = shown.numbers();
    assert!(numbers.len() > 12 && numbers.iter().copied().eq(1..=numbers.len()), "{}", shown.text);
    let at = |text: &str| shown.text.find(text).unwrap_or_else(|| panic!("no {text}:\n{}", shown.text));
    let story =
        ["leads\n", "InboundCall ACTIVE", "kill -9 of gc-", "InboundCall HELD", "leads now", "DROPPED"];
    assert!(story.map(at).is_sorted(), "{}", shown.text);
}

#[test]
fn nothing_is_left_when_it_is_interrupted() {
    let Some(mut shown) = Shown::start() else { return };
    shown.read_to("The call is up");
    kill_process(Pid::from_child(&shown.program), Signal::INT).unwrap();
    assert_eq!(shown.ends().code(), Some(130));
}

#[test]
fn nothing_is_left_when_it_panics() {
    let Some(mut shown) = Shown::start() else { return };
    shown.read_to("The call is up");
    // Whoever prints to nobody panics.
    shown.lines = None;
    assert_eq!(shown.ends().code(), Some(101));
}
