//! What a follower says of a request that it passes on. It is read at the listener of the group alone, where only the other connectors of
//! the group get in; a client's header of this name is never looked at.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const HEADER: HeaderName = HeaderName::from_static("gc-forwarded");

/// Who asked a follower, and what of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Forwarded {
    /// The follower, by the address at which the others reach it.
    pub(in crate::http) by: String,
    /// The name of the caller's principal. None: callers are not identified.
    pub(in crate::http) principal: Option<String>,
    /// Where the caller's request came from.
    pub(in crate::http) address: IpAddr,
    /// Of a command: the same however often it is passed on, and another one for each request of a client. It is the command's id, if the
    /// client gave none.
    pub(in crate::http) arrival: Option<Uuid>,
    /// The connector that may have begun the command already.
    pub(in crate::http) perhaps_at: Option<Uuid>,
}

impl Forwarded {
    /// What the header says, if it is there once and can be read.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(HEADER).iter();
        let (value, further) = (values.next()?, values.next());
        further.is_none().then(|| serde_json::from_slice(value.as_bytes()).ok()).flatten()
    }

    /// Puts it there, in place of whatever a client may have put there.
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        // JSON has no character that a header refuses: it escapes control characters.
        let value = serde_json::to_vec(self).ok().and_then(|json| HeaderValue::from_bytes(&json).ok());
        headers.remove(HEADER);
        headers.extend(value.map(|value| (HEADER, value)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_takes_the_place_of_what_was_there() {
        let forwarded = Forwarded {
            by: "https://gc-2.example:8114".to_owned(),
            principal: Some("Zoë \"\n".to_owned()),
            address: "10.20.0.31".parse().unwrap(),
            arrival: Some(Uuid::from_u128(7)),
            perhaps_at: None,
        };
        let mut headers = HeaderMap::new();
        headers.append(HEADER, HeaderValue::from_static("{}"));
        assert_eq!(Forwarded::read(&headers), None);
        forwarded.write(&mut headers);
        assert_eq!(Forwarded::read(&headers), Some(forwarded));
        headers.append(HEADER, HeaderValue::from_static("{}"));
        assert_eq!(Forwarded::read(&headers), None, "which of the two?");
    }
}
