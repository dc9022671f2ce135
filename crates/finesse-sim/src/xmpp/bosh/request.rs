//! The `<body/>` of requests and answers.

use std::time::Duration;

use roxmltree::Node;

const HTTP_BIND: &str = "http://jabber.org/protocol/httpbind";
pub(super) const XBOSH: &str = "urn:xmpp:xbosh";

/// A request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) rid: u64,
    pub(super) sid: Option<String>,
    /// How long the client lets its requests be held.
    pub(super) wait: Duration,
    /// How many of them.
    pub(super) hold: usize,
    pub(super) restarts: bool,
    pub(super) terminates: bool,
    /// The stanzas in it.
    pub(super) stanzas: Vec<String>,
}

impl Request {
    /// `None` if it is not a `<body/>` with a number.
    pub(super) fn read(text: &str) -> Option<Self> {
        let document = roxmltree::Document::parse(text).ok()?;
        let body = document.root_element();
        if body.tag_name().name() != "body" || body.tag_name().namespace() != Some(HTTP_BIND) {
            return None;
        }
        let number = |name: &str| body.attribute(name)?.trim().parse::<u64>().ok();
        let stanzas = body.children().filter(Node::is_element).filter_map(|stanza| text.get(stanza.range()));
        Some(Self {
            rid: number("rid")?,
            sid: body.attribute("sid").map(str::to_owned),
            wait: Duration::from_secs(number("wait").unwrap_or(60)),
            hold: usize::try_from(number("hold").unwrap_or(1)).ok()?,
            restarts: body.attribute((XBOSH, "restart")) == Some("true"),
            terminates: body.attribute("type") == Some("terminate"),
            stanzas: stanzas.map(str::to_owned).collect(),
        })
    }

    /// Whether it only waits for something to be sent.
    pub(super) fn is_poll(&self) -> bool {
        self.stanzas.is_empty() && !self.restarts && !self.terminates && self.sid.is_some()
    }
}

/// An answer with these stanzas.
pub(super) fn body(stanzas: &str) -> String {
    wrap("", stanzas)
}

/// The end of a session, with the reason.
pub(super) fn terminate(condition: &str) -> String {
    terminate_with(condition, "")
}

/// The same with stanzas before it.
pub(super) fn terminate_with(condition: &str, stanzas: &str) -> String {
    let condition = if condition.is_empty() { String::new() } else { format!(" condition='{condition}'") };
    wrap(&format!(" type='terminate'{condition}"), stanzas)
}

/// A body with these attributes, each after a space, and these stanzas.
pub(super) fn wrap(attributes: &str, stanzas: &str) -> String {
    let end = if stanzas.is_empty() { "/>".to_owned() } else { format!(">{stanzas}</body>") };
    format!("<body xmlns='{HTTP_BIND}'{attributes}{end}")
}
