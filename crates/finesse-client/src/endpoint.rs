//! From configured URLs to places to connect to.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use finesse_types::NodeAddress;
use gc_xmpp::{Endpoint, Wire};
use rustls::ClientConfig;
use url::Url;

use crate::config::{ConfigError, ConfigFaults, NodeConfig};

/// Where a node is, as it is configured.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The REST server, with the path before `/finesse/api`.
    pub(crate) url: Url,
    /// The name in it, and what is dialled in its place.
    pub(crate) dialled: Option<(String, String)>,
    /// Where the notification service is, and whether it is encrypted. None stands for the usual places.
    notifications: Vec<(Endpoint, bool)>,
}

impl Place {
    /// Without encryption only where that is allowed.
    pub(crate) fn of(node: &NodeConfig, allow_plaintext: bool) -> Result<Self, ConfigFaults> {
        let mut faults = ConfigFaults::default();
        let url = faults.keep("url", server(&node.url, allow_plaintext));
        faults.keep("path", check_path(&node.path));
        let dialled = faults.keep("address", dialled(node.address.as_deref(), url.as_ref()));
        let configured = |text: &String| faults.keep("notifications", configured(text, allow_plaintext));
        let notifications = node.notifications.iter().filter_map(configured).collect();
        let made = url.zip(dialled).map(|(mut url, dialled)| {
            url.set_path(&node.path);
            Self { url, dialled, notifications }
        });
        faults.or(made)
    }

    /// The places of the notification service in the order in which they are tried: the configured ones, else the usual ones
    /// on the REST server's host.
    pub(crate) fn notifications(
        &self,
        ports: NamedPorts,
        tls: &Arc<ClientConfig>,
        allow_plaintext: bool,
    ) -> Vec<Endpoint> {
        let mut places: Vec<_> = if self.notifications.is_empty() {
            let usual = usual(&self.url, ports, tls, allow_plaintext).into_iter();
            usual.filter(|endpoint| endpoint.wire.is_built()).collect()
        } else {
            let places = self.notifications.iter().cloned();
            places
                .map(|(place, encrypted)| if encrypted { place.with_tls(tls.clone()) } else { place })
                .collect()
        };
        if let Some((name, address)) = &self.dialled {
            for place in places.iter_mut().filter(|place| place.host == *name) {
                place.host.clone_from(address);
            }
        }
        places
    }
}

/// The URL of a REST server.
fn server(text: &str, allow_plaintext: bool) -> Result<Url, ConfigError> {
    let bad = || ConfigError::Url { url: shown(text), example: "https://finesse-a.example.com:8445" };
    let url = Url::parse(text).map_err(|_| bad())?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(bad());
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(ConfigError::Path { origin: url.origin().ascii_serialization() });
    }
    match url.scheme() {
        "http" if !allow_plaintext => Err(ConfigError::Plaintext(shown(text))),
        _ => Ok(url),
    }
}

/// The ports of XMPP that a node names in SystemInfo; where it names none it is the usual one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NamedPorts {
    /// Without TLS, or with STARTTLS.
    plain: Option<u16>,
    tls: Option<u16>,
}

/// `5223 with TLS, 5222 without`
impl fmt::Display for NamedPorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.tls, self.plain) {
            (Some(tls), Some(plain)) => write!(f, "{tls} with TLS, {plain} without"),
            (Some(tls), None) => write!(f, "{tls} with TLS"),
            (None, Some(plain)) => write!(f, "{plain} without TLS"),
            (None, None) => f.write_str("none"),
        }
    }
}

impl NamedPorts {
    pub(crate) fn of(node: &NodeAddress) -> Self {
        Self { plain: node.xmpp_port, tls: node.xmpp_secure_port }
    }
}

fn check_path(path: &str) -> Result<(), ConfigError> {
    let may_stand = |c: char| c.is_ascii_alphanumeric() || "-_.~/".contains(c);
    let is_name = |part: &str| !matches!(part, "." | "..");
    let is_path = path.starts_with('/') && !path.ends_with('/') && path.chars().all(may_stand);
    (path.is_empty() || is_path && path.split('/').all(is_name)).then_some(()).ok_or(ConfigError::ProxyPath)
}

/// Which name is dialled at which other place. Where there is no URL, that is another fault.
fn dialled(address: Option<&str>, url: Option<&Url>) -> Result<Option<(String, String)>, ConfigError> {
    let Some(address) = address else { return Ok(None) };
    let is_name =
        !address.is_empty() && address.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    let is_place = is_name || address.parse::<IpAddr>().is_ok();
    let name = url.map_or_else(|| Some(String::new()), host_of);
    let name = name.filter(|name| is_place && name.parse::<IpAddr>().is_err());
    name.map(|name| Some((name, address.to_owned()))).ok_or(ConfigError::Address)
}

