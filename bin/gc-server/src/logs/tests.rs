use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde_json::Value;

use super::{filter, subscriber};
use crate::config::LogFormat;

/// What a line of the log must not hold, by ranges.
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

/// Keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is logged when this text comes from outside by every way: in the message, shown or debugged in a field,
/// and in a span's field.
fn logged(format: LogFormat, text: &str) -> String {
    let kept = Kept::default();
    let writer = kept.clone();
    let logs = subscriber(format, filter("info").unwrap(), move || writer.clone());
    tracing::subscriber::with_default(logs, || {
        let span = tracing::info_span!("agent", id = %text);
        span.in_scope(|| tracing::info!(shown = %text, debugged = ?text, plain = text, "said {text}"));
    });
    let bytes = kept.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

/// Any text, and texts of the characters that mislead.
fn texts() -> impl Strategy<Value = String> {
    let misleading: Vec<char> = MISLEADING.iter().flat_map(|(first, last)| *first..=*last).collect();
    let hostile = proptest::collection::vec(proptest::sample::select(misleading), 1..8);
    prop_oneof![any::<String>(), hostile.prop_map(|characters| characters.into_iter().collect())]
}

proptest! {
    #[test]
    fn whatever_is_logged_is_one_line_of_characters_that_do_not_mislead(text in texts()) {
        for format in [LogFormat::Text, LogFormat::Json] {
            let line = logged(format, &text);
            let line = line.strip_suffix('\n').unwrap();
            prop_assert!(!line.contains(misleads), "{line:?}");
        }
    }

    #[test]
    fn readers_of_json_get_back_what_was_logged(text in texts()) {
        let line: Value = serde_json::from_str(&logged(LogFormat::Json, &text)).unwrap();
        prop_assert_eq!(&line["fields"]["shown"], &text);
        prop_assert_eq!(&line["span"]["id"], &text);
    }
}

#[test]
fn an_escape_shows_which_character_was_there() {
    let text = "a\u{202e}b\u{2028}c\nd\u{7f}é😀";
    let line = logged(LogFormat::Text, text);
    assert!(line.contains(r"said a\u{202e}b\u{2028}c\nd\u{7f}é😀"), "{line}");
    let line = logged(LogFormat::Json, text);
    assert!(line.contains(r#""message":"said a\u202eb\u2028c\nd\u007fé😀""#), "{line}");
}
