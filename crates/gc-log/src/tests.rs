use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde_json::Value;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::{Filter, Format, OfSpans, reloadable, subscriber};

/// The ranges of characters that a line must not contain.
const MISLEADING: &[(char, char)] = &[
    ('\0', '\u{1f}'),
    ('\u{7f}', '\u{9f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{200e}', '\u{200f}'),
    ('\u{2028}', '\u{2029}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2066}', '\u{2069}'),
];

fn misleads(character: char) -> bool {
    MISLEADING.iter().any(|(first, last)| (*first..=*last).contains(&character))
}

/// Records what is written.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<u8>>>);

impl Write for Recorder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The line that is logged when this text is in the message, displayed and debugged in fields, and in a span's field.
fn logged(format: Format, text: &str) -> String {
    let recorder = Recorder::default();
    let writer = recorder.clone();
    let logs = subscriber(format, EnvFilter::new("info"), move || writer.clone());
    tracing::subscriber::with_default(logs, || {
        let span = tracing::info_span!("agent", id = %text);
        span.in_scope(|| tracing::info!(shown = %text, debugged = ?text, plain = text, "said {text}"));
    });
    let bytes = recorder.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

/// Any text, and texts of misleading characters.
fn texts() -> impl Strategy<Value = String> {
    let misleading: Vec<char> = MISLEADING.iter().flat_map(|(first, last)| *first..=*last).collect();
    let hostile = proptest::collection::vec(proptest::sample::select(misleading), 1..8);
    prop_oneof![any::<String>(), hostile.prop_map(|characters| characters.into_iter().collect())]
}

proptest! {
    #[test]
    fn every_event_is_one_line_without_misleading_characters(text in texts()) {
        for format in [Format::Text, Format::Json] {
            let line = logged(format, &text);
            let line = line.strip_suffix('\n').unwrap();
            prop_assert!(!line.contains(misleads), "{line:?}");
        }
    }

    #[test]
    fn json_readers_get_the_logged_text_back(text in texts()) {
        let line: Value = serde_json::from_str(&logged(Format::Json, &text)).unwrap();
        prop_assert_eq!(&line["fields"]["shown"], &text);
        prop_assert_eq!(&line["span"]["id"], &text);
    }
}

#[test]
fn an_escape_shows_which_character_was_there() {
    let text = "a\u{202e}b\u{2028}c\nd\u{7f}é😀";
    let line = logged(Format::Text, text);
    assert!(line.contains(r"said a\u{202e}b\u{2028}c\nd\u{7f}é😀"), "{line}");
    let line = logged(Format::Json, text);
    assert!(line.contains(r#""message":"said a\u202eb\u2028c\nd\u007fé😀""#), "{line}");
}

/// This filter, and these levels of agents.
fn filter(of_all: &str, levels: &[(&str, LevelFilter)]) -> Filter {
    let levels: BTreeMap<_, _> = levels.iter().map(|(id, level)| ((*id).to_owned(), *level)).collect();
    Filter {
        of_all: EnvFilter::new(of_all),
        of_spans: OfSpans { span: "agent", field: "id", levels, targets: &["gc_"] },
    }
}

#[test]
fn more_is_logged_of_one_agent_also_in_a_span_that_was_there_before() {
    for of_all in ["warn", "off", "info"] {
        let recorder = Recorder::default();
        let writer = recorder.clone();
        let (logs, set) = reloadable(Format::Text, filter(of_all, &[]), move || writer.clone());
        tracing::subscriber::with_default(logs, || {
            let spans = ["1001", "1002"].map(|id| tracing::info_span!("agent", id = %id));
            let inner = spans[0].in_scope(|| tracing::debug_span!("inner"));
            let debug = |text: &str| {
                spans.iter().chain([&inner]).for_each(|span| span.in_scope(|| tracing::debug!("{text}")));
                tracing::debug!("{text} elsewhere");
            };
            debug("before");
            assert!(set(filter(of_all, &[("1001", LevelFilter::DEBUG)])));
            debug("meanwhile");
            spans[0].in_scope(|| tracing::trace!("too fine"));
            assert!(set(filter(of_all, &[])));
            debug("after");
        });
        let bytes = recorder.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<_> = text.lines().collect();
        let is_one = |line: &&str| line.contains("agent{id=1001}") && line.ends_with("meanwhile");
        assert!(lines.len() == 1 && lines.iter().all(is_one), "{of_all}: {text}");
    }
}

#[test]
fn what_libraries_say_within_a_span_is_logged_at_trace_alone() {
    let said = |level| {
        let recorder = Recorder::default();
        let writer = recorder.clone();
        let (logs, _) = reloadable(Format::Text, filter("warn", &[("1001", level)]), move || writer.clone());
        tracing::subscriber::with_default(logs, || {
            tracing::info_span!("agent", id = %"1001").in_scope(|| {
                tracing::debug!(target: "hyper_util::client", "takes a connection");
                tracing::debug!("takes a step");
            });
        });
        let text = String::from_utf8(recorder.0.lock().unwrap().clone()).unwrap();
        (text.contains("takes a connection"), text.contains("takes a step"))
    };
    assert_eq!(said(LevelFilter::INFO), (false, false));
    assert_eq!(said(LevelFilter::DEBUG), (false, true));
    assert_eq!(said(LevelFilter::TRACE), (true, true));
}
