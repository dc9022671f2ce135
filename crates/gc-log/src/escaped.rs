//! Escapes characters that would end the line, change how it reads or move the terminal's cursor.

use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

/// How an escape is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Notation {
    /// `\n`, `\u{202e}`.
    Rust,
    /// `\u202e`, which JSON readers decode.
    Json,
}

/// Creates escaping writers on top of those of `W`.
pub(super) struct Escaped<W> {
    writers: W,
    notation: Notation,
}

impl<W> Escaped<W> {
    pub(super) fn new(writers: W, notation: Notation) -> Self {
        Self { writers, notation }
    }
}

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Escaped<W> {
    type Writer = Line<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Line { writer: self.writers.make_writer(), notation: self.notation }
    }
}

/// Writes one event, which the formatter passes in one call, with its newline.
pub(super) struct Line<W> {
    writer: W,
    notation: Notation,
}

impl<W: Write> Write for Line<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        // Nearly every line, and quick to see.
        if let Some((b'\n', line)) = event.split_last()
            && line.iter().all(|byte| matches!(byte, b' '..=b'~'))
        {
            self.writer.write_all(event)?;
            return Ok(event.len());
        }
        let text = String::from_utf8_lossy(event);
        let line = escape(text.strip_suffix('\n').unwrap_or(&text), self.notation);
        self.writer.write_all(format!("{line}\n").as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The line with every misleading character escaped in this notation.
pub(super) fn escape(line: &str, notation: Notation) -> String {
    let mut escaped = String::with_capacity(line.len() + 1);
    for character in line.chars() {
        match notation {
            Notation::Rust if misleads(character) => escaped.extend(character.escape_default()),
            // None of them needs two UTF-16 units.
            Notation::Json if misleads(character) => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Control characters, line and paragraph separators, and marks that change the direction of the text after them.
fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}
