//! XMPP as one long XML document (RFC 6120).

use std::time::Duration;

use gc_xml::{Cutter, Element, Limits, Piece, parse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Frame, ReceiveError, Socket, read_stanza};
use crate::dial::encrypt;
use crate::{CloseReason, ConnectError, FramingError, Lost, Tls, ns};

pub(crate) struct TcpTransport {
    socket: Box<dyn Socket>,
    cutter: Cutter,
    limits: Limits,
}

impl TcpTransport {
    pub(crate) fn new(socket: Box<dyn Socket>, limits: Limits) -> Self {
        Self { socket, cutter: Cutter::new(limits), limits }
    }

    pub(super) async fn receive(&mut self) -> Result<Frame, ReceiveError> {
        if let Some(frame) = self.next_frame()? {
            return Ok(frame);
        }
        let read = self.socket.read_buf(self.cutter.room()).await;
        if read.map_err(|error| ReceiveError::Lost(error.into()))? == 0 {
            let lost = if self.cutter.is_inside() { Lost::CutOff } else { Lost::Eof };
            return Err(ReceiveError::Lost(lost));
        }
        // Whitespace, or a part of something: either way the server is there.
        Ok(self.next_frame()?.unwrap_or(Frame::Alive))
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, FramingError> {
        Ok(match self.cutter.next_piece()? {
            None => None,
            Some(Piece::Root(header)) => {
                check_header(&header, &self.limits)?;
                Some(Frame::Opened)
            }
            Some(Piece::Child(stanza)) => {
                Some(read_stanza(&stanza, &self.limits).map_or_else(Frame::Unreadable, Frame::Stanza))
            }
            Some(Piece::End) => Some(Frame::Ended { see_other: None }),
        })
    }

    pub(super) async fn open_stream(&mut self, domain: &str) -> Result<(), Lost> {
        self.cutter.restart();
        self.send(&header(domain)).await
    }

    /// Whatever came behind the server's agreement was not encrypted, and must not be taken for something that was.
    pub(super) async fn start_tls(&mut self, tls: &Tls, deadline: Duration) -> Result<(), ConnectError> {
        if !self.cutter.room().is_empty() {
            return Err(ConnectError::NoLogin(CloseReason::BadStream(FramingError::StrayText)));
        }
        // Until TLS stands there is no connection to write to.
        let socket = std::mem::replace(&mut self.socket, Box::new(tokio::io::empty()));
        self.socket = encrypt(socket, tls, deadline).await?;
        Ok(())
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

fn check_header(header: &[u8], limits: &Limits) -> Result<(), FramingError> {
    let header = std::str::from_utf8(header).map_err(|_| FramingError::NotUtf8)?;
    // A stream that ends at once is none.
    let start =
        header.strip_suffix('>').filter(|start| !start.ends_with('/')).ok_or(FramingError::NotAStream)?;
    let header = format!("{start}/>");
    let root = parse(&header, limits)?;
    if root.is("stream", ns::STREAM) { Ok(()) } else { Err(FramingError::NotAStream) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_header_is_a_stream_to_the_domain_whatever_its_letters() {
        let header = header("a\"&<.example");
        let root = header.strip_prefix("<?xml version='1.0'?>").unwrap();
        check_header(root.as_bytes(), &Limits::default()).unwrap();
        let root = root.replace("\">", "\"/>");
        let root = parse(&root, &Limits::default()).unwrap();
        assert_eq!(root.attribute("to"), Some("a\"&<.example"));
    }

    #[test]
    fn a_page_of_a_web_server_is_not_a_stream() {
        for page in ["<html>", "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>"] {
            let header = check_header(page.as_bytes(), &Limits::default());
            assert_eq!(header, Err(FramingError::NotAStream), "{page}");
        }
    }
}
