//! Which connector, and what to present to it: options before variables, variables before the profile.

use std::env;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use gc_net::{NamedTrust, Trust};
use reqwest::Url;
use secrecy::SecretString;

use crate::arguments::Where;
use crate::failed::{Failed, Kind};
use crate::output::{note, shown};
use crate::private_file;
use crate::profile::{self, Profile};

/// The connector of `gc-server demo`, and of one without configuration.
const DEFAULT_URL: &str = "http://127.0.0.1:8112";

/// What was chosen.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) url: Url,
    pub(crate) token: Option<SecretString>,
    /// The token is the profile's, which goes to no other address.
    pub(crate) is_profiles_token: bool,
    pub(crate) trust: Trust,
    /// The file of `trust`, for whoever does the same with another program.
    pub(crate) ca_file: Option<PathBuf>,
    /// The client whose events show outcomes.
    pub(crate) client: Option<String>,
    pub(crate) session_url: Option<String>,
}

impl Target {
    /// The listener for commands and events.
    pub(crate) fn choose(at: &Where) -> Result<Self, Failed> {
        let profile = profile::choose(at.profile.as_deref())?;
        let (url, is_profiles) = of_commands(at, &profile)?;
        Self::at(at, profile, url, is_profiles)
    }

    /// The listener for administrators, which may be the same.
    pub(crate) fn choose_admin(at: &Where) -> Result<Self, Failed> {
        let profile = profile::choose(at.profile.as_deref())?;
        let (of_commands, is_profiles) = of_commands(at, &profile)?;
        let (url, is_profiles) = match (&at.admin_url, &profile.admin_url) {
            (Some(given), _) => {
                let url = url(given)?;
                let is_profiles = is_profiles && url == of_commands || is(&profile.admin_url, &url);
                (url, is_profiles)
            }
            (None, Some(admin_url)) if is_profiles => (url(admin_url)?, true),
            (None, _) => (of_commands, is_profiles),
        };
        Self::at(at, profile, url, is_profiles)
    }

    fn at(at: &Where, profile: Profile, url: Url, is_profiles: bool) -> Result<Self, Failed> {
        let (token, is_profiles_token) = token(at, &profile, is_profiles)?;
        let ca_file = at.ca_file.clone().or_else(|| profile.ca_file.clone());
        let trust = trust(&url, ca_file.as_deref(), &profile.pinned_sha256)?;
        if token.is_some() && url.scheme() == "http" && !is_loopback(&url) {
            note("the token travels readable: the address begins with http://");
        }
        let (client, session_url) = (profile.client, profile.session_url);
        Ok(Self { url, token, is_profiles_token, trust, ca_file, client, session_url })
    }
}

/// The address for commands, and whether it is the profile's: another connector must not get the token of this profile.
fn of_commands(at: &Where, profile: &Profile) -> Result<(Url, bool), Failed> {
    match &at.url {
        Some(given) => {
            let url = url(given)?;
            let is_profiles = is(&profile.url, &url);
            Ok((url, is_profiles))
        }
        None => Ok((url(profile.url.as_deref().unwrap_or(DEFAULT_URL))?, true)),
    }
}

fn is(of_profile: &Option<String>, chosen: &Url) -> bool {
    of_profile.as_deref().is_some_and(|text| url(text).is_ok_and(|its| its == *chosen))
}

/// The token, and whether it is the profile's.
fn token(at: &Where, profile: &Profile, is_profiles: bool) -> Result<(Option<SecretString>, bool), Failed> {
    if let Some(file) = &at.token_file {
        return private_file::token(file).map(|token| (Some(token), false));
    }
    let has_own = is_profiles && (profile.token.is_some() || profile.token_file.is_some());
    // A profile that was asked for has its own token: that of the variable may be another connector's.
    let variable = env::var("GC_TOKEN").ok().filter(|token| !token.is_empty());
    if let Some(token) = variable.filter(|_| at.profile.is_none() || !has_own) {
        return Ok((Some(SecretString::from(token)), false));
    }
    match (&profile.token, &profile.token_file) {
        (None, None) => Ok((None, false)),
        _ if !is_profiles => {
            note("the token of the profile is for its own address, and is not sent to this one");
            Ok((None, false))
        }
        (Some(_), Some(_)) => Err(Failed::new(Kind::Config, "a profile has token or token_file, not both")),
        (Some(token), None) => Ok((Some(token.clone()), true)),
        (None, Some(file)) => private_file::token(file).map(|token| (Some(token), true)),
    }
}

fn url(text: &str) -> Result<Url, Failed> {
    let wrong = |reason: &str| Failed::new(Kind::Usage, format!("the address of the connector {reason}"));
    let url = match Url::parse(text) {
        // Of `localhost:8112` the name is read as the scheme.
        Ok(url) if !url.cannot_be_a_base() => url,
        _ => return Err(wrong(&format!("is not one: write {}", with_scheme(text)))),
    };
    match url.scheme() {
        "http" | "https" if url.username().is_empty() && url.password().is_none() => Ok(url),
        "http" | "https" => Err(wrong("must not contain a user or password")),
        _ => Err(wrong("must begin with http:// or https://")),
    }
}

/// The address that was probably meant. One with a password is not repeated.
fn with_scheme(text: &str) -> String {
    let https = format!("https://{text}");
    match Url::parse(&https) {
        Ok(_) if !text.contains('@') && !text.starts_with("http") => shown(&https),
        _ => "it as https://gc.example.com:8112".to_owned(),
    }
}

fn trust(url: &Url, ca_file: Option<&Path>, pins: &[String]) -> Result<Trust, Failed> {
    // Without TLS nobody is verified; a system without authorities has no say.
    if url.scheme() == "http" {
        return Ok(Trust::Pinned(Vec::new()));
    }
    // A file of the command line counts more than the profile's fingerprints.
    let pinned_sha256 = if ca_file.is_some() { &[] } else { pins };
    Trust::named(&NamedTrust { ca_file, ca_pem: None, pinned_sha256 }).map_err(|faults| {
        let said = faults.iter().map(|fault| format!("{}: {fault}", fault.key().unwrap_or_default()));
        Failed::new(Kind::Config, said.collect::<Vec<_>>().join("; "))
    })
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address: Result<IpAddr, _> = host.trim_matches(['[', ']']).parse();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_http_or_https_and_holds_no_password() {
        for good in ["http://127.0.0.1:8112", "https://gc.example.com", "https://proxy.example/gc/"] {
            assert!(url(good).is_ok(), "{good}");
        }
        for wrong in [
            "127.0.0.1:8112",
            "gc.example.com",
            "ftp://gc.example",
            "https://me:hush@gc.example",
            "me:hush@gc.example",
            "http:",
            "",
        ] {
            let error = url(wrong).unwrap_err();
            assert!(error.kind == Kind::Usage && !error.reason.contains("hush"), "{wrong}: {error:?}");
        }
        for bare in ["localhost:8112", "127.0.0.1:8112", "gc.example.com"] {
            let error = url(bare).unwrap_err().reason;
            assert!(error.ends_with(&format!(" is not one: write https://{bare}")), "{error}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        let is = |text: &str| is_loopback(&url(text).unwrap());
        assert!(is("http://localhost:1") && is("http://127.0.0.9:1") && is("http://[::1]:1"));
        assert!(!is("http://10.0.0.1") && !is("http://localhost.example") && !is("http://127.0.0.1.example"));
    }
}
