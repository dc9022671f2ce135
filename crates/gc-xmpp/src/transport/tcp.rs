//! XMPP as one long XML document (RFC 6120).

use gc_xml::{Element, Limits, parse, parse_in};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Frame, ReceiveError, Socket};
use crate::{FramingError, Lost, Piece, Splitter, ns};

pub(crate) struct TcpTransport {
    socket: Box<dyn Socket>,
    splitter: Splitter,
    limits: Limits,
}

impl TcpTransport {
    pub(crate) fn new(socket: Box<dyn Socket>, limits: Limits) -> Self {
        Self { socket, splitter: Splitter::new(limits), limits }
    }

    pub(super) async fn receive(&mut self) -> Result<Frame, ReceiveError> {
        if let Some(frame) = self.next_frame()? {
            return Ok(frame);
        }
        let read = self.socket.read_buf(self.splitter.room()).await;
        if read.map_err(|error| ReceiveError::Lost(error.into()))? == 0 {
            let lost = if self.splitter.is_inside() { Lost::CutOff } else { Lost::Eof };
            return Err(ReceiveError::Lost(lost));
        }
        // Whitespace, or a part of something: either way the server is there.
        Ok(self.next_frame()?.unwrap_or(Frame::Alive))
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, FramingError> {
        Ok(match self.splitter.next_piece()? {
            None => None,
            Some(Piece::Header(header)) => {
                check_header(&header, &self.limits)?;
                Some(Frame::Opened)
            }
            Some(Piece::Stanza(text)) => {
                Some(Frame::Stanza(parse_in(&text, Some(ns::CLIENT), &self.limits)?))
            }
            Some(Piece::End) => Some(Frame::Ended { see_other: None }),
        })
    }

    pub(super) async fn open_stream(&mut self, domain: &str) -> Result<(), Lost> {
        self.splitter.restart();
        self.send(&header(domain)).await
    }

    pub(super) async fn send(&mut self, text: &str) -> Result<(), Lost> {
        self.socket.write_all(text.as_bytes()).await?;
        Ok(self.socket.flush().await?)
    }

    pub(super) async fn shut_down(&mut self) {
        // Best effort: the peer may be gone already.
        let _ = self.socket.shutdown().await;
    }
}

/// The stream's start tag: an element without its end.
fn header(domain: &str) -> String {
    let root = Element::in_namespace("stream:stream", ns::CLIENT)
        .with_attribute("xmlns:stream", ns::STREAM)
        .with_attribute("to", domain)
        .with_attribute("version", "1.0")
        .to_string();
    format!("<?xml version='1.0'?>{}>", root.strip_suffix("/>").unwrap_or(&root))
}

fn check_header(header: &str, limits: &Limits) -> Result<(), FramingError> {
    let start = header.strip_suffix('>').unwrap_or(header);
    let root = parse(&format!("{start}/>"), limits)?;
    if root.is("stream", ns::STREAM) { Ok(()) } else { Err(FramingError::NotAStream) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_header_is_a_stream_to_the_domain_whatever_its_letters() {
        let header = header("a\"&<.example");
        let root = header.strip_prefix("<?xml version='1.0'?>").unwrap();
        check_header(root, &Limits::default()).unwrap();
        let root = parse(&root.replace("\">", "\"/>"), &Limits::default()).unwrap();
        assert_eq!(root.attribute("to"), Some("a\"&<.example"));
    }

    #[test]
    fn a_page_of_a_web_server_is_not_a_stream() {
        assert_eq!(check_header("<html>", &Limits::default()), Err(FramingError::NotAStream));
    }
}
