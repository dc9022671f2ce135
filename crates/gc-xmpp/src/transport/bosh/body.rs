//! The `<body/>` that wraps everything in BOSH (XEP-0124), and the attributes of XEP-0206.

use std::time::Duration;

use gc_xml::{Cutter, Element, Limits, Piece, parse};

use crate::transport::{Frame, read_stanza};
use crate::{FramingError, ns};

/// How long the server may hold a request. Clients of Finesse in the field ask for this.
pub(super) const WAIT: Duration = Duration::from_secs(30);

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A new session.
    Create,
    /// A new stream inside the session, after authentication.
    Restart,
    /// To carry stanzas, or to be held.
    Carry,
    /// The end of the session.
    Terminate,
}

/// A request's text. The stanzas are complete elements.
pub(super) fn write(purpose: Purpose, rid: u64, sid: Option<&str>, domain: &str, stanzas: &str) -> String {
    let mut body = Element::in_namespace("body", ns::HTTP_BIND).with_attribute("rid", rid.to_string());
    if let Some(sid) = sid {
        body = body.with_attribute("sid", sid);
    }
    body = match purpose {
        Purpose::Create => body
            .with_attribute("to", domain)
            .with_attribute("ver", "1.6")
            .with_attribute("wait", WAIT.as_secs().to_string())
            .with_attribute("hold", "1")
            .with_attribute("content", "text/xml; charset=utf-8")
            .with_attribute("xml:lang", "en")
            .with_attribute("xmlns:xmpp", ns::XBOSH)
            .with_attribute("xmpp:version", "1.0"),
        Purpose::Restart => body
            .with_attribute("to", domain)
            .with_attribute("xml:lang", "en")
            .with_attribute("xmlns:xmpp", ns::XBOSH)
            .with_attribute("xmpp:restart", "true"),
        Purpose::Carry => body,
        Purpose::Terminate => body.with_attribute("type", "terminate"),
    };
    let empty = body.to_string();
    if stanzas.is_empty() {
        return empty;
    }
    format!("{}>{stanzas}</body>", empty.strip_suffix("/>").unwrap_or(&empty))
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    head: Element<'static>,
    /// What is in it, in order.
    pub(super) frames: Vec<Frame>,
}

impl Answer {
    /// Each stanza is read by itself: one that cannot be read does not spoil the others.
    pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Self, FramingError> {
        let mut cutter = Cutter::new(*limits);
        cutter.push(bytes);
        let (mut head, mut frames) = (None, Vec::new());
        loop {
            match cutter.next_piece()? {
                Some(Piece::Root(start)) => head = Some(read_head(&start, limits)?),
                Some(Piece::Child(stanza)) => {
                    frames.push(read_stanza(&stanza, limits).map_or_else(Frame::Unreadable, Frame::Stanza));
                }
                Some(Piece::End) => break,
                None => return Err(FramingError::NotAStream),
            }
        }
        Ok(Self { head: head.ok_or(FramingError::NotAStream)?, frames })
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.head.attribute(name)?.trim().parse().ok()
    }

    pub(super) fn sid(&self) -> Option<&str> {
        self.head.attribute("sid").filter(|sid| !sid.is_empty())
    }

    /// How many requests there may be at once.
    pub(super) fn requests(&self) -> Option<usize> {
        let requests = self.number("requests").or_else(|| self.number("hold").map(|hold| hold + 1))?;
        usize::try_from(requests).ok()
    }

    /// The shortest time from one empty request to the next.
    pub(super) fn polling(&self) -> Option<Duration> {
        self.number("polling").map(Duration::from_secs)
    }

    /// The server has ended the session, and the condition that it names.
    pub(super) fn termination(&self) -> Option<&str> {
        (self.head.attribute("type") == Some("terminate"))
            .then(|| self.head.attribute("condition").unwrap_or_default())
    }

    /// The server could not take the request, which may be sent again as it was.
    pub(super) fn asks_to_repeat(&self) -> bool {
        self.head.attribute("type") == Some("error")
    }

    /// Where to go, when the condition is `see-other-uri`.
    pub(super) fn see_other(&self) -> Option<String> {
        self.head.child("uri").map(|uri| uri.text().into_owned())
    }
}

fn read_head(start: &[u8], limits: &Limits) -> Result<Element<'static>, FramingError> {
    let start = std::str::from_utf8(start).map_err(|_| FramingError::NotUtf8)?;
    let start = start.strip_suffix('>').ok_or(FramingError::NotAStream)?;
    let head = format!("{}/>", start.strip_suffix('/').unwrap_or(start));
    let root = parse(&head, limits)?.into_owned();
    if root.is("body", ns::HTTP_BIND) { Ok(root) } else { Err(FramingError::NotAStream) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "<body xmlns='http://jabber.org/protocol/httpbind'";

    fn read(text: &str) -> Result<Answer, FramingError> {
        Answer::read(text.as_bytes(), &Limits::default())
    }

    #[test]
    fn a_request_is_a_body_with_what_it_carries() {
        assert_eq!(
            write(Purpose::Create, 7, None, "a&b", ""),
            r#"<body xmlns="http://jabber.org/protocol/httpbind" rid="7" to="a&amp;b" ver="1.6" wait="30" hold="1" content="text/xml; charset=utf-8" xml:lang="en" xmlns:xmpp="urn:xmpp:xbosh" xmpp:version="1.0"/>"#
        );
        assert_eq!(
            write(Purpose::Carry, 8, Some("s"), "a", "<a/><b/>"),
            r#"<body xmlns="http://jabber.org/protocol/httpbind" rid="8" sid="s"><a/><b/></body>"#
        );
        assert!(write(Purpose::Restart, 9, Some("s"), "a", "").contains(r#"xmpp:restart="true""#));
        assert!(write(Purpose::Terminate, 9, Some("s"), "a", "").contains(r#"type="terminate""#));
    }

    #[test]
    fn a_stanza_that_cannot_be_read_leaves_the_others_alone() {
        let answer = read(&format!("{BODY} sid='x'><a/><b>&wrong;</b><c xmlns='d'/></body>")).unwrap();
        assert_eq!(answer.sid(), Some("x"));
        let [Frame::Stanza(a), Frame::Unreadable(_), Frame::Stanza(c)] = answer.frames.as_slice() else {
            panic!("{answer:?}")
        };
        assert!(a.is("a", ns::CLIENT) && c.is("c", "d"));
    }

    #[test]
    fn an_end_has_its_condition() {
        assert_eq!(read(&format!("{BODY}/>")).unwrap().termination(), None);
        assert_eq!(read(&format!("{BODY} type='terminate'></body>")).unwrap().termination(), Some(""));
        let gone = read(&format!("{BODY} type='terminate' condition='item-not-found'/>")).unwrap();
        assert_eq!(gone.termination(), Some("item-not-found"));
    }

    #[test]
    fn a_page_of_a_web_server_is_not_an_answer() {
        for page in ["", "<html><body/></html>", "<body/>", "hello", &format!("{BODY}><a/>")] {
            assert!(read(page).is_err(), "{page}");
        }
    }
}
