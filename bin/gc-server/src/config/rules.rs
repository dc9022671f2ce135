//! What has the right shape, but cannot work: zeroes, delays that exceed deadlines, keys that contradict each other.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use jiff::fmt::friendly::SpanPrinter;

use super::clusters::Section;
use super::sections::{Node, OrderName};
use super::{Config, ConfigError, bad};

/// Finesse signs an agent out this long after it lost the stream.
const SIGNED_OUT: Duration = Duration::from_secs(60);
/// All attempts of one REST request have this long.
const REQUEST: Duration = Duration::from_secs(18);
/// The resource of Cisco's own desktop. Two streams of one agent with the same resource end each other.
const DESKTOP: &str = "desktop";
/// A command with long texts has this many bytes.
const SMALLEST_BODY: usize = 1024;

impl Config {
    /// Everything that cannot work, although each key could for itself.
    pub(super) fn contradictions(&self) -> Vec<ConfigError> {
        let mut faults = self.zeroes();
        faults.extend(self.of_sessions());
        faults.extend(self.of_callbacks());
        faults.extend(self.of_listeners());
        let sections = self.sections();
        let mut nodes = BTreeMap::new();
        for section in &sections {
            faults.extend(self.of_cluster(section));
            for (number, node) in section.cluster.nodes.iter().enumerate() {
                let key = format!("{}.nodes.{number}.url", section.key);
                faults.extend(of_url(&key, node));
                let place = place(&node.url);
                if let Some(first) = nodes.get(&place) {
                    let text = format!("is the same node as {first}: write the other node, or leave it out");
                    faults.push(bad(key, text));
                } else if !place.is_empty() {
                    nodes.insert(place, key);
                }
            }
        }
        faults
    }

