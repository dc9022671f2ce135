//! Which keys hold secrets.

use super::Config;
use super::sections::{Cluster, Signing};

impl Config {
    /// The first key whose secret is in the file itself.
    pub(super) fn secret_in_file(&self) -> Option<String> {
        self.secrets().into_iter().find(|key| self.origin.in_file.contains_key(key))
    }

    /// The keys that hold secrets.
    pub(super) fn secrets(&self) -> Vec<String> {
        let of_clusters = self.cluster.iter().enumerate().flat_map(|(number, cluster)| {
            of_cluster(cluster).into_iter().map(move |key| format!("cluster.{number}.{key}"))
        });
        let of_finesse = of_cluster(&self.finesse).into_iter().map(|key| format!("finesse.{key}"));
        let of_directory = of_directory(self.directory.as_ref());
        let of_store = [
            self.store.key.is_some().then(|| "store.key".to_owned()),
            self.has_store_password().then(|| "store.url".to_owned()),
        ];
        let of_store = of_store.into_iter().flatten();
        let signs = |signing: Option<&Signing>| signing.is_some_and(|signing| signing.secrets.is_some());
        let of_callbacks =
            signs(self.callback.signing.as_ref()).then(|| "callback.signing.secrets".to_owned());
        let of_clients = self.client.iter().enumerate().filter(|(_, client)| signs(client.signing.as_ref()));
        let of_clients = of_clients.map(|(number, _)| format!("client.{number}.signing.secrets"));
        of_directory
            .into_iter()
            .chain(of_finesse)
            .chain(of_clusters)
            .chain(of_store)
            .chain(of_callbacks)
            .chain(of_clients)
            .collect()
    }
}

fn of_cluster(Cluster { administrator, directory, token_service, .. }: &Cluster) -> Vec<String> {
    let administrator = administrator.as_ref().map(|_| "administrator.password".to_owned());
    let authorization = token_service.as_ref().and_then(|service| service.authorization.as_ref());
    let authorization = authorization.map(|_| "token_service.authorization".to_owned());
    administrator.into_iter().chain(authorization).chain(of_directory(directory.as_ref())).collect()
}

fn of_directory(directory: Option<&gc_directory::Config>) -> Vec<String> {
    let keys = directory.map(gc_directory::Config::secrets).unwrap_or_default();
    keys.into_iter().map(|key| format!("directory.{key}")).collect()
}
