//! Cuts a document that arrives in parts into its root's start tag and the root's children.

use std::ops::Range;

use crate::{Limits, XmlError};

/// A whole piece of a document, as received: the bytes may not be valid UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The start tag of the root. After an empty root (`<a/>`), [`Piece::End`] follows at once.
    Root(Vec<u8>),
    /// One element directly inside the root.
    Child(Vec<u8>),
    /// The end of the root.
    End,
}

/// An incremental cutter: bytes in, whole pieces out. It is for documents that are too long to be held in memory at
/// once, such as a long list, or an XMPP stream, which is one document that lasts for hours.
///
/// It scans each byte once and knows just enough XML to find where a child ends, so a child that cannot be parsed
/// does not affect the next one. Start and end tags must match; comments, processing instructions and document
/// types are refused, as XMPP requires (RFC 6120, 11.1).
#[derive(Debug)]
pub struct Cutter {
    limits: Limits,
    buffer: Vec<u8>,
    /// Where the current piece begins in the buffer.
    start: usize,
    /// How much of the buffer has been scanned.
    scanned: usize,
    /// Where the current tag begins, relative to `start`.
    tag: usize,
    open: OpenElements,
    /// The root was an empty element: its end is the next piece.
    is_root_empty: bool,
    lexer: Lexer,
}

/// The names of the open elements, including the root, in one buffer.
#[derive(Debug, Default)]
struct OpenElements {
    names: Vec<u8>,
    /// Where each name begins.
    starts: Vec<usize>,
}

impl OpenElements {
    fn depth(&self) -> usize {
        self.starts.len()
    }

    fn push(&mut self, name: &[u8]) {
        self.starts.push(self.names.len());
        self.names.extend_from_slice(name);
    }

    /// Closes the innermost element, if it has this name.
    fn pop(&mut self, name: &[u8]) -> Result<(), XmlError> {
        let start = self.starts.pop().ok_or(XmlError::NotOneRoot)?;
        if self.names.get(start..) != Some(name) {
            return Err(XmlError::Malformed("an end tag does not match its start tag".to_owned()));
        }
        self.names.truncate(start);
        Ok(())
    }

    fn clear(&mut self) {
        self.names.clear();
        self.starts.clear();
    }
}

/// What the next byte is part of.
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
    /// In `<?xml … ?>`, which is allowed only before the root.
    Declaration {
        after_question: bool,
    },
    /// After `<!`, with this many bytes of `[CDATA[` seen.
    CdataStart {
        seen: usize,
    },
    /// In a CDATA section, after this many `]` (two at most).
    Cdata {
        brackets: u8,
    },
}

/// What a byte completes.
enum Step {
    Nothing,
    /// A byte between pieces, which is dropped.
    Skip,
    Done(Mark),
}

#[derive(Clone, Copy)]
enum Mark {
    Root,
    Child,
    End,
}

const READ_SIZE: usize = 4096;
const KEPT_CAPACITY: usize = 4 * READ_SIZE;

