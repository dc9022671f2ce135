//! What can be used but is probably a mistake: `check-config` prints it, and `serve` logs it.

use gc_environment::{Environment, RealEnvironment};
use gc_guard::Entry;

use super::misspelt::misspelt;
use super::{Config, database};

impl Config {
    /// What can be used but is probably a mistake, each on one line that begins with its key.
    pub fn warnings(&self) -> Vec<String> {
        let variables = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let tls = self.http.tls.as_ref().and_then(|tls| tls.warning(RealEnvironment.now()));
        let group = self.group.iter().flat_map(|group| group.warnings());
        let debuggable = self.process.debuggable.then(|| {
            "process.debuggable: other processes of the same user can read passwords in memory".to_owned()
        });
        self.of_callers()
            .into_iter()
            .chain(self.of_kept())
            .chain(self.risky_callbacks())
            .chain(self.without_effect())
            .chain(misspelt(variables))
            .chain(tls)
            .chain(group)
            .chain(self.unknown_targets())
            .chain(debuggable)
            .collect()
    }

    fn of_callers(&self) -> Vec<String> {
        let mut found = Vec::new();
        if let Some((key, address)) = self.reachable() {
            if self.is_open() {
                found.push(
                    "http.open: callers are not identified: all of them may drive every agent".to_owned(),
                );
            }
            if self.http.tls.is_none() {
                found.push(format!(
                    "{key}: passwords and tokens travel readable, because other machines can reach {address} and there \
                     is no [http.tls]"
                ));
            }
        }
        if self.http.console && self.browsers().is_ok_and(|browsers| !browsers.know_their_own_page()) {
            found.push(
                "http.console: what its page sends is refused (403): write its origin into http.origins, such as \
                 https://gc.example.com:8112"
                    .to_owned(),
            );
        }
        found
    }

    fn of_kept(&self) -> Vec<String> {
        let store = &self.store;
        let mut found = Vec::new();
        let keeps = store.path.is_some() || store.url.is_some();
        if keeps && store.key_file.is_none() && store.key.is_none() {
            found.push(
                "store.key_file: is missing: a restart ends all sessions, because there is no key for passwords"
                    .to_owned(),
            );
        }
        if store.url.as_ref().is_some_and(database::is_readable) {
            found.push("store.url: events and sealed passwords travel readable (sslmode=disable)".to_owned());
        }
        found
    }

    fn risky_callbacks(&self) -> Vec<String> {
        let is_risky = |text: &&String| text.parse::<Entry>().is_ok_and(|entry| entry.allows_metadata());
        let warning = |text: &String| {
            format!(
                "callback.allow: {text:?} includes metadata services of clouds, from which clients could read this \
                 machine's credentials"
            )
        };
        self.callback.allow.iter().filter(is_risky).map(warning).collect()
    }
}