    /// Two listeners at one place.
    fn of_listeners(&self) -> Vec<ConfigError> {
        let http = &self.http;
        let all = [
            ("http.listen", Some(http.listen)),
            ("http.health_listen", http.health_listen),
            ("http.admin_listen", http.admin_listen),
            ("group.listen", self.group.as_ref().map(|group| group.listen)),
        ];
        let all: Vec<_> = all.into_iter().filter_map(|(key, address)| Some((key, address?))).collect();
        let overlap = |one: SocketAddr, other: SocketAddr| {
            let is_same = one.port() == other.port() && one.port() != 0;
            is_same && (one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified())
        };
        let fault = |(number, (key, address)): (usize, &(&'static str, SocketAddr))| {
            let (first, _) = all.iter().take(number).find(|(_, first)| overlap(*first, *address))?;
            Some(bad(*key, format!("{address} is where {first} is already: write another port")))
        };
        all.iter().enumerate().filter_map(fault).collect()
    }

    fn zeroes(&self) -> Vec<ConfigError> {
        let (http, session) = (&self.http, &self.session);
        let checks = [
            ("http.max_clients", Some(http.max_clients), "no client could say Hello"),
            ("http.max_connections", Some(http.max_connections), "nobody could connect"),
            ("session.max_open_commands", Some(session.max_open_commands), "no command would be accepted"),
            ("session.max_refused_passwords", Some(session.max_refused_passwords), "nobody could connect"),
            ("session.licences", session.licences, "no agent could sign in"),
            (
                "outbox.max_undelivered",
                Some(self.outbox.max_undelivered),
                "every event would be a dead letter",
            ),
        ];
        let mut faults: Vec<_> = checks
            .into_iter()
            .filter(|(_, number, _)| *number == Some(0))
            .map(|(key, _, then)| bad(key, format!("cannot be 0, because {then}: write 1 or more")))
            .collect();
        if http.max_body_bytes < SMALLEST_BODY {
            let text = format!("is too small for a command: write {SMALLEST_BODY} or more");
            faults.push(bad("http.max_body_bytes", text));
        }
        faults
    }

    fn of_sessions(&self) -> Vec<ConfigError> {
        let session = &self.session;
        let mut faults = Vec::new();
        if session.reconnect_max >= SIGNED_OUT {
            let text = "has to be shorter than 60s: Finesse signs an agent out 60 s after it lost the stream";
            faults.push(bad("session.reconnect_max", text));
        }
        faults.extend(self.exceeds(
            ("session.reconnect_first", session.reconnect_first),
            ("session.reconnect_max", session.reconnect_max),
        ));
        let resource = session.resource.as_str();
        if resource.eq_ignore_ascii_case(DESKTOP) {
            let text = "is the resource of Cisco's own desktop, and the two would end each other's streams: write another \
                        word, such as gc";
            faults.push(bad("session.resource", text));
        } else if resource.is_empty() || resource.len() > 1023 || resource.chars().any(char::is_control) {
            faults.push(bad("session.resource", "cannot be used: write a word, such as gc"));
        }
        for (key, code) in [
            ("session.force_not_ready_reason", &session.force_not_ready_reason),
            ("session.force_logout_reason", &session.force_logout_reason),
        ] {
            if code.as_ref().is_some_and(|code| code.trim().is_empty()) {
                faults.push(bad(key, "is empty: write the code of a reason, or leave the key out"));
            }
        }
        faults
    }

    fn of_callbacks(&self) -> Vec<ConfigError> {
        let callback = &self.callback;
        let mut faults = Vec::new();
        faults.extend(self.exceeds(
            ("callback.connect_timeout", callback.connect_timeout),
            ("callback.attempt_timeout", callback.attempt_timeout),
        ));
        let age = ("callback.max_age", callback.max_age);
        if let Some(last) = callback.retry_at.last() {
            faults.extend(self.exceeds(("callback.retry_at", *last), age));
        }
        faults.extend(self.exceeds(("callback.retry_every", callback.retry_every), age));
        faults.extend(self.exceeds(("callback.max_retry_after", callback.max_retry_after), age));
        faults.extend(self.exceeds(("callback.gone_pause", callback.gone_pause), age));
        faults
    }

    fn of_cluster(&self, section: &Section<'_>) -> Vec<ConfigError> {
        let (cluster, key) = (section.cluster, |name: &str| format!("{}.{name}", section.key));
        let mut faults = Vec::new();
        let (connect, request) = (key("connect_timeout"), key("request_timeout"));
        faults.extend(self.exceeds((&connect, cluster.connect_timeout), (&request, cluster.request_timeout)));
        if cluster.request_timeout > REQUEST {
            let text = "has to be at most 18s, which all attempts of one request have together";
            faults.push(bad(&request, text));
        }
        let silence = cluster.ping_interval.saturating_mul(cluster.ping_misses.get().saturating_add(1));
        if silence >= SIGNED_OUT {
            let worst = if self.is_written(&key("ping_misses")) { "ping_misses" } else { "ping_interval" };
            let text = "a lost stream would be noticed too late: (ping_misses + 1) × ping_interval has to be shorter than \
                        60s, because Finesse signs an agent out 60 s after it lost the stream";
            faults.push(bad(key(worst), text));
        }
        if let Some(administrator) = &cluster.administrator
            && administrator.user.trim().is_empty()
        {
            faults.push(bad(
                key("administrator.user"),
                "is empty: write the user, or leave the administrator out",
            ));
        }
        faults
    }

    /// A delay that is written there, and is longer than what it is a part of.
    fn exceeds(
        &self,
        (key, delay): (&str, Duration),
        (limit, most): (&str, Duration),
    ) -> Option<ConfigError> {
        (delay > most && self.is_written(key)).then(|| {
            let most = SpanPrinter::new().unsigned_duration_to_string(&most);
            bad(key, format!("is longer than {limit} ({most}): make it shorter, or that one longer"))
        })
    }

    fn is_written(&self, key: &str) -> bool {
        self.origin.is_given(&self.origin.key_in_file(key))
    }

    /// Keys that have no effect beside others.
    pub(super) fn without_effect(&self) -> Vec<String> {
        let mut found = Vec::new();
        let has_no_effect = |key: &str, because: &str| format!("{key}: has no effect, because {because}");
        if self.is_written("callback.max_in_flight")
            && matches!(self.callback.order, OrderName::Client)
            && !self.client.iter().any(|client| client.order.is_some())
        {
            found.push(has_no_effect("callback.max_in_flight", "callback.order is client"));
        }
        if self.http.open && self.is_local() {
            found.push(has_no_effect("http.open", "only this machine can reach http.listen"));
        }
        found
    }
}

/// A node is dialled at its port.
fn of_url(key: &str, node: &Node) -> Option<ConfigError> {
    let (_, rest) = node.url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // What is before the last `@` may be a password.
    let host_and_port = authority.rsplit('@').next().unwrap_or_default();
    let port = host_and_port.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.contains(']'));
    match port {
        Some(port) if port.parse::<u16>().is_ok_and(|port| port > 0) => None,
        // Not a URL at all, which is reported where it is parsed.
        Some(port) if !port.is_empty() && port.parse::<u16>().is_err() => None,
        Some("0" | "00" | "000") => {
            Some(bad(key, "nobody listens on port 0: write the port of the REST server, usually 8445"))
        }
        _ if host_and_port.is_empty() => None,
        _ => {
            let host = host_and_port.trim_end_matches(':');
            let scheme = if node.url.starts_with("http://") { "http" } else { "https" };
            Some(bad(key, format!("has no port: write it, such as {scheme}://{host}:8445")))
        }
    }
}

/// By which the same node is recognised.
fn place(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase()
}
