//! The clients in the configuration.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use gc_access::{Authenticator, Destinations, Entries, Entry, OpenListener, Principal, Right, Rights, Token};

use super::sections::Client;
use super::{Config, ConfigError, bad};

impl Config {
    /// How callers are identified.
    pub(crate) fn authenticator(&self) -> Result<Arc<dyn Authenticator>, ConfigError> {
        match (self.client.is_empty(), self.http.open) {
            (false, true) => {
                let text = "true means that callers are not identified, so every [[client]] would be without effect: \
                            remove one or the other";
                Err(bad("http.open", text))
            }
            (false, false) => Ok(Arc::new(self.entries()?)),
            (true, _) if self.is_local() => {
                Ok(Arc::new(OpenListener::new([Right::Supervisor, Right::Admin])))
            }
            // Callers from other machines are not administrators unless they are identified.
            (true, true) => Ok(Arc::new(OpenListener::new([Right::Supervisor]))),
            (true, false) => {
                let listen = self.http.listen;
                let text = format!(
                    "other machines can reach {listen}, and callers would not be identified: add a [[client]], or the \
                     line http.open = true if everybody there may drive every agent"
                );
                Err(bad("http.listen", text))
            }
        }
    }

    /// The callers who are identified; none on an open listener.
    pub(super) fn callers(&self) -> Result<Option<Vec<Principal>>, ConfigError> {
        match self.is_open() {
            true => Ok(None),
            false => Ok(Some(self.entries()?.principals().cloned().collect())),
        }
    }

    fn entries(&self) -> Result<Entries, ConfigError> {
        let clusters = self.cluster_names();
        let entries =
            self.client.iter().map(|client| entry(client, &clusters)).collect::<Result<Vec<_>, _>>()?;
        let verified = self.http.tls.as_ref().is_some_and(|tls| tls.client_ca.is_some());
        if let Some(client) = self.client.iter().find(|client| !client.certificates.is_empty() && !verified) {
            let text = "certificates are verified by an authority: write http.tls.client_ca";
            return Err(bad(format!("client.{}.certificates", client.name), text));
        }
        Entries::new(entries).map_err(|error| bad("client", error))
    }
}

fn entry(client: &Client, clusters: &[&str]) -> Result<Entry, ConfigError> {
    let name = client.name.as_str();
    let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || !name.bytes().all(may_stand) {
        let text = format!("{name:?} cannot be used: write a name of letters, digits, `-`, `_` and `.`");
        return Err(bad("client.name", text));
    }
    let key = |key: &str| format!("client.{name}.{key}");
    let entry = Entry {
        tokens: read(&key("token_hashes"), &client.token_hashes)?,
        certificates: read(&key("certificates"), &client.certificates)?,
        addresses: read(&key("addresses"), &client.addresses)?,
        ..Entry::of(principal(client, clusters, key)?)
    };
    match entry.tokens.is_empty() && entry.certificates.is_empty() && entry.addresses.is_empty() {
        true => {
            let text = "is empty, and so are certificates and addresses: write what this client is recognised by \
                        (`gc-server token new` makes a token)";
            Err(bad(key("token_hashes"), text))
        }
        false => Ok(entry),
    }
}

fn principal(
    client: &Client,
    clusters: &[&str],
    key: impl Fn(&str) -> String,
) -> Result<Principal, ConfigError> {
    let rights = rights(&key("rights"), client.rights.as_deref())?;
    let destinations = &client.destinations;
    if destinations.is_empty() && rights.allow(Right::Read) {
        let text = "is empty: write the destinations that are this client's own, such as [\"crm-*\"], or [\"*\"] for all";
        return Err(bad(key("destinations"), text));
    }
    if destinations.iter().any(String::is_empty) {
        return Err(bad(key("destinations"), "\"\" matches nothing: write a destination, or \"*\" for all"));
    }
    let principal = Principal::new(&client.name, Destinations::new(destinations), rights);
    match client.cluster.as_deref() {
        None => Ok(principal),
        Some(cluster) if clusters.contains(&cluster) => Ok(principal.in_cluster(cluster)),
        Some(cluster) => {
            let text = format!("there is no cluster {cluster:?}: write {}", clusters.join(" or "));
            Err(bad(key("cluster"), text))
        }
    }
}

fn rights(key: &str, names: Option<&[String]>) -> Result<Rights, ConfigError> {
    const ALL: &str = "write one or more of read, agent, supervisor and admin";
    let Some(names) = names else { return Ok(Rights::from([Right::Agent])) };
    if names.is_empty() {
        return Err(bad(key, format!("is empty: {ALL}")));
    }
    let right = |name: &String| {
        name.parse::<Right>().map_err(|_| bad(key, format!("{name:?} is not a right: {ALL}")))
    };
    names.iter().map(right).collect()
}

/// Reads each value of a list; the error names the value, and what to write.
fn read<T>(key: &str, values: &[String]) -> Result<Vec<T>, ConfigError>
where
    T: FromStr<Err: Display>,
{
    let value = |value: &String| {
        let wrong = |error: T::Err| match Token::parse(value) {
            // Errors are printed and logged: not this.
            Ok(token) => {
                bad(key, format!("here is a token itself: write its hash, {:?}", token.hash().to_string()))
            }
            // Nor this, which is most of one.
            Err(_) if value.starts_with(Token::PREFIX) => {
                bad(key, format!("here is a damaged token: {error}"))
            }
            Err(_) => bad(key, format!("{value:?} cannot be used: {error}")),
        };
        value.parse().map_err(wrong)
    };
    values.iter().map(value).collect()
}
