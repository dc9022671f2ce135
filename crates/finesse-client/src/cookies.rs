//! Cookies, each agent's own: a proxy that spreads its requests over several servers knows an agent again by one, and so
//! does Finesse's web container.
//!
//! A cookie may stand for a login. So it is kept for one node and for one password or token only: whoever tries another
//! password starts without cookies, and none could stand in for a wrong one. Path and lifetime do not matter here: all
//! requests go to one API, and what a server does not want any more it replaces or deletes. That is why this is not a
//! library, which would bring a list of public domains and a clock.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use http::HeaderMap;
use http::header::{HeaderValue, SET_COOKIE};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use finesse_types::Credentials;

/// Agents at one node whose cookies are kept. Of more, those who have not asked for longest are forgotten, half at a time.
const MOST_AGENTS: usize = 10_000;
/// Cookies of one agent. Proxies use one to three.
const MOST_COOKIES: usize = 8;
/// All of them together in a request, in bytes. A web container refuses requests with more than 8 KiB of headers (Tomcat's
/// `maxHttpRequestHeaderSize`, nginx's `large_client_header_buffers`), and a token of single sign-on may need half of that.
const MOST_BYTES: usize = 4096;

/// The cookies of one node.
#[derive(Debug, Default)]
pub(crate) struct Cookies(Mutex<Jars>);

#[derive(Debug, Default)]
struct Jars {
    of: HashMap<String, Jar>,
    /// How often any was used.
    uses: u64,
}

#[derive(Debug)]
struct Jar {
    /// Of the credentials; the secret itself must not outlive its session.
    digest: [u8; 32],
    cookies: BTreeMap<String, String>,
    used: u64,
}

impl Cookies {
    /// The `Cookie` header of a request with these credentials.
    pub(crate) fn header(&self, credentials: &Credentials) -> Option<HeaderValue> {
        let mut jars = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        jars.uses += 1;
        let used = jars.uses;
        let jar = jars.of.get_mut(credentials.user()).filter(|jar| jar.is_of(credentials))?;
        jar.used = used;
        let pairs: Vec<_> = jar.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut header = HeaderValue::from_str(&pairs.join("; ")).ok().filter(|_| !pairs.is_empty())?;
        // It may stand for a login.
        header.set_sensitive(true);
        Some(header)
    }

    /// Keeps what a successful answer sets. A refusal sets nothing, so that a wrong password does not replace what belongs to
    /// the right one.
    pub(crate) fn keep(&self, credentials: &Credentials, headers: &HeaderMap) {
        let set: Vec<_> = headers.get_all(SET_COOKIE).iter().filter_map(read).collect();
        if set.is_empty() {
            return;
        }
        let mut jars = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        jars.uses += 1;
        let used = jars.uses;
        if jars.of.len() >= MOST_AGENTS && !jars.of.contains_key(credentials.user()) {
            jars.forget_half();
        }
        let new = || Jar { digest: digest(credentials), cookies: BTreeMap::new(), used };
        let jar = jars.of.entry(credentials.user().to_owned()).or_insert_with(new);
        if !jar.is_of(credentials) {
            *jar = new();
        }
        jar.used = used;
        for (name, value) in set {
            match value {
                Some(value) if jar.has_room_for(&name, &value) => _ = jar.cookies.insert(name, value),
                Some(_) => tracing::debug!(name, "a cookie too many"),
                None => _ = jar.cookies.remove(&name),
            }
        }
    }
}

impl Jar {
    fn has_room_for(&self, name: &str, value: &str) -> bool {
        let others = self.cookies.iter().filter(|(other, _)| *other != name);
        let (count, bytes) =
            others.fold((0, 0), |(count, bytes), (name, value)| (count + 1, bytes + in_header(name, value)));
        count < MOST_COOKIES && bytes + in_header(name, value) <= MOST_BYTES
    }

    fn is_of(&self, credentials: &Credentials) -> bool {
        self.digest == digest(credentials)
    }
}

/// The bytes of `name=value; `.
fn in_header(name: &str, value: &str) -> usize {
    name.len() + value.len() + 3
}

fn digest(credentials: &Credentials) -> [u8; 32] {
    let hash = Sha256::new_with_prefix(credentials.user()).chain_update([0]);
    hash.chain_update(credentials.password().expose_secret()).finalize().into()
}

impl Jars {
    fn forget_half(&mut self) {
        let mut used: Vec<u64> = self.of.values().map(|jar| jar.used).collect();
        let middle = used.len() / 2;
        let (_, median, _) = used.select_nth_unstable(middle);
        let median = *median;
        self.of.retain(|_, jar| jar.used > median);
    }
}

