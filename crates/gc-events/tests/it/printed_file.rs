//! Files of the repository that are printed from the code. `UPDATE_PRINTED=1 cargo test` updates them.

use std::path::{Path, PathBuf};

/// Fails when the file differs from what the code prints.
pub(crate) fn check(path: &str, printed: &str) {
    let path = repository().join(path);
    if std::env::var_os("UPDATE_PRINTED").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, printed).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == printed,
        "{} differs from what the code prints; UPDATE_PRINTED=1 cargo test updates it",
        path.display()
    );
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}
