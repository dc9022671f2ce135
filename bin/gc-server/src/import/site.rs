//! The site that the variables describe, and its gc.toml.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::IpAddr;

use url::Url;

use super::rows::{Side, Slot};

/// The values so far, each with the name of its variable.
#[derive(Default)]
pub(super) struct Site {
    filled: BTreeMap<Slot, (String, String)>,
    /// How nodes were reached without TLS: `http and 8082`.
    plain: BTreeMap<Side, String>,
}

/// Finesse's REST port since 11.0, of UCCE and UCCX.
const REST_PORT: u16 = 8445;
const SIDES: [Side; 2] = [Side::Primary, Side::Secondary];
/// Where Finesse served REST without TLS.
const PLAIN_PORTS: [u16; 3] = [80, 8080, 8082];

impl Site {
    /// Takes a value, unless its place is filled or it cannot be used there; what became of it.
    pub(super) fn fill(&mut self, slot: Slot, name: &str, value: &str) -> String {
        let values: Vec<_> = match slot {
            // Both nodes in one variable.
            Slot::Node(Side::Primary) if value.contains([',', ';']) => {
                let values = value.split([',', ';']).map(str::trim).filter(|value| !value.is_empty());
                SIDES.into_iter().map(Slot::Node).zip(values).collect()
            }
            _ => vec![(slot, value)],
        };
        let outcomes: Vec<_> = values.into_iter().map(|(slot, value)| self.put(slot, name, value)).collect();
        outcomes.join(", ")
    }

    fn put(&mut self, slot: Slot, name: &str, value: &str) -> String {
        if let Some((_, other)) = self.filled.get(&slot) {
            return format!("not used: {} is from {other}", slot.key());
        }
        match slot.read(value) {
            Ok(read) => {
                if let (Slot::Node(side), Some(plain)) = (slot, plain(value)) {
                    self.plain.insert(side, plain);
                }
                self.filled.insert(slot, (read, name.to_owned()));
                slot.key().to_owned()
            }
            Err(why) => format!("not used for {}: {why}", slot.key()),
        }
    }

    fn value(&self, slot: Slot) -> Option<&str> {
        self.filled.get(&slot).map(|(value, _)| value.as_str())
    }

    /// The configuration, and a line for each part that is not complete.
    pub(super) fn toml(&self) -> (String, Vec<String>) {
        let (mut toml, mut incomplete) = (String::new(), Vec::new());
        let out = &mut toml;
        line(
            out,
            "# Made by gc-server import-env. docs/moving.md says what to add before agents are moved.\n",
        );
        line(out, "[http]");
        let port = self.value(Slot::ListenPort).unwrap_or("8112");
        line(out, &format!("listen = \"127.0.0.1:{port}\""));
        line(
            out,
            "# For clients on other machines: give each a token (gc-server token new) and a [[client]], then",
        );
        line(out, &format!("# listen = \"0.0.0.0:{port}\"\n"));
        line(out, "[finesse]");
        self.setting(out, "platform", Slot::Platform);
        self.nodes(out);
        match self.account(Slot::AdministratorUser, Slot::AdministratorPassword) {
            Ok(Some((user, password))) => {
                line(out, &format!("administrator = {{ user = {user}, password = {password} }}"));
            }
            Ok(None) => {}
            Err(()) => {
                incomplete.push("finesse.administrator: left out: it needs a user and a password".to_owned())
            }
        }
        self.section(
            out,
            "[session]",
            &[
                ("time_zone", Slot::TimeZone),
                ("licences", Slot::Licences),
                ("force_not_ready_reason", Slot::NotReadyReason),
                ("force_logout_reason", Slot::LogoutReason),
            ],
        );
        self.callback(out, &mut incomplete);
        let sources = [
            ("directory.cce", Slot::CceUrl, Slot::CceUser, Slot::CcePassword),
            ("directory.axl", Slot::AxlUrl, Slot::AxlUser, Slot::AxlPassword),
        ];
        for (key, url, user, password) in sources {
            let account = self.account(user, password);
            match (self.value(url), &account) {
                (Some(url), Ok(Some((user, password)))) => {
                    let url = quoted(url);
                    line(out, &format!("\n[{key}]\nurl = {url}\nusername = {user}\npassword = {password}"));
                }
                (None, Ok(None)) => {}
                _ => incomplete.push(format!("{key}: left out: it needs an address, a user and a password")),
            }
        }
        self.section(out, "[log]", &[("filter", Slot::LogLevel)]);
        (toml, incomplete)
    }

