//! Cuts the bytes of a TCP stream into stanzas, however they arrive.

use gc_xml::Limits;

use crate::FramingError;

/// A whole piece of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The start tag of the stream's root.
    Header(String),
    /// One element directly inside the root.
    Stanza(String),
    /// The end tag of the root.
    End,
}

/// An incremental cutter: bytes in, whole pieces out.
///
/// It looks at each byte once, knows just enough XML to find where a stanza ends, and refuses early what
/// XMPP forbids (RFC 6120, 11.1) or the limits do; the parser judges the rest.
#[derive(Debug)]
pub struct Splitter {
    limits: Limits,
    buffer: Vec<u8>,
    /// Where the current piece begins in the buffer.
    start: usize,
    /// How far the buffer has been looked at.
    scanned: usize,
    /// Open elements, the stream's root included.
    depth: usize,
    lexer: Lexer,
}

/// Where in the XML the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lexer {
    Text,
    /// After `<`.
    Markup,
    StartTag {
        quote: Option<u8>,
        after_slash: bool,
    },
    EndTag,
    /// In `<?xml … ?>`, which may stand before the root only.
    Declaration {
        after_question: bool,
    },
    /// In `<!`, with so many bytes of `[CDATA[` seen.
    CdataStart {
        seen: usize,
    },
    /// With so many `]` seen, two at most.
    Cdata {
        brackets: u8,
    },
}

/// What a byte completes.
enum Step {
    Nothing,
    /// A byte between pieces, of which nothing is kept.
    Skip,
    Done(Mark),
}

#[derive(Clone, Copy)]
enum Mark {
    Header,
    Stanza,
    End,
}

const READ_SIZE: usize = 4096;
const KEPT_CAPACITY: usize = 4 * READ_SIZE;

impl Splitter {
    /// A cutter at the beginning of a stream. The limits count for one stanza.
    pub fn new(limits: Limits) -> Self {
        Self { limits, buffer: Vec::new(), start: 0, scanned: 0, depth: 0, lexer: Lexer::Text }
    }

    /// Begins a new stream on the same connection, as after authentication.
    pub fn restart(&mut self) {
        self.depth = 0;
        self.lexer = Lexer::Text;
        self.scanned = self.start;
    }

    /// Where to put the next bytes: a vector with room at its end. Append only.
    pub(crate) fn room(&mut self) -> &mut Vec<u8> {
        if self.start > 0 {
            self.buffer.drain(..self.start.min(self.buffer.len()));
            self.scanned = self.scanned.saturating_sub(self.start);
            self.start = 0;
        }
        // One large stanza must not cost its size for the rest of the connection.
        if self.buffer.is_empty() && self.buffer.capacity() > KEPT_CAPACITY {
            self.buffer = Vec::new();
        }
        if self.buffer.capacity().saturating_sub(self.buffer.len()) < READ_SIZE / 2 {
            self.buffer.reserve(READ_SIZE);
        }
        &mut self.buffer
    }

