//! Profiles: connectors by name, in `$XDG_CONFIG_HOME/gc/config.toml`.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use gc_private::NamedFile;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::failed::{Failed, Kind};
use crate::private_file;

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profiles {
    /// The profile that counts where none is named.
    default: Option<String>,
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
}

/// A connector, and what to present to it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    pub(crate) url: Option<String>,
    /// Where `/admin` is, if it has a listener of its own.
    pub(crate) admin_url: Option<String>,
    pub(crate) token: Option<SecretString>,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) ca_file: Option<PathBuf>,
    /// Fingerprints of certificates to trust, as in gc.toml.
    #[serde(default)]
    pub(crate) pinned_sha256: Vec<String>,
    /// The client whose events show outcomes.
    pub(crate) client: Option<String>,
    pub(crate) session_url: Option<String>,
}

/// The profile of this name, or the default one; an empty one where none is named.
pub(crate) fn choose(name: Option<&str>) -> Result<Profile, Failed> {
    let path = path();
    let file = path.as_deref().map(private_file::read).transpose()?.flatten();
    match (path, file) {
        (Some(path), Some(file)) => read(&path, &file, name),
        (path, _) => match name {
            None => Ok(Profile::default()),
            Some(name) => {
                let path = path.unwrap_or_default();
                Err(config(&path, &format!("does not exist, so there is no profile {name:?}")))
            }
        },
    }
}

fn read(path: &Path, file: &NamedFile, name: Option<&str>) -> Result<Profile, Failed> {
    let text = file.text.expose_secret();
    let Profiles { default, mut profile } = toml::from_str(text).map_err(|error| {
        // Without the line itself, which may be the one with the token.
        let line = error
            .span()
            .and_then(|span| text.get(..span.start))
            .map_or(1, |before| before.matches('\n').count() + 1);
        config(path, &format!("line {line}: {}", error.message()))
    })?;
    if let (Some(exposed), true) = (file.exposed(path), profile.values().any(|each| each.token.is_some())) {
        return Err(Failed::new(Kind::Config, format!("{exposed}, or name a token_file instead of a token")));
    }
    let Some(name) = name.or(default.as_deref()) else { return Ok(Profile::default()) };
    let known: Vec<_> = profile.keys().cloned().collect();
    profile
        .remove(name)
        .ok_or_else(|| config(path, &format!("there is no profile {name:?}, only: {}", known.join(", "))))
}

/// `$XDG_CONFIG_HOME/gc/config.toml`, by default under `~/.config`. A relative XDG_CONFIG_HOME does not count, as its specification says.
fn path() -> Option<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || absolute("HOME").map(|home| home.join(".config"));
    absolute("XDG_CONFIG_HOME").or_else(home).map(|folder| folder.join("gc/config.toml"))
}

fn config(path: &Path, text: &str) -> Failed {
    Failed::new(Kind::Config, format!("{}: {text}", path.display()))
}