impl Cutter {
    /// A cutter at the beginning of a document. The limits apply to each piece.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            tag: 0,
            open: OpenElements::default(),
            is_root_empty: false,
            lexer: Lexer::Text,
        }
    }

    /// Begins a new document after the last piece, as XMPP does after authentication.
    pub fn restart(&mut self) {
        self.open.clear();
        self.lexer = Lexer::Text;
        self.scanned = self.start;
    }

    /// The buffer for the next bytes, with spare capacity. Append only.
    pub fn room(&mut self) -> &mut Vec<u8> {
        if self.start > 0 {
            self.buffer.drain(..self.start.min(self.buffer.len()));
            self.scanned = self.scanned.saturating_sub(self.start);
            self.start = 0;
        }
        // The memory of one large child is not kept for the rest of the document.
        if self.buffer.is_empty() && self.buffer.capacity() > KEPT_CAPACITY {
            self.buffer = Vec::new();
        }
        if self.buffer.capacity().saturating_sub(self.buffer.len()) < READ_SIZE / 2 {
            self.buffer.reserve(READ_SIZE);
        }
        &mut self.buffer
    }

    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.room().extend_from_slice(bytes);
    }

    /// Whether the bytes so far end inside a piece.
    pub fn is_inside(&self) -> bool {
        self.lexer != Lexer::Text || self.open.depth() > 1
    }

    /// The next whole piece, if the bytes so far hold one.
    ///
    /// # Errors
    /// When the bytes are not XML that is allowed here, or a piece is over a limit. The cutter cannot go on after that.
    pub fn next_piece(&mut self) -> Result<Option<Piece>, XmlError> {
        if std::mem::take(&mut self.is_root_empty) {
            return Ok(Some(Piece::End));
        }
        while let Some(&byte) = self.buffer.get(self.scanned) {
            self.scanned += 1;
            let bytes = self.scanned.saturating_sub(self.start);
            if bytes > self.limits.bytes {
                return Err(XmlError::TooLarge { bytes, limit: self.limits.bytes });
            }
            match self.scan(byte)? {
                Step::Nothing => {}
                Step::Skip => self.start = self.scanned,
                Step::Done(mark) => return Ok(Some(self.take(mark))),
            }
        }
        Ok(None)
    }

    fn take(&mut self, mark: Mark) -> Piece {
        let bytes = self.buffer.get(self.start..self.scanned).unwrap_or_default().to_vec();
        self.start = self.scanned;
        match mark {
            Mark::Root => Piece::Root(bytes),
            Mark::Child => Piece::Child(bytes),
            Mark::End => Piece::End,
        }
    }

    fn scan(&mut self, byte: u8) -> Result<Step, XmlError> {
        let is_inside_child = self.open.depth() > 1;
        let (lexer, step) = match (self.lexer, byte) {
            (Lexer::Text, b'<') => {
                self.tag = self.scanned.saturating_sub(self.start).saturating_sub(1);
                (Lexer::Markup, Step::Nothing)
            }
            (Lexer::Text, _) if is_inside_child => (Lexer::Text, Step::Nothing),
            (Lexer::Text, b' ' | b'\t' | b'\r' | b'\n') => (Lexer::Text, Step::Skip),
            // A byte order mark.
            (Lexer::Text, 0xef | 0xbb | 0xbf) if self.open.depth() == 0 => (Lexer::Text, Step::Skip),
            (Lexer::Text, _) => return Err(XmlError::StrayText),

            (Lexer::Markup, b'/') => (Lexer::EndTag, Step::Nothing),
            (Lexer::Markup, b'?') if self.open.depth() == 0 => {
                (Lexer::Declaration { after_question: false }, Step::Nothing)
            }
            (Lexer::Markup, b'?') => return Err(XmlError::Restricted("processing instruction")),
            (Lexer::Markup, b'!') => (Lexer::CdataStart { seen: 0 }, Step::Nothing),
            (Lexer::Markup, _) => {
                if self.open.depth() > self.limits.depth {
                    return Err(XmlError::TooDeep { limit: self.limits.depth });
                }
                (Lexer::StartTag { quote: None, after_slash: false }, Step::Nothing)
            }

            (Lexer::StartTag { quote: Some(quote), .. }, _) => {
                let quote = (byte != quote).then_some(quote);
                (Lexer::StartTag { quote, after_slash: false }, Step::Nothing)
            }
            (Lexer::StartTag { after_slash, .. }, b'>') => (Lexer::Text, self.started(after_slash)),
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

            (Lexer::CdataStart { seen: 0 }, b'-') => return Err(XmlError::Restricted("comment")),
            (Lexer::CdataStart { seen: 0 }, b'D' | b'd') => {
                return Err(XmlError::Doctype);
            }
            (Lexer::CdataStart { seen }, _) => {
                if b"[CDATA[".get(seen) != Some(&byte) {
                    return Err(XmlError::Restricted("declaration"));
                }
                if !is_inside_child {
                    return Err(XmlError::StrayText);
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

    /// The position in the buffer of the tag that ends here, without the first `markup` bytes (`<` or `</`).
    fn tag_range(&self, markup: usize) -> Range<usize> {
        self.start.saturating_add(self.tag).saturating_add(markup)..self.scanned
    }

    fn started(&mut self, is_empty: bool) -> Step {
        let depth = self.open.depth();
        if depth == 0 {
            self.is_root_empty = is_empty;
        }
        if !is_empty {
            self.open.push(name_in(self.buffer.get(self.tag_range(1)).unwrap_or_default()));
        }
        match (depth, is_empty) {
            (0, _) => Step::Done(Mark::Root),
            (1, true) => Step::Done(Mark::Child),
            _ => Step::Nothing,
        }
    }

    fn ended(&mut self) -> Result<Step, XmlError> {
        self.open.pop(name_in(self.buffer.get(self.tag_range(2)).unwrap_or_default()))?;
        Ok(match self.open.depth() {
            0 => Step::Done(Mark::End),
            1 => Step::Done(Mark::Child),
            _ => Step::Nothing,
        })
    }
}

/// The name at the beginning of a tag.
fn name_in(tag: &[u8]) -> &[u8] {
    let is_end = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>');
    tag.split(is_end).next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