    pub(super) fn has_secrets(&self) -> bool {
        [Slot::AdministratorPassword, Slot::AxlPassword, Slot::CcePassword]
            .iter()
            .any(|slot| self.filled.contains_key(slot))
    }

    fn nodes(&self, out: &mut String) {
        line(out, "nodes = [");
        for (host, port) in SIDES.into_iter().filter_map(|side| self.node(side)) {
            line(out, &format!("  {{ url = {} }},", quoted(&format!("https://{host}:{port}"))));
        }
        line(out, "]");
    }

    /// Name and port of a node.
    fn node(&self, side: Side) -> Option<(&str, String)> {
        let host = self.value(Slot::Node(side))?;
        // One port for both is common.
        let port = self.value(Slot::NodePort(side)).or(self.value(Slot::NodePort(Side::Primary)));
        Some(match host.rsplit_once(':') {
            // A port of its own, not the end of an IPv6 address.
            Some((host, port)) if !port.contains(']') => (host, port.to_owned()),
            _ => (host, port.map_or_else(|| REST_PORT.to_string(), str::to_owned)),
        })
    }

    /// What has to be known of the nodes that this variable names.
    pub(super) fn remarks(&self, name: &str) -> String {
        let is_from = |side: &Side| self.filled.get(&Slot::Node(*side)).is_some_and(|(_, from)| from == name);
        let mut remarks = String::new();
        for side in SIDES.into_iter().filter(is_from) {
            let Some((host, port)) = self.node(side) else { continue };
            if let Some(plain) = self.plain.get(&side) {
                let _ = write!(remarks, " (https and {port} instead of {plain})");
            }
            if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
                let _ = write!(remarks, " ({host} is no name: write the one that is in the certificate)");
            }
        }
        remarks
    }

    fn callback(&self, out: &mut String, incomplete: &mut Vec<String>) {
        let Some(base) = self.value(Slot::Callback) else {
            if self.value(Slot::CallbackEndpoint).is_some() {
                incomplete.push("callback.default_url: left out: the path alone is no address".to_owned());
            }
            return;
        };
        let endpoint = self.value(Slot::CallbackEndpoint).unwrap_or_default();
        line(out, &format!("\n[callback]\ndefault_url = {}", quoted(&format!("{base}{endpoint}"))));
    }

    fn section(&self, out: &mut String, header: &str, keys: &[(&str, Slot)]) {
        if keys.iter().any(|(_, slot)| self.filled.contains_key(slot)) {
            line(out, &format!("\n{header}"));
        }
        for (key, slot) in keys {
            self.setting(out, key, *slot);
        }
    }

    fn setting(&self, out: &mut String, key: &str, slot: Slot) {
        if let Some(value) = self.value(slot) {
            let value = if slot == Slot::Licences { value.to_owned() } else { quoted(value) };
            line(out, &format!("{key} = {value}"));
        }
    }

    /// A user and a password, quoted; an error if only one of them is there.
    fn account(&self, user: Slot, password: Slot) -> Result<Option<(String, String)>, ()> {
        match (self.value(user), self.value(password)) {
            (Some(user), Some(password)) => Ok(Some((quoted(user), quoted(password)))),
            (None, None) => Ok(None),
            _ => Err(()),
        }
    }
}

