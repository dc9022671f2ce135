//! Splits a TCP stream into its header, its stanzas and its end, independent of how the bytes arrive.

use super::MAX_STANZA;

/// A complete piece of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// `<stream:stream …>`
    Header(String),
    /// A complete child element of the stream.
    Element(String),
    /// `</stream:stream>`
    End,
}

/// The stream cannot be read further; the text is the stream error to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StreamError(pub(super) &'static str);

/// The position inside markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Text,
    /// Inside `<…>`, with the quote that is open.
    Tag(Option<u8>),
    CData,
}

/// Collects bytes until a piece is complete.
pub(super) struct Splitter {
    buffer: Vec<u8>,
    /// How many bytes of the buffer have been scanned.
    scanned: usize,
    state: State,
    tag_start: usize,
    depth: usize,
    in_stream: bool,
}

impl Splitter {
    pub(super) fn new() -> Self {
        Self { buffer: Vec::new(), scanned: 0, state: State::Text, tag_start: 0, depth: 0, in_stream: false }
    }

    /// Expects a new stream on the same connection (after SASL).
    pub(super) fn restart(&mut self) {
        self.in_stream = false;
    }

    /// Whether no byte waits to be read.
    pub(super) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete piece, or `None` until more bytes arrive.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, StreamError> {
        while let Some(&byte) = self.buffer.get(self.scanned) {
            self.scanned += 1;
            match self.state {
                State::Text if byte == b'<' => {
                    self.tag_start = self.scanned - 1;
                    self.state = State::Tag(None);
                }
                State::Text if self.depth == 0 => {
                    if !byte.is_ascii_whitespace() {
                        return Err(StreamError("not-well-formed"));
                    }
                    // Whitespace between stanzas keeps the connection alive.
                    self.take();
                }
                State::Text => {}
                State::Tag(Some(quote)) if byte == quote => self.state = State::Tag(None),
                State::Tag(Some(_)) => {}
                State::Tag(None) => {
                    if let Some(piece) = self.in_tag(byte)? {
                        return Ok(Some(piece));
                    }
                }
                State::CData => {
                    if self.buffer.get(..self.scanned).is_some_and(|read| read.ends_with(b"]]>")) {
                        self.state = State::Text;
                    }
                }
            }
            if self.scanned > MAX_STANZA {
                return Err(StreamError("policy-violation"));
            }
        }
        Ok(None)
    }

    fn in_tag(&mut self, byte: u8) -> Result<Option<Piece>, StreamError> {
        let tag = self.buffer.get(self.tag_start..self.scanned).unwrap_or_default();
        match byte {
            b'"' | b'\'' => self.state = State::Tag(Some(byte)),
            _ if tag == b"<![CDATA[" => self.state = State::CData,
            _ if tag == b"<!--" || tag.eq_ignore_ascii_case(b"<!d") => {
                return Err(StreamError("restricted-xml"));
            }
            b'>' => return self.end_of_tag(),
            _ => {}
        }
        Ok(None)
    }

    fn end_of_tag(&mut self) -> Result<Option<Piece>, StreamError> {
        self.state = State::Text;
        let tag = self.buffer.get(self.tag_start..self.scanned).unwrap_or_default();
        let (closing, empty) = (tag.starts_with(b"</"), tag.ends_with(b"/>"));
        if tag.starts_with(b"<?") {
            // The XML declaration, which is allowed before the header only.
            if self.in_stream || !tag.starts_with(b"<?xml ") {
                return Err(StreamError("restricted-xml"));
            }
            self.take();
            return Ok(None);
        }
        if !self.in_stream {
            if closing || empty {
                return Err(StreamError("not-well-formed"));
            }
            self.in_stream = true;
            return self.take_text().map(|header| Some(Piece::Header(header)));
        }
        match (closing, empty) {
            (true, _) if self.depth == 0 => {
                self.take();
                return Ok(Some(Piece::End));
            }
            (true, _) => self.depth -= 1,
            (false, true) => {}
            (false, false) => self.depth += 1,
        }
        if self.depth == 0 { self.take_text().map(|text| Some(Piece::Element(text))) } else { Ok(None) }
    }

    fn take(&mut self) -> Vec<u8> {
        let rest = self.buffer.split_off(self.scanned.min(self.buffer.len()));
        self.scanned = 0;
        std::mem::replace(&mut self.buffer, rest)
    }

    fn take_text(&mut self) -> Result<String, StreamError> {
        String::from_utf8(self.take()).map_err(|_| StreamError("not-well-formed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(chunks: &[&[u8]]) -> Result<Vec<Piece>, StreamError> {
        let mut splitter = Splitter::new();
        let mut found = Vec::new();
        for chunk in chunks {
            splitter.push(chunk);
            while let Some(piece) = splitter.next()? {
                found.push(piece);
            }
        }
        Ok(found)
    }

    const STREAM: &str = "<?xml version='1.0'?> <stream:stream xmlns='jabber:client' to='a>b'>\n \
        <presence/><message><body a=\"/>\">x<b/><![CDATA[</message>]]></body></message>\n</stream:stream>";

    fn expected() -> Vec<Piece> {
        vec![
            Piece::Header("<stream:stream xmlns='jabber:client' to='a>b'>".into()),
            Piece::Element("<presence/>".into()),
            Piece::Element("<message><body a=\"/>\">x<b/><![CDATA[</message>]]></body></message>".into()),
            Piece::End,
        ]
    }

    #[test]
    fn a_stream_is_split_into_the_same_pieces_however_it_arrives() {
        assert_eq!(pieces(&[STREAM.as_bytes()]).unwrap(), expected());
        let bytes: Vec<&[u8]> = STREAM.as_bytes().chunks(1).collect();
        assert_eq!(pieces(&bytes).unwrap(), expected());
        for size in 2..40 {
            let chunks: Vec<&[u8]> = STREAM.as_bytes().chunks(size).collect();
            assert_eq!(pieces(&chunks).unwrap(), expected(), "chunks of {size}");
        }
    }

    #[test]
    fn what_xmpp_forbids_is_a_stream_error() {
        let broken = |text: &str| pieces(&[text.as_bytes()]).unwrap_err().0;
        assert_eq!(broken("<!DOCTYPE x><stream>"), "restricted-xml");
        assert_eq!(broken("<stream><!-- hello --><presence/>"), "restricted-xml");
        assert_eq!(broken("<stream><?php ?>"), "restricted-xml");
        assert_eq!(broken("<stream>text"), "not-well-formed");
        assert_eq!(broken("hello"), "not-well-formed");
        assert_eq!(broken(&format!("<stream><message>{}", "x".repeat(MAX_STANZA))), "policy-violation");
        assert_eq!(broken(&format!("<stream><{}", "x".repeat(MAX_STANZA))), "policy-violation");
    }
}
