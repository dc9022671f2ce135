//! gc-access alone: one client with a token, one that is known by its address, and what becomes of a few requests.
//!
//! `cargo run -p gc-examples --bin identify`

use std::net::IpAddr;

use gc_access::{Authenticator, Bearer, Destinations, Entries, Entry, Presented, Principal, Right, Token};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Made by `gc-server token new`; a configuration has only its hash.
    let token = Token::parse("gct_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABrvCLx")?;
    let crm = Principal::new("crm", Destinations::new(["crm-*"]), [Right::Supervisor]);
    let wallboard = Principal::new("wallboard", Destinations::new(["wallboard"]), [Right::Read]);
    let entries = Entries::new([
        Entry { tokens: vec![token.hash()], ..Entry::of(crm) },
        Entry { addresses: vec!["10.20.0.40".parse()?], ..Entry::of(wallboard) },
    ])?;

    let right = format!("Bearer {}", token.expose());
    for (peer, header) in [
        ("192.0.2.1", Some(right.as_str())),
        ("192.0.2.1", None),
        ("10.20.0.40", None),
        ("10.20.0.40", Some("Bearer wrong")),
    ] {
        let bearer = Bearer::from_headers(header.map(str::as_bytes));
        let presented = Presented { peer: peer.parse::<IpAddr>()?, bearer, certificate: None };
        let who = match entries.authenticate(&presented) {
            Ok(caller) => format!("{}, who may use crm-7: {}", caller.name(), caller.may_use("crm-7")),
            Err(denied) => format!("nobody: {denied}"),
        };
        println!("{peer} with {}: {who}", if header.is_some() { "a header" } else { "nothing" });
    }
    Ok(())
}
