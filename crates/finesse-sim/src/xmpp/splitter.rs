//! Cuts a TCP stream into its header, its stanzas and its end, wherever the network cut it.

use super::LARGEST_STANZA;

/// A whole piece of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// `<stream:stream …>`
    Header(String),
    /// A whole child element of the stream.
    Element(String),
    /// `</stream:stream>`
    End,
}

/// Why the stream cannot be read on; the text is the stream error to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken(pub(super) &'static str);

/// The position inside markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Text,
    /// Inside `<…>`, with the quote that is open.
    Tag(Option<u8>),
    CData,
}

/// Collects bytes until a piece is whole.
pub(super) struct Splitter {
    buffer: Vec<u8>,
    /// Up to where the buffer was looked at.
    seen: usize,
    at: At,
    tag_start: usize,
    depth: usize,
    in_stream: bool,
}

impl Splitter {
    pub(super) fn new() -> Self {
        Self { buffer: Vec::new(), seen: 0, at: At::Text, tag_start: 0, depth: 0, in_stream: false }
    }

    /// The stream begins anew on the same connection (after SASL).
    pub(super) fn restart(&mut self) {
        self.in_stream = false;
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole piece, or `None` until more bytes come.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, Broken> {
        while let Some(&byte) = self.buffer.get(self.seen) {
            self.seen += 1;
            match self.at {
                At::Text if byte == b'<' => {
                    self.tag_start = self.seen - 1;
                    self.at = At::Tag(None);
                }
                At::Text if self.depth == 0 => {
                    if !byte.is_ascii_whitespace() {
                        return Err(Broken("not-well-formed"));
                    }
                    // Whitespace between stanzas is a ping.
                    self.take();
                }
                At::Text => {}
                At::Tag(Some(quote)) if byte == quote => self.at = At::Tag(None),
                At::Tag(Some(_)) => {}
                At::Tag(None) => {
                    if let Some(piece) = self.in_tag(byte)? {
                        return Ok(Some(piece));
                    }
                }
                At::CData => {
                    if self.buffer.get(..self.seen).is_some_and(|read| read.ends_with(b"]]>")) {
                        self.at = At::Text;
                    }
                }
            }
            if self.seen > LARGEST_STANZA {
                return Err(Broken("policy-violation"));
            }
        }
        Ok(None)
    }

    fn in_tag(&mut self, byte: u8) -> Result<Option<Piece>, Broken> {
        let tag = self.buffer.get(self.tag_start..self.seen).unwrap_or_default();
        match byte {
            b'"' | b'\'' => self.at = At::Tag(Some(byte)),
            _ if tag == b"<![CDATA[" => self.at = At::CData,
            _ if tag == b"<!--" || tag.eq_ignore_ascii_case(b"<!d") => return Err(Broken("restricted-xml")),
            b'>' => return self.end_of_tag(),
            _ => {}
        }
        Ok(None)
    }

    fn end_of_tag(&mut self) -> Result<Option<Piece>, Broken> {
        self.at = At::Text;
        let tag = self.buffer.get(self.tag_start..self.seen).unwrap_or_default();
        let (closing, empty) = (tag.starts_with(b"</"), tag.ends_with(b"/>"));
        if tag.starts_with(b"<?") {
            // The XML declaration, allowed before the header only.
            if self.in_stream || !tag.starts_with(b"<?xml ") {
                return Err(Broken("restricted-xml"));
            }
            self.take();
            return Ok(None);
        }
        if !self.in_stream {
            if closing || empty {
                return Err(Broken("not-well-formed"));
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
        let rest = self.buffer.split_off(self.seen.min(self.buffer.len()));
        self.seen = 0;
        std::mem::replace(&mut self.buffer, rest)
    }

    fn take_text(&mut self) -> Result<String, Broken> {
        String::from_utf8(self.take()).map_err(|_| Broken("not-well-formed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(chunks: &[&[u8]]) -> Result<Vec<Piece>, Broken> {
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
    fn a_stream_is_cut_into_the_same_pieces_however_it_arrives() {
        assert_eq!(pieces(&[STREAM.as_bytes()]).unwrap(), expected());
        let bytes: Vec<&[u8]> = STREAM.as_bytes().chunks(1).collect();
        assert_eq!(pieces(&bytes).unwrap(), expected());
        for size in 2..40 {
            let chunks: Vec<&[u8]> = STREAM.as_bytes().chunks(size).collect();
            assert_eq!(pieces(&chunks).unwrap(), expected(), "chunks of {size}");
        }
    }

    #[test]
    fn what_xmpp_forbids_breaks_the_stream() {
        let broken = |text: &str| pieces(&[text.as_bytes()]).unwrap_err().0;
        assert_eq!(broken("<!DOCTYPE x><stream>"), "restricted-xml");
        assert_eq!(broken("<stream><!-- hello --><presence/>"), "restricted-xml");
        assert_eq!(broken("<stream><?php ?>"), "restricted-xml");
        assert_eq!(broken("<stream>text"), "not-well-formed");
        assert_eq!(broken("hello"), "not-well-formed");
        assert_eq!(broken(&format!("<stream><message>{}", "x".repeat(LARGEST_STANZA))), "policy-violation");
        assert_eq!(broken(&format!("<stream><{}", "x".repeat(LARGEST_STANZA))), "policy-violation");
    }
}
