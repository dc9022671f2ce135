//! The clients in the configuration.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use gc_access::{
    Authenticator, Destinations, Entries, Entry, EntryError, OpenListener, Principal, Right, Rights, Token,
};

use super::faults::{all, both, parted};
use super::keys::of_name;
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
                let (key, listen) = self.reachable().unwrap_or(("http.listen", self.http.listen));
                let text = format!(
                    "other machines can reach {listen}, and callers would not be identified: add a [[client]], or the \
                     line http.open = true if everybody there may drive every agent"
                );
                Err(bad(key, text))
            }
        }
    }

    /// The callers who are identified; none on an open listener.
    pub(crate) fn callers(&self) -> Result<Option<Vec<Principal>>, ConfigError> {
        match self.is_open() {
            true => Ok(None),
            false => Ok(Some(self.entries()?.principals().cloned().collect())),
        }
    }

    fn entries(&self) -> Result<Entries, ConfigError> {
        let clusters = self.cluster_names();
        let verified = self.http.tls.as_ref().is_some_and(|tls| tls.client_ca.is_some());
        let named = (0..).zip(&self.client).map(|(number, client)| self.check_client_name(number, client));
        let entries = self.clients().zip(named).map(|((section, client), named)| {
            let certified = match !client.certificates.is_empty() && !verified {
                true => Err(bad(
                    format!("{section}.certificates"),
                    "certificates are verified by an authority: write http.tls.client_ca",
                )),
                false => Ok(()),
            };
            both(both(named, entry(&section, client, &clusters)), certified).map(|(((), entry), ())| entry)
        });
        let (entries, faults) = parted(entries);
        // What two of them share is looked for among those that are good.
        let entries = Entries::new(entries).map_err(|error| match &error {
            EntryError::Ambiguous { second, .. } => bad(of_name("client", second), error),
            _ => bad("client", error),
        });
        both(entries, faults).map(|(entries, ())| entries)
    }

    /// The clients, with what their keys begin with: `client.crm`, or `client.0` if its name cannot be used.
    pub(super) fn clients(&self) -> impl Iterator<Item = (String, &Client)> {
        (0..).zip(&self.client).map(|(number, client)| match self.check_client_name(number, client) {
            Ok(()) => (of_name("client", &client.name), client),
            Err(_) => (format!("client.{number}"), client),
        })
    }

    fn check_client_name(&self, number: usize, client: &Client) -> Result<(), ConfigError> {
        let name = client.name.as_str();
        let text = if !is_name(name) {
            format!("{name:?} cannot be used: write a name of letters, digits, `-`, `_` and `.`")
        } else if self.client.iter().take(number).any(|other| other.name == name) {
            EntryError::SameName(name.to_owned()).to_string()
        } else {
            return Ok(());
        };
        Err(bad(format!("client.{number}.name"), text))
    }
}

/// Whether a client or a cluster may have this name.
pub(super) fn is_name(name: &str) -> bool {
    let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && name.bytes().all(may_stand)
}

fn entry(section: &str, client: &Client, clusters: &[&str]) -> Result<Entry, ConfigError> {
    let key = |key: &str| format!("{section}.{key}");
    let (tokens, certificates, addresses) = (&client.token_hashes, &client.certificates, &client.addresses);
    let is_known = match tokens.is_empty() && certificates.is_empty() && addresses.is_empty() {
        true => {
            let text = "is empty, and so are certificates and addresses: write what this client is recognised by \
                        (`gc-server token new` makes a token)";
            Err(bad(key("token_hashes"), text))
        }
        false => Ok(()),
    };
    let tokens = both(is_known, read(&key("token_hashes"), tokens));
    let others = both(read(&key("certificates"), certificates), read(&key("addresses"), addresses));
    let (((), tokens), ((certificates, addresses), principal)) =
        both(tokens, both(others, principal(client, clusters, key)))?;
    Ok(Entry { tokens, certificates, addresses, ..Entry::of(principal) })
}

fn principal(
    client: &Client,
    clusters: &[&str],
    key: impl Fn(&str) -> String,
) -> Result<Principal, ConfigError> {
    let rights = rights(&key("rights"), client.rights.as_deref());
    let destinations = &client.destinations;
    let needed = rights.as_ref().is_ok_and(|rights| rights.allow(Right::Read));
    let known = if destinations.is_empty() && needed {
        let text = "is empty: write the destinations that are this client's own, such as [\"crm-*\"], or [\"*\"] for all";
        Err(bad(key("destinations"), text))
    } else if destinations.iter().any(String::is_empty) {
        Err(bad(key("destinations"), "\"\" matches nothing: write a destination, or \"*\" for all"))
    } else {
        Ok(())
    };
    let cluster = match client.cluster.as_deref() {
        None => Ok(None),
        Some(cluster) if clusters.contains(&cluster) => Ok(Some(cluster)),
        Some(cluster) => {
            let text = format!("there is no cluster {cluster:?}: write {}", clusters.join(" or "));
            Err(bad(key("cluster"), text))
        }
    };
    let ((rights, ()), cluster) = both(both(rights, known), cluster)?;
    let principal = Principal::new(&client.name, Destinations::new(destinations), rights);
    Ok(match cluster {
        Some(cluster) => principal.in_cluster(cluster),
        None => principal,
    })
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
    all(names.iter().map(right)).map(|rights| rights.into_iter().collect())
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
    all(values.iter().map(value))
}
