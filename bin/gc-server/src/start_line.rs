//! The first line of the log: what has started, and whether it may open enough files for what it is configured for.

use rustix::process::{Resource, getrlimit};

use crate::config::Config;
use crate::version::version;

/// The listeners, the store, timers, and connections to neighbouring systems.
const OTHERS: u64 = 64;

/// Logs version, nodes, store and limit of open files; warns when that is too low for the connections and agents that there
/// may be.
pub(crate) fn say_what_starts(config: &Config) {
    let open_files = getrlimit(Resource::Nofile).current;
    let shown = open_files.map_or_else(|| "unlimited".to_owned(), |files| files.to_string());
    let store = match (&config.store.url, &config.store.path) {
        // The address has a password in it.
        (Some(_), _) => "PostgreSQL".to_owned(),
        (None, Some(path)) => path.display().to_string(),
        (None, None) => "memory".to_owned(),
    };
    tracing::info!(
        version = version(),
        nodes = config.node_urls().join(", "),
        store,
        open_files = shown,
        "starting"
    );
    let needed = needed(config.http.max_connections, config.session.licences);
    if let Some(open_files) = open_files.filter(|files| *files < needed) {
        tracing::warn!(
            open_files,
            needed,
            "the limit of open files is low (LimitNOFILE=, ulimit -n): there is one for each connection of clients \
             (http.max_connections) and each agent (session.licences), and a few more"
        );
    }
}

/// How many files may be open at once: one for each connection of clients and each agent's stream, and a few more. Without
/// licences the number of agents is not known, and counts as none.
fn needed(max_connections: usize, licences: Option<usize>) -> u64 {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    count(max_connections).saturating_add(count(licences.unwrap_or_default())).saturating_add(OTHERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connection_and_each_licence_needs_a_file() {
        assert_eq!(needed(1000, None), 1064);
        assert_eq!(needed(1000, Some(2000)), 3064);
        assert_eq!(needed(usize::MAX, Some(1)), u64::MAX);
    }
}