    /// Takes more bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.room().extend_from_slice(bytes);
    }

    /// Whether the bytes so far end inside a piece.
    pub fn is_inside(&self) -> bool {
        self.lexer != Lexer::Text || self.depth > 1
    }

    /// The next whole piece, if the bytes so far hold one.
    pub fn next_piece(&mut self) -> Result<Option<Piece>, FramingError> {
        while let Some(&byte) = self.buffer.get(self.scanned) {
            self.scanned += 1;
            if self.scanned.saturating_sub(self.start) > self.limits.bytes {
                return Err(FramingError::TooLarge { limit: self.limits.bytes });
            }
            match self.look_at(byte)? {
                Step::Nothing => {}
                Step::Skip => self.start = self.scanned,
                Step::Done(mark) => return self.take(mark).map(Some),
            }
        }
        Ok(None)
    }

    fn take(&mut self, mark: Mark) -> Result<Piece, FramingError> {
        let bytes = self.buffer.get(self.start..self.scanned).unwrap_or_default();
        self.start = self.scanned;
        let text = std::str::from_utf8(bytes).map_err(|_| FramingError::NotUtf8)?.to_owned();
        Ok(match mark {
            Mark::Header => Piece::Header(text),
            Mark::Stanza => Piece::Stanza(text),
            Mark::End => Piece::End,
        })
    }

    fn look_at(&mut self, byte: u8) -> Result<Step, FramingError> {
        let is_inside_stanza = self.depth > 1;
        let (lexer, step) = match (self.lexer, byte) {
            (Lexer::Text, b'<') => (Lexer::Markup, Step::Nothing),
            (Lexer::Text, _) if is_inside_stanza => (Lexer::Text, Step::Nothing),
            (Lexer::Text, b' ' | b'\t' | b'\r' | b'\n') => (Lexer::Text, Step::Skip),
            (Lexer::Text, _) => return Err(FramingError::StrayText),

            (Lexer::Markup, b'/') => (Lexer::EndTag, Step::Nothing),
            (Lexer::Markup, b'?') if self.depth == 0 => {
                (Lexer::Declaration { after_question: false }, Step::Nothing)
            }
            (Lexer::Markup, b'?') => return Err(FramingError::Restricted("processing instruction")),
            (Lexer::Markup, b'!') => (Lexer::CdataStart { seen: 0 }, Step::Nothing),
            (Lexer::Markup, _) => {
                if self.depth > self.limits.depth {
                    return Err(FramingError::TooDeep { limit: self.limits.depth });
                }
                (Lexer::StartTag { quote: None, after_slash: false }, Step::Nothing)
            }

            (Lexer::StartTag { quote: Some(quote), .. }, _) => {
                let quote = (byte != quote).then_some(quote);
                (Lexer::StartTag { quote, after_slash: false }, Step::Nothing)
            }
            (Lexer::StartTag { after_slash, .. }, b'>') => (Lexer::Text, self.started(after_slash)?),
            (Lexer::StartTag { .. }, b'"' | b'\'') => {
                (Lexer::StartTag { quote: Some(byte), after_slash: false }, Step::Nothing)
            }
            (Lexer::StartTag { .. }, _) => {
                (Lexer::StartTag { quote: None, after_slash: byte == b'/' }, Step::Nothing)
            }

            (Lexer::EndTag, b'>') => (Lexer::Text, self.ended()?),
            (Lexer::EndTag, _) => (Lexer::EndTag, Step::Nothing),

            (Lexer::Declaration { after_question: true }, b'>') => (Lexer::Text, Step::Skip),
            (Lexer::Declaration { .. }, _) => {
                (Lexer::Declaration { after_question: byte == b'?' }, Step::Nothing)
            }

            (Lexer::CdataStart { seen: 0 }, b'-') => return Err(FramingError::Restricted("comment")),
            (Lexer::CdataStart { seen: 0 }, b'D' | b'd') => {
                return Err(FramingError::Restricted("document type"));
            }
            (Lexer::CdataStart { seen }, _) => {
                if b"[CDATA[".get(seen) != Some(&byte) {
                    return Err(FramingError::Restricted("declaration"));
                }
                if !is_inside_stanza {
                    return Err(FramingError::StrayText);
                }
                match seen + 1 {
                    7 => (Lexer::Cdata { brackets: 0 }, Step::Nothing),
                    seen => (Lexer::CdataStart { seen }, Step::Nothing),
                }
            }
            (Lexer::Cdata { brackets: 2 }, b'>') => (Lexer::Text, Step::Nothing),
            (Lexer::Cdata { brackets }, b']') => {
                (Lexer::Cdata { brackets: brackets.saturating_add(1).min(2) }, Step::Nothing)
            }
            (Lexer::Cdata { .. }, _) => (Lexer::Cdata { brackets: 0 }, Step::Nothing),
        };
        self.lexer = lexer;
        Ok(step)
    }

    fn started(&mut self, is_empty: bool) -> Result<Step, FramingError> {
        match (self.depth, is_empty) {
            (0, true) => return Err(FramingError::NotAStream),
            (0, false) => {
                self.depth = 1;
                return Ok(Step::Done(Mark::Header));
            }
            (1, true) => return Ok(Step::Done(Mark::Stanza)),
            (_, true) => {}
            (_, false) => self.depth += 1,
        }
        Ok(Step::Nothing)
    }

    fn ended(&mut self) -> Result<Step, FramingError> {
        match self.depth {
            0 => return Err(FramingError::NotAStream),
            1 => {
                self.depth = 0;
                return Ok(Step::Done(Mark::End));
            }
            _ => self.depth -= 1,
        }
        Ok(if self.depth == 1 { Step::Done(Mark::Stanza) } else { Step::Nothing })
    }
}

#[cfg(test)]
mod tests;