/// Name and value of a `Set-Cookie`; without a value if it deletes the cookie (RFC 6265, 5.2).
fn read(header: &HeaderValue) -> Option<(String, Option<String>)> {
    let text = header.to_str().ok().filter(|text| text.len() <= MOST_BYTES)?;
    let (pair, attributes) = text.split_once(';').unwrap_or((text, ""));
    let (name, value) = pair.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let deletes =
        attributes.split(';').filter_map(|attribute| attribute.split_once('=')).any(|(key, value)| {
            let (key, value) = (key.trim(), value.trim());
            key.eq_ignore_ascii_case("max-age") && (value.starts_with('-') || value == "0")
                || key.eq_ignore_ascii_case("expires") && value.contains(" 1970 ")
        });
    (!name.is_empty()).then(|| (name.to_owned(), (!deletes).then(|| value.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(set: &[&'static str]) -> HeaderMap {
        set.iter().map(|cookie| (SET_COOKIE, HeaderValue::from_static(cookie))).collect()
    }

    fn sent(cookies: &Cookies, user: &str, password: &str) -> Option<String> {
        let header = cookies.header(&Credentials::new(user, password))?;
        assert!(header.is_sensitive());
        Some(header.to_str().unwrap().to_owned())
    }

    #[test]
    fn each_agent_has_cookies_of_its_own() {
        let cookies = Cookies::default();
        let set = ["route=a1; Path=/; HttpOnly", "JSESSIONID=77; Path=/finesse; Secure"];
        cookies.keep(&Credentials::new("1001", "p"), &answer(&set));
        assert_eq!(sent(&cookies, "1001", "p").as_deref(), Some("JSESSIONID=77; route=a1"));
        assert_eq!(sent(&cookies, "1002", "p"), None);
        cookies.keep(&Credentials::new("1001", "p"), &answer(&["route=b2", "JSESSIONID=; Max-Age=0"]));
        assert_eq!(sent(&cookies, "1001", "p").as_deref(), Some("route=b2"));
        let gone = ["route=x; expires=Thu, 01 Jan 1970 00:00:00 GMT"];
        cookies.keep(&Credentials::new("1001", "p"), &answer(&gone));
        assert_eq!(sent(&cookies, "1001", "p"), None);
    }

    #[test]
    fn a_cookie_is_sent_with_no_other_password() {
        let cookies = Cookies::default();
        cookies.keep(&Credentials::new("1001", "right"), &answer(&["JSESSIONID=77"]));
        assert_eq!(sent(&cookies, "1001", "guess"), None);
        assert_eq!(sent(&cookies, "1001", "right").as_deref(), Some("JSESSIONID=77"));
        cookies.keep(&Credentials::new("1001", "changed"), &answer(&["JSESSIONID=78"]));
        assert_eq!(sent(&cookies, "1001", "right"), None);
    }

    #[test]
    fn what_a_server_can_make_us_keep_has_an_end() {
        let cookies = Cookies::default();
        let one = Credentials::new("1001", "p");
        for number in 0..100 {
            let value = HeaderValue::try_from(format!("c{number}=x")).unwrap();
            cookies.keep(&one, &HeaderMap::from_iter([(SET_COOKIE, value)]));
        }
        assert_eq!(sent(&cookies, "1001", "p").unwrap().split("; ").count(), MOST_COOKIES);
        let long = HeaderValue::try_from(format!("long={}", "x".repeat(MOST_BYTES))).unwrap();
        assert!(read(&long).is_none());
        let other = Credentials::new("1002", "p");
        for number in 0..MOST_COOKIES {
            let value = HeaderValue::try_from(format!("c{number}={}", "x".repeat(1000))).unwrap();
            cookies.keep(&other, &HeaderMap::from_iter([(SET_COOKIE, value)]));
        }
        let header = sent(&cookies, "1002", "p").unwrap();
        assert!(header.split("; ").count() == 4 && header.len() <= MOST_BYTES, "{}", header.len());
        cookies.keep(&other, &answer(&["c0=short"]));
        assert!(
            sent(&cookies, "1002", "p").unwrap().starts_with("c0=short; "),
            "one that is there is replaced"
        );
        for agent in 0..MOST_AGENTS + 10 {
            cookies.keep(&Credentials::new(format!("a{agent}"), "p"), &answer(&["c=1"]));
        }
        assert!(cookies.0.lock().unwrap().of.len() <= MOST_AGENTS);
        assert!(sent(&cookies, &format!("a{}", MOST_AGENTS + 9), "p").is_some(), "the latest is there");
        assert_eq!(sent(&cookies, "a0", "p"), None, "the oldest is not");
    }
}
