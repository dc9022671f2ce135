//! The certificate authority, kept across restarts.

use std::fs;
use std::path::Path;

use finesse_sim::{Config, Error, Sim};
use tempfile::TempDir;

use crate::support::Bench;

async fn kept_in(directory: &Path) -> Bench {
    Bench::with(|config| config.ca_dir = Some(directory.join("ca"))).await
}

/// A directory with an authority.
async fn kept() -> TempDir {
    let directory = TempDir::new().unwrap();
    kept_in(directory.path()).await;
    directory
}

/// Why the simulator does not start with this directory.
async fn refusal(directory: &TempDir) -> String {
    let ca_dir = Some(directory.path().join("ca"));
    match Sim::start(Config { ca_dir, ..Config::demo().unwrap() }).await {
        Err(error @ Error::Authority { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_kept_authority_is_trusted_after_a_restart() {
    let directory = TempDir::new().unwrap();
    let first = kept_in(directory.path()).await;
    let trusted = first.sim.ca_pem().unwrap().to_owned();
    first.sim.shutdown().await;
    let second = kept_in(directory.path()).await;
    assert_eq!(second.sim.ca_pem(), Some(trusted.as_str()));
    assert_eq!(fs::read_to_string(directory.path().join("ca/ca.pem")).unwrap(), trusted);
    assert_eq!(second.get("1001", "/User/1001").await.status, 200);
    let other = Bench::with(|_| {}).await;
    assert_ne!(other.sim.ca_pem(), Some(trusted.as_str()), "without a directory each has its own");
}

#[cfg(unix)]
#[tokio::test]
async fn the_key_of_a_kept_authority_is_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let directory = kept().await;
    let mode = fs::metadata(directory.path().join("ca/ca.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn an_authority_that_cannot_be_read_is_refused_and_left_as_it_is() {
    for (file, text) in [("ca.key", "-----BEGIN"), ("ca.pem", "-----BEGIN"), ("ca.key", ""), ("ca.pem", "")] {
        let directory = kept().await;
        let path = directory.path().join("ca").join(file);
        fs::write(&path, text).unwrap();
        let refused = refusal(&directory).await;
        assert!(refused.starts_with("cannot use the certificate authority in "), "{refused}");
        assert!(refused.contains(file) && refused.contains("remove both"), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    let directory = kept().await;
    let path = directory.path().join("ca/ca.key");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let refused = refusal(&directory).await;
    assert!(refused.contains("ca.key: "), "{refused}");
}

#[tokio::test]
async fn half_an_authority_is_refused() {
    for (missing, there) in [("ca.key", "ca.pem"), ("ca.pem", "ca.key")] {
        let directory = kept().await;
        fs::remove_file(directory.path().join("ca").join(missing)).unwrap();
        let refused = refusal(&directory).await;
        assert!(refused.contains(&format!("{there} is there and {missing} is not")), "{refused}");
    }
}

#[tokio::test]
async fn a_certificate_of_another_key_is_refused() {
    let (directory, other) = (kept().await, kept().await);
    fs::copy(other.path().join("ca/ca.pem"), directory.path().join("ca/ca.pem")).unwrap();
    let refused = refusal(&directory).await;
    assert!(refused.contains("ca.pem is not the certificate of ca.key"), "{refused}");
}
