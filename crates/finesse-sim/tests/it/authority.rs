//! The certificate authority, stored across restarts.

use std::error::Error as _;
use std::fs;
use std::path::Path;

use finesse_sim::{Config, Error, Sim};
use tempfile::TempDir;

use crate::support::Bench;

async fn stored_in(directory: &Path) -> Bench {
    Bench::with(|config| config.ca_dir = Some(directory.join("ca"))).await
}

/// A directory with a stored authority.
async fn stored() -> TempDir {
    let directory = TempDir::new().unwrap();
    stored_in(directory.path()).await;
    directory
}

/// The error when the simulator is started with this directory.
async fn refusal(directory: &TempDir) -> String {
    let ca_dir = Some(directory.path().join("ca"));
    match Sim::start(Config { ca_dir, ..Config::demo().unwrap() }).await {
        Err(error @ Error::Authority { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_stored_authority_is_trusted_after_a_restart() {
    let directory = TempDir::new().unwrap();
    let first = stored_in(directory.path()).await;
    let trusted = first.sim.ca_pem().unwrap().to_owned();
    first.sim.shutdown().await;
    let second = stored_in(directory.path()).await;
    assert_eq!(second.sim.ca_pem(), Some(trusted.as_str()));
    assert_eq!(fs::read_to_string(directory.path().join("ca/ca.pem")).unwrap(), trusted);
    assert_eq!(second.get("1001", "/User/1001").await.status, 200);
    let other = Bench::with(|_| {}).await;
    assert_ne!(other.sim.ca_pem(), Some(trusted.as_str()), "without a directory each start has its own");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_key_of_a_stored_authority() {
    use std::os::unix::fs::PermissionsExt;
    let directory = stored().await;
    let mode = fs::metadata(directory.path().join("ca/ca.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn an_unreadable_authority_is_refused_and_left_unchanged() {
    for (file, text) in [("ca.key", "-----BEGIN"), ("ca.pem", "-----BEGIN"), ("ca.key", ""), ("ca.pem", "")] {
        let directory = stored().await;
        let path = directory.path().join("ca").join(file);
        fs::write(&path, text).unwrap();
        let refused = refusal(&directory).await;
        assert!(refused.starts_with("cannot use the certificate authority in "), "{refused}");
        assert!(refused.contains(file) && refused.contains("remove both"), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    let directory = stored().await;
    let path = directory.path().join("ca/ca.key");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let refused = refusal(&directory).await;
    assert!(refused.contains("ca.key: "), "{refused}");
}

#[tokio::test]
async fn what_is_wrong_with_an_authority_is_behind_the_error() {
    let directory = stored().await;
    let path = directory.path().join("ca/ca.key");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let ca_dir = Some(directory.path().join("ca"));
    let error = Sim::start(Config { ca_dir, ..Config::demo().unwrap() }).await.unwrap_err();
    let mut causes = std::iter::successors(error.source(), |&error| error.source());
    assert!(causes.any(|cause| cause.is::<std::io::Error>()), "{error:?}");
}

#[tokio::test]
async fn an_incomplete_authority_is_refused() {
    for (missing, present) in [("ca.key", "ca.pem"), ("ca.pem", "ca.key")] {
        let directory = stored().await;
        fs::remove_file(directory.path().join("ca").join(missing)).unwrap();
        let refused = refusal(&directory).await;
        assert!(refused.contains(&format!("{present} exists but {missing} does not")), "{refused}");
    }
}

#[tokio::test]
async fn a_certificate_of_another_key_is_refused() {
    let (directory, other) = (stored().await, stored().await);
    fs::copy(other.path().join("ca/ca.pem"), directory.path().join("ca/ca.pem")).unwrap();
    let refused = refusal(&directory).await;
    assert!(refused.contains("ca.pem is not the certificate of ca.key"), "{refused}");
}
