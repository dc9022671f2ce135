//! XML.

use gc_xml::{Cutter, Limits, Piece, XmlError, parse};

use crate::text;

/// One whole document. What was read can be written and read again.
pub fn document(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let Ok(element) = parse(text, &Limits::default()) else { return };
    let written = element.to_string();
    let room = Limits { bytes: usize::MAX, ..Limits::default() };
    assert_eq!(parse(&written, &room).as_ref(), Ok(&element), "{written}");
}

/// A document that is cut into pieces. The pieces are the same in whatever parts it comes.
pub fn cutter(data: &[u8]) {
    let Some((size, document)) = data.split_first() else { return };
    let size = usize::from(*size).max(1);
    assert_eq!(pieces(document, size), pieces(document, document.len().max(1)));
}

/// The pieces of a document that arrives in parts of this size, and what ended the cutting.
fn pieces(document: &[u8], size: usize) -> (Vec<Piece>, Option<XmlError>, bool) {
    let mut cutter = Cutter::new(Limits { bytes: 256, depth: 8 });
    let mut pieces = Vec::new();
    for part in document.chunks(size) {
        cutter.push(part);
        loop {
            match cutter.next_piece() {
                Ok(Some(piece)) => pieces.push(piece),
                Ok(None) => break,
                Err(error) => return (pieces, Some(error), true),
            }
        }
    }
    (pieces, None, cutter.is_inside())
}
