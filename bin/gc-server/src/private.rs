//! Files with secrets: only the connector may read them.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::process::{Uid, geteuid};
use secrecy::SecretString;

/// The text of a file, and who may use it. Both are of the same file, even if another one takes its place meanwhile.
pub(crate) struct PrivateFile {
    pub(crate) text: SecretString,
    rights: Rights,
}

#[derive(Clone, Copy)]
struct Rights {
    mode: u32,
    owner: Uid,
}

impl PrivateFile {
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let rights = Rights { mode: metadata.mode() & 0o777, owner: Uid::from_raw(metadata.uid()) };
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        Ok(Self { text: SecretString::from(text), rights })
    }

    /// What is wrong if others than the connector may use the file, and what to do.
    pub(crate) fn exposed(&self, path: &Path) -> Option<String> {
        let Rights { mode, .. } = self.rights;
        let path = path.display();
        self.rights.needed(geteuid()).map(|needed| {
            format!("{path}: others than its owner may use it (mode {mode:04o}): run chmod {needed:o} {path}")
        })
    }
}

impl Rights {
    /// The mode that the file should have if this user is to run the connector; none if it is as good.
    fn needed(self, user: Uid) -> Option<u32> {
        // A service that may not change its own files reads those of root by its group; so do systemd's credentials.
        let (forbidden, needed) =
            if self.owner.is_root() && !user.is_root() { (0o037, 0o640) } else { (0o077, 0o600) };
        (self.mode & forbidden != 0).then_some(needed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_may_read_what_root_has_given_to_it_and_nothing_else() {
        let [root, service, somebody] = [0, 990, 1000].map(Uid::from_raw);
        for (owner, user, good, bad) in [
            (service, service, [0o600, 0o400].as_slice(), [0o640, 0o604, 0o610, 0o660, 0o644].as_slice()),
            (root, root, &[0o600, 0o400], &[0o640, 0o604, 0o440]),
            (somebody, service, &[0o600], &[0o640, 0o644]),
            (root, service, &[0o600, 0o640, 0o440], &[0o644, 0o660, 0o650, 0o641, 0o602]),
        ] {
            let is_bad = |mode: &u32| Rights { mode: *mode, owner }.needed(user).is_some();
            assert!(!good.iter().any(is_bad) && bad.iter().all(is_bad), "{owner:?} {user:?}");
        }
    }
}
