#![doc = include_str!("../README.md")]
//!
//! Begin with [`NamedFile::read`] for a file that somebody names, or [`Rights::of`] for an open one.
//!
//! Of other crates its interface shows `secrecy`.

mod named;

pub use named::{NamedFile, Unreadable, read_certificates, read_public};

use std::{fs::File, io, os::unix::fs::MetadataExt, path::Path};

use rustix::process::{Gid, Uid, geteuid};

/// Who may use a file.
#[derive(Clone, Copy, Debug)]
pub struct Rights {
    mode: u32,
    owner: Uid,
    group: Gid,
}

impl Rights {
    /// Those of an open file.
    ///
    /// # Errors
    /// When the system does not say them.
    pub fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let (owner, group) = (Uid::from_raw(metadata.uid()), Gid::from_raw(metadata.gid()));
        Ok(Self { mode: metadata.mode() & 0o777, owner, group })
    }

    /// What is wrong if others than the program may use the file, and what to do.
    #[must_use]
    pub fn exposed(self, path: &Path) -> Option<String> {
        let (mode, path) = (self.mode, path.display());
        self.needed(geteuid()).map(|needed| {
            format!("{path}: others than its owner may use it (mode {mode:04o}): run chmod {needed:o} {path}")
        })
    }

    /// What is wrong if the file, which the program writes, is another user's, and what to do.
    #[must_use]
    pub fn foreign(self, path: &Path) -> Option<String> {
        let (user, owner, path) = (geteuid(), self.owner, path.display());
        (owner != user).then(|| {
            let (user, owner) = (user.as_raw(), owner.as_raw());
            format!(
                "{path}: it belongs to the user {owner}, and this program runs as {user}: run it as {owner}, or run chown {user} {path}"
            )
        })
    }

    /// The mode that the file should have if this user is to run the program; none if it is as good.
    fn needed(self, user: Uid) -> Option<u32> {
        // A service that may not change its own files reads those of root by its group; so do systemd's credentials. Root may look at them
        // before the service does.
        let is_given = self.owner.is_root() && !(user.is_root() && self.group.is_root());
        let (forbidden, needed) = if is_given { (0o037, 0o640) } else { (0o077, 0o600) };
        (self.mode & forbidden != 0).then_some(needed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_may_read_what_root_has_given_to_it_and_nothing_else() {
        let [root, service, somebody] = [0, 990, 1000];
        let given = ([0o600, 0o640, 0o440].as_slice(), [0o644, 0o660, 0o650, 0o641, 0o602].as_slice());
        for (owner, group, user, (good, bad)) in [
            (service, service, service, ([0o600, 0o400].as_slice(), [0o640, 0o604, 0o610, 0o660].as_slice())),
            (root, root, root, (&[0o600, 0o400], &[0o640, 0o604, 0o440])),
            (somebody, service, service, (&[0o600], &[0o640, 0o644])),
            (root, service, service, given),
            (root, service, root, given),
        ] {
            let (owner, group, user) = (Uid::from_raw(owner), Gid::from_raw(group), Uid::from_raw(user));
            let is_bad = |mode: &u32| Rights { mode: *mode, owner, group }.needed(user).is_some();
            assert!(!good.iter().any(is_bad) && bad.iter().all(is_bad), "{owner:?} {group:?} {user:?}");
        }
    }

    #[test]
    fn a_file_of_another_user_is_foreign() {
        let file = Rights { mode: 0o600, owner: Uid::from_raw(geteuid().as_raw() + 1), group: Gid::ROOT };
        assert!(file.foreign(Path::new("store")).is_some_and(|text| text.contains("chown")));
        assert_eq!(Rights { owner: geteuid(), ..file }.foreign(Path::new("store")), None);
    }
}
