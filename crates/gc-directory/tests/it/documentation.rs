//! The examples in docs/directory.md.

use gc_directory::{Config, Sources};
use serde::Deserialize;

#[derive(Deserialize)]
struct Server {
    directory: Config,
}

#[test]
fn every_example_in_the_documentation_is_a_valid_configuration() {
    let text = include_str!("../../../../docs/directory.md");
    let examples: Vec<_> =
        text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(examples.len() >= 4);
    for example in examples {
        let server: Server = toml::from_str(example).unwrap_or_else(|error| panic!("{example}\n{error}"));
        // The files with certificates do not exist here.
        let mut config = server.directory;
        let pin = || Some("00".repeat(32));
        let parts = [
            config.cce.as_mut().map(|cce| &mut cce.http),
            config.axl.as_mut().map(|axl| &mut axl.http),
            config.ccx.as_mut().map(|ccx| &mut ccx.http),
            config.recorder.as_mut().map(|recorder| &mut recorder.http),
        ];
        for http in parts.into_iter().flatten() {
            (http.ca_file, http.pinned_sha256) = (None, pin());
        }
        Sources::new(&config).unwrap_or_else(|error| panic!("{example}\n{error}"));
    }
}
