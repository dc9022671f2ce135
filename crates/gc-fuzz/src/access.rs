//! What identifies a caller, and the entries that list it.

use std::net::IpAddr;

use gc_access::{
    AddressRange, Authenticator, Bearer, CertificateRule, Denied, Destinations, Entries, Entry, Presented,
    Principal, Right, TokenHash,
};

use crate::text;

/// The header `Authorization` and the peer's address on two lines, and the tokens, certificates and addresses of an entry on the
/// others. An entry's line can be written and read again. Only a listed token is accepted where there is a header, and only a
/// listed address where there is none.
pub fn access(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let mut lines = text.lines();
    let (header, peer) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let mut entry = Entry::of(Principal::new("fuzz", Destinations::new(["*"]), [Right::Agent]));
    for line in lines {
        if let Ok(token) = line.parse::<TokenHash>() {
            assert_eq!(token.to_string().parse(), Ok(token));
            entry.tokens.push(token);
        }
        if let Ok(rule) = line.parse::<CertificateRule>() {
            assert_eq!(rule.to_string().parse().as_ref(), Ok(&rule));
            entry.certificates.push(rule);
        }
        if let Ok(range) = line.parse::<AddressRange>() {
            assert_eq!(range.to_string().parse(), Ok(range));
            entry.addresses.push(range);
        }
    }
    let Ok(peer) = peer.parse::<IpAddr>() else { return };
    let is_listed = entry.addresses.iter().any(|range| range.contains(peer));
    let tokens = entry.tokens.clone();
    let Ok(entries) = Entries::new([entry]) else { return };
    let ask = |bearer| entries.authenticate(&Presented { peer, bearer, certificate: None }).map(drop);

    let bearer = Bearer::from_headers([header.as_bytes()]);
    let expected = match bearer {
        Bearer::Token(token) if tokens.contains(&token) => Ok(()),
        Bearer::Token(_) => Err(Denied::UnknownToken),
        Bearer::Unusable => Err(Denied::UnusableHeader),
        Bearer::Absent => panic!("there is a header"),
    };
    assert_eq!(ask(bearer), expected);
    assert_eq!(ask(Bearer::Absent), if is_listed { Ok(()) } else { Err(Denied::NoCredentials) });
}