impl Slot {
    /// The key of the configuration.
    fn key(self) -> &'static str {
        match self {
            Self::ListenPort => "http.listen",
            Self::Platform => "finesse.platform",
            Self::Node(Side::Primary) | Self::NodePort(Side::Primary) => "finesse.nodes.0.url",
            Self::Node(Side::Secondary) | Self::NodePort(Side::Secondary) => "finesse.nodes.1.url",
            Self::AdministratorUser => "finesse.administrator.user",
            Self::AdministratorPassword => "finesse.administrator.password",
            Self::TimeZone => "session.time_zone",
            Self::Licences => "session.licences",
            Self::NotReadyReason => "session.force_not_ready_reason",
            Self::LogoutReason => "session.force_logout_reason",
            Self::Callback | Self::CallbackEndpoint => "callback.default_url",
            Self::CceUrl => "directory.cce.url",
            Self::CceUser => "directory.cce.username",
            Self::CcePassword => "directory.cce.password",
            Self::AxlUrl => "directory.axl.url",
            Self::AxlUser => "directory.axl.username",
            Self::AxlPassword => "directory.axl.password",
            Self::LogLevel => "log.filter",
        }
    }

    /// The value as the configuration has it.
    fn read(self, value: &str) -> Result<String, &'static str> {
        match self {
            Self::ListenPort => match value.parse::<u16>() {
                Ok(port) if port != 0 => Ok(port.to_string()),
                _ => Err("it is no port"),
            },
            Self::NodePort(_) => match value.parse::<u16>() {
                Ok(port) if port != 0 && !PLAIN_PORTS.contains(&port) => Ok(port.to_string()),
                Ok(_) => Err("REST without TLS is not used; the port is 8445 unless you write another"),
                Err(_) => Err("it is no port"),
            },
            Self::Node(_) => node(value),
            Self::Platform => match value.to_ascii_lowercase().as_str() {
                "ucce" | "cce" | "pcce" => Ok("ucce".to_owned()),
                "uccx" | "ccx" => Ok("uccx".to_owned()),
                _ => Err("it is neither UCCE nor UCCX"),
            },
            Self::TimeZone => match jiff::tz::TimeZone::get(value) {
                Ok(_) => Ok(value.to_owned()),
                Err(_) => Err("it is no name of a time zone such as Europe/Lisbon"),
            },
            Self::Licences => match value.parse::<u32>() {
                Ok(count) if count != 0 => Ok(count.to_string()),
                _ => Err("it is no number of agents"),
            },
            Self::NotReadyReason | Self::LogoutReason => {
                match value.chars().all(|character| character.is_ascii_digit()) {
                    true => Ok(value.to_owned()),
                    false => Err("it is no code"),
                }
            }
            Self::Callback => web(value, true),
            Self::CallbackEndpoint => match value.contains("://") {
                true => Err("it is a whole address"),
                false => Ok(format!("/{}", value.trim_start_matches('/'))),
            },
            Self::CceUrl | Self::AxlUrl => web(value, false),
            Self::LogLevel => match value.to_ascii_lowercase().as_str() {
                level @ ("error" | "warn" | "info" | "debug" | "trace") => Ok(level.to_owned()),
                _ => Err("it is no level of ours: error, warn, info, debug, trace"),
            },
            Self::AdministratorUser
            | Self::AdministratorPassword
            | Self::CceUser
            | Self::CcePassword
            | Self::AxlUser
            | Self::AxlPassword => Ok(value.to_owned()),
        }
    }
}

/// `host` or `host:port` of a node, whatever scheme and path it had. Without TLS there is no port to keep.
fn node(value: &str) -> Result<String, &'static str> {
    let url = address(value)?;
    let host = url.host_str().ok_or("it is no address")?;
    Ok(match url.port() {
        Some(port) if url.scheme() == "https" && !PLAIN_PORTS.contains(&port) => format!("{host}:{port}"),
        _ => host.to_owned(),
    })
}

/// Scheme and port of a node without TLS, if these are what it had: neither of them stays.
fn plain(value: &str) -> Option<String> {
    let url = address(value).ok().filter(|url| url.scheme() == "http")?;
    Some(match url.port() {
        Some(port) => format!("http and {port}"),
        None => "http".to_owned(),
    })
}

/// The address of a service, without the slash at its end; `https` unless another scheme is there and may stay.
fn web(value: &str, may_be_plain: bool) -> Result<String, &'static str> {
    let url = address(value)?;
    match url.scheme() {
        "https" => {}
        "http" if may_be_plain => {}
        _ => return Err("it does not begin with https"),
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn address(value: &str) -> Result<Url, &'static str> {
    let url = match value.contains("://") {
        true => Url::parse(value),
        false => Url::parse(&format!("https://{value}")),
    };
    match url {
        Ok(url) if url.username().is_empty() && url.password().is_none() && url.has_host() => Ok(url),
        Ok(_) => Err("an address has no user in it"),
        Err(_) => Err("it is no address"),
    }
}

fn quoted(value: &str) -> String {
    toml::Value::from(value).to_string()
}

fn line(out: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}