const BOSH_PATH: &str = "/http-bind/";

/// Where Finesse has it (docs/finesse.md): at the REST server's port since 12.6(1), at ports of its own before.
fn usual(rest: &Url, ports: NamedPorts, tls: &Arc<ClientConfig>, allow_plaintext: bool) -> Vec<Endpoint> {
    let host = host_of(rest).unwrap_or_default();
    let port = rest.port_or_known_default().unwrap_or(8445);
    let starttls = Endpoint::start_tls(&host, ports.plain.unwrap_or(5222)).with_tls(tls.clone());
    let plain_bosh = Endpoint::bosh(&host, 7071, BOSH_PATH);
    // Beside the API, so behind the same proxy.
    let beside = format!("{}/ws/", rest.path().trim_end_matches('/'));
    if rest.scheme() == "http" {
        let beside = Endpoint::websocket(&host, port, beside);
        return vec![beside, Endpoint::websocket(&host, 7071, "/ws/"), starttls, plain_bosh];
    }
    let beside = Endpoint::websocket(&host, port, beside).with_tls(tls.clone());
    let old = Endpoint::websocket(&host, 7443, "/ws/").with_tls(tls.clone());
    let direct = Endpoint::tcp(&host, ports.tls.unwrap_or(5223)).with_tls(tls.clone());
    let bosh = Endpoint::bosh(&host, 7443, BOSH_PATH).with_tls(tls.clone());
    let mut all = vec![beside, direct, old, bosh, starttls];
    if allow_plaintext {
        all.push(plain_bosh);
    }
    all
}

/// A place of the notification service, and whether it is encrypted.
fn configured(text: &str, allow_plaintext: bool) -> Result<(Endpoint, bool), ConfigError> {
    let bad = || ConfigError::Url { url: shown(text), example: "wss://finesse-a.example.com:8445/ws/" };
    let url = Url::parse(text).map_err(|_| bad())?;
    let host = host_of(&url).ok_or_else(bad)?;
    let (endpoint, encrypted) = match url.scheme() {
        "wss" => (Endpoint::websocket(host, url.port().unwrap_or(443), url.path()), true),
        "ws" => (Endpoint::websocket(host, url.port().unwrap_or(80), url.path()), false),
        "https" => (Endpoint::bosh(host, url.port().unwrap_or(443), url.path()), true),
        "http" => (Endpoint::bosh(host, url.port().unwrap_or(80), url.path()), false),
        "xmpps" => (Endpoint::tcp(host, url.port().unwrap_or(5223)), true),
        // Encrypted by STARTTLS, or not at all if that is allowed and the server does not offer it.
        "xmpp" => (Endpoint::start_tls(host, url.port().unwrap_or(5222)), true),
        _ => return Err(bad()),
    };
    // A server without a path is a REST server.
    if matches!(endpoint.wire, Wire::Bosh { .. }) && url.path() == "/" {
        return Err(bad());
    }
    if !endpoint.wire.is_built() {
        return Err(ConfigError::NotBuilt(shown(text)));
    }
    match encrypted || allow_plaintext {
        true => Ok((endpoint, encrypted)),
        false => Err(ConfigError::Plaintext(shown(text))),
    }
}

/// A URL for an error message, without what may be a password: not what stands before the host or behind `?` or `#`, nor, where
/// there is no host, what stands behind a colon.
fn shown(url: &str) -> String {
    let has_host = Url::parse(url).is_ok_and(|url| url.has_host());
    let (scheme, rest) = url.split_once("://").map_or((None, url), |(scheme, rest)| (Some(scheme), rest));
    let (hidden, rest) = rest.rsplit_once('@').map_or(("", rest), |(_, rest)| ("…@", rest));
    let end = |c| matches!(c, '?' | '#') || c == ':' && !has_host;
    let rest = rest.split_once(end).map_or_else(|| rest.to_owned(), |(rest, _)| format!("{rest}…"));
    let scheme = scheme.map(|scheme| format!("{scheme}://")).unwrap_or_default();
    format!("{scheme}{hidden}{rest}")
}

/// The host as it is dialled: a literal IPv6 address without its brackets.
fn host_of(url: &Url) -> Option<String> {
    let host = url.host_str().filter(|host| !host.is_empty())?;
    Some(host.trim_start_matches('[').trim_end_matches(']').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gc_net::Trust;

    fn endpoints(url: &str, notifications: &[&str], plaintext: bool) -> Result<Vec<Endpoint>, ConfigError> {
        // A pin needs no authority of the operating system.
        let tls = Trust::Pinned(vec![gc_net::Fingerprint::of(b"")]).client_config().unwrap();
        let notifications = notifications.iter().map(ToString::to_string).collect();
        let node = NodeConfig { notifications, ..NodeConfig::new(url) };
        let place = Place::of(&node, plaintext).map_err(|faults| faults.into_iter().next().unwrap().error)?;
        Ok(place.notifications(NamedPorts::default(), &tls, plaintext))
    }

    fn endpoint(url: &str, notifications: Option<&str>, plaintext: bool) -> Result<Endpoint, ConfigError> {
        endpoints(url, notifications.as_slice(), plaintext).map(|mut all| all.swap_remove(0))
    }

    fn shown_of(url: &str, notifications: &[&str], plaintext: bool) -> Vec<String> {
        endpoints(url, notifications, plaintext).unwrap().iter().map(ToString::to_string).collect()
    }

    fn place(endpoint: Endpoint) -> (String, u16, Wire, bool) {
        (endpoint.host, endpoint.port, endpoint.wire, endpoint.tls.is_some())
    }

    fn websocket(path: &str) -> Wire {
        Wire::WebSocket { path: path.to_owned() }
    }

    #[test]
    fn the_ports_that_a_node_names_are_printed_in_words() {
        let printed = |plain, tls| NamedPorts { plain, tls }.to_string();
        assert_eq!(printed(Some(5222), Some(5223)), "5223 with TLS, 5222 without");
        assert_eq!(printed(None, Some(5223)), "5223 with TLS");
        assert_eq!(printed(Some(5222), None), "5222 without TLS");
    }

    #[test]
    fn the_usual_places_are_tried_from_the_newest_to_the_oldest() {
        let usual = [
            "wss://fa.example:8445/ws/",
            "xmpps://fa.example:5223",
            "wss://fa.example:7443/ws/",
            "https://fa.example:7443/http-bind/",
            "xmpp://fa.example:5222",
        ];
        assert_eq!(shown_of("https://fa.example:8445", &[], false), usual);
        let lax = shown_of("https://fa.example:8445", &[], true);
        assert_eq!(lax, [&usual[..], &["http://fa.example:7071/http-bind/"]].concat());
        let plain = [
            "ws://fa.example:8082/ws/",
            "ws://fa.example:7071/ws/",
            "xmpp://fa.example:5222",
            "http://fa.example:7071/http-bind/",
        ];
        assert_eq!(shown_of("http://fa.example:8082/", &[], true), plain);
        assert_eq!(shown_of("https://[::1]", &[], false)[0], "wss://[::1]:443/ws/");
    }

    #[test]
    fn behind_a_proxy_a_node_has_a_path_and_another_address() {
        let tls = Trust::Pinned(vec![gc_net::Fingerprint::of(b"")]).client_config().unwrap();
        let node = |path: &str, address: Option<&str>| NodeConfig {
            path: path.to_owned(),
            address: address.map(ToOwned::to_owned),
            ..NodeConfig::new("https://fa.example:8445")
        };
        let behind = node("/west/a", Some("192.0.2.7"));
        let place = Place::of(&behind, false).unwrap();
        assert_eq!(place.url.as_str(), "https://fa.example:8445/west/a");
        let places = place.notifications(NamedPorts::default(), &tls, false);
        assert_eq!(places[0].to_string(), "wss://192.0.2.7:8445/west/a/ws/");
        assert!(places.iter().all(|place| place.tls.as_ref().unwrap().server_name == "fa.example"));
        for bad in ["west", "/west/", "/", "/a/../b", "/a?b", "/a b"] {
            assert_eq!(
                faults(&node(bad, None)),
                ["path: write a path such as /west, without a slash at its end"],
                "{bad}"
            );
        }
        let wrong = ["address: write a name or an IP address without a port, and a name in url"];
        for bad in ["", "192.0.2.7:8445", "a/b"] {
            assert_eq!(faults(&node("", Some(bad))), wrong, "{bad:?}");
        }
        let literal = NodeConfig { address: Some("192.0.2.7".into()), ..NodeConfig::new("https://[::1]") };
        assert_eq!(faults(&literal), wrong, "no name to replace");
    }

    fn faults(node: &NodeConfig) -> Vec<String> {
        Place::of(node, false).unwrap_err().into_iter().map(|fault| fault.to_string()).collect()
    }

    #[test]
    fn every_fault_of_a_node_is_found_with_its_field() {
        let node = NodeConfig {
            path: "west".to_owned(),
            address: Some("192.0.2.7".to_owned()),
            notifications: ["ftp://c", "wss://c", "ws://c"].map(str::to_owned).to_vec(),
            ..NodeConfig::new("ftp://c")
        };
        let found: Vec<_> = Place::of(&node, false).unwrap_err().into_iter().collect();
        let fields: Vec<_> = found.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["url", "path", "notifications", "notifications"], "{found:?}");
    }

    #[test]
    fn configured_places_are_the_only_ones_and_keep_their_order() {
        let both = ["xmpp://fb.example", "https://fb.example:7443/http-bind/"];
        let shown = ["xmpp://fb.example:5222", "https://fb.example:7443/http-bind/"];
        assert_eq!(shown_of("https://fa.example:8445", &both, false), shown);
        let new = endpoint("https://fa.example:8445", Some("wss://fb.example:8445/ws"), false).unwrap();
        assert_eq!(place(new), ("fb.example".to_owned(), 8445, websocket("/ws"), true));
        let tcp = endpoint("https://fa.example", Some("xmpps://[::1]"), false).unwrap();
        assert_eq!(place(tcp), ("::1".to_owned(), 5223, Wire::Tcp, true));
        let old = endpoint("http://fa.example", Some("xmpp://fa.example:15222"), true).unwrap();
        assert_eq!(place(old), ("fa.example".to_owned(), 15222, Wire::StartTls, true));
    }

    #[test]
    fn a_password_goes_over_no_readable_wire_unless_that_is_allowed() {
        for (url, notifications) in [
            ("http://fa.example", None),
            ("https://fa.example", Some("ws://fa.example:7071/ws/")),
            ("https://fa.example", Some("http://fa.example:7071/http-bind/")),
        ] {
            assert!(matches!(endpoint(url, notifications, false), Err(ConfigError::Plaintext(_))), "{url}");
        }
    }

    #[test]
    fn no_error_repeats_what_may_be_a_password() {
        for (url, notifications, repeated) in [
            (
                "https://fa.example",
                Some("http://gc:plum@fa.example/http-bind/"),
                "http://…@fa.example/http-bind/",
            ),
            ("ftp://gc:plum@fa.example", None, "ftp://…@fa.example"),
            ("https://gc:plum", None, "https://gc…"),
            ("gc:plum", None, "gc…"),
            ("ftp://fa.example:8445?key=plum", None, "ftp://fa.example:8445…"),
            ("https://fa.example", Some("ws://gc:pl@plum@fa.example/ws/"), "ws://…@fa.example/ws/"),
            ("https://fa.example", Some("ws://fa.example:7071/ws/#plum"), "ws://fa.example:7071/ws/…"),
            ("https://fa.example", Some("xmpps:gc:plum"), "xmpps…"),
            ("fa.example", None, "fa.example"),
        ] {
            let text = endpoint(url, notifications, false).unwrap_err().to_string();
            assert!(text.starts_with(&format!("{repeated:?} ")) && !text.contains("plum"), "{url}: {text}");
        }
    }

    #[test]
    fn what_is_no_server_is_refused_when_it_is_configured() {
        for (url, notifications) in [
            ("fa.example:8445", None),
            ("ftp://fa.example", None),
            ("https://fa.example", Some("https://fa.example")),
            ("https://fa.example", Some("xmpps:")),
        ] {
            assert!(
                matches!(endpoint(url, notifications, true), Err(ConfigError::Url { .. })),
                "{url} {notifications:?}"
            );
        }
    }

    #[test]
    fn a_nodes_url_with_more_than_scheme_host_and_port_is_refused_with_the_right_one() {
        for url in [
            "https://fa.example:8445/finesse/api",
            "https://user@fa.example:8445",
            "https://fa.example:8445/?a",
        ] {
            let error = endpoint(url, None, false).unwrap_err().to_string();
            assert_eq!(
                error,
                "only scheme, host and port of a node are configured: write https://fa.example:8445, and the path of a \
                 proxy as `path`"
            );
        }
    }

    #[test]
    fn a_password_in_a_url_is_not_repeated() {
        for (url, notifications) in [
            ("https://user:hush@fa.example", None),
            ("http://user:hush@fa.example", None),
            ("https://fa.example", Some("ws://user:hush@fa.example:7071/ws/")),
            ("https://fa.example", Some("https://user:hush@fa.example")),
        ] {
            let error = endpoint(url, notifications, false).unwrap_err().to_string();
            assert!(error.contains("fa.example") && !error.contains("hush"), "{error}");
        }
    }
}
