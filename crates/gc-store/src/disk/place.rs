//! Where the database is: a file that this process alone uses, for as long as it lives.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io, iter,
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use gc_private::Rights;
use redb::{Builder, Database, Error, backends::FileBackend};

use super::fault::{Fault, OpenError};

/// A place for a database; a test has another disk than the system's.
pub(super) trait Place: Send {
    fn path(&self) -> &Path;
    /// Whether there is anything.
    fn is_there(&self) -> io::Result<bool>;
    /// Opens what is there.
    fn open(&mut self, builder: Builder) -> Result<Database, OpenError>;
    /// Makes an empty database, which [`Place::put`] puts into its place. What is there stays until then.
    fn begin(&mut self, builder: Builder) -> Result<Database, Fault>;
    fn put(&mut self) -> Result<(), Fault>;
    /// How many bytes are there.
    fn length(&self) -> io::Result<u64>;
    /// All bytes that are there.
    fn read(&self) -> io::Result<Vec<u8>>;
    /// Fails if what is there is not what was committed last.
    fn check(&self) -> Result<(), Fault>;
    /// Something was committed. Fails if it is not what is there.
    fn committed(&mut self) -> Result<(), Fault>;
    /// Whether the last process went on in memory when the disk had failed, and did not come back: what is there is old.
    fn is_outdated(&self) -> bool;
    /// Notes this for the next process, if the disk still takes it.
    fn note_outdated(&mut self, is_outdated: bool);
}

/// The file at a path.
pub(super) struct FilePlace {
    path: PathBuf,
    lock: FileLock,
    /// The file that was opened, and its length after the last commit.
    known: Option<Identity>,
    /// A new file beside it.
    making: Option<Identity>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    length: u64,
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino(), length: metadata.len() }
    }

    fn is_same_file(self, other: Self) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
    }
}

impl FilePlace {
    /// Takes the place, so that no other process can take it.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        // Before anything is made beside a file of somebody else.
        match open_own(path) {
            Err(OpenError::Io { reason, .. }) if reason.kind() == io::ErrorKind::NotFound => {}
            other => _ = other?,
        }
        let unusable = |reason| OpenError::Io { path: path.to_owned(), reason };
        let lock_path = beside(path, "lock");
        // A link leads to another file than the one that is locked.
        if let Ok(named) = fs::symlink_metadata(&lock_path) {
            unless_named(&lock_path, &named)?;
        }
        let lock = FileLock::take(lock_path).map_err(unusable)?;
        let lock = lock.ok_or_else(|| OpenError::in_use(path))?;
        Ok(Self { path: path.to_owned(), lock, known: None, making: None })
    }

    /// The file at the path now.
    fn present(&self) -> io::Result<Identity> {
        fs::symlink_metadata(&self.path).map(|metadata| Identity::of(&metadata))
    }

    fn unless_displaced(&self) -> Result<Identity, Fault> {
        match self.present() {
            Ok(present) if self.known.is_none_or(|known| known.is_same_file(present)) => Ok(present),
            Ok(_) => Err(Fault::Displaced("the file was replaced by another one")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Fault::Displaced("the file was removed"))
            }
            Err(error) => Err(Fault::Database(Error::Io(error))),
        }
    }

    /// Where what somebody else has put at the path goes: nothing is there yet.
    fn aside(&self) -> PathBuf {
        let first = beside(&self.path, "replaced");
        let further = (2_u64..).map(|number| beside(&first, &number.to_string()));
        let mut all = iter::once(first.clone()).chain(further);
        all.find(|path| fs::symlink_metadata(path).is_err()).unwrap_or(first)
    }

    fn new_path(&self) -> PathBuf {
        beside(&self.path, "new")
    }
}

impl Place for FilePlace {
    fn path(&self) -> &Path {
        &self.path
    }

    fn is_there(&self) -> io::Result<bool> {
        match self.present() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            present => present.map(|_| true),
        }
    }

    fn open(&mut self, builder: Builder) -> Result<Database, OpenError> {
        let (file, identity) = open_own(&self.path)?;
        if identity.length == 0 {
            return Err(Fault::Damaged("it is empty".to_owned()).of(&self.path));
        }
        let opened = FileBackend::new(file).and_then(|backend| builder.create_with_backend(backend));
        let database = opened.map_err(|error| Fault::from(error).of(&self.path))?;
        self.known = Some(identity);
        Ok(database)
    }

    fn begin(&mut self, builder: Builder) -> Result<Database, Fault> {
        let path = self.new_path();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::Io(error).into()),
            _ => {}
        }
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path);
        let file = file.map_err(Error::Io)?;
        self.making = Some(Identity::of(&file.metadata().map_err(Error::Io)?));
        Ok(builder.create_with_backend(FileBackend::new(file)?)?)
    }

    fn put(&mut self) -> Result<(), Fault> {
        let put = || {
            // What somebody else has put there is not ours to delete.
            if let Ok(present) = self.present()
                && self.known.is_none_or(|known| !known.is_same_file(present))
            {
                let aside = self.aside();
                tracing::warn!(file = %self.path.display(), to = %aside.display(),
                    "another file has taken the place of the store; it is moved");
                fs::rename(&self.path, aside)?;
            }
            fs::rename(self.new_path(), &self.path)?;
            let directory = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
            File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
        };
        put().map_err(Error::Io)?;
        self.known = self.making.take();
        self.committed()
    }

    fn length(&self) -> io::Result<u64> {
        self.present().map(|present| present.length)
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        fs::read(&self.path)
    }

    fn check(&self) -> Result<(), Fault> {
        let present = self.unless_displaced()?;
        match self.known {
            Some(known) if present.length < known.length => Err(Fault::Displaced("the file was truncated")),
            Some(known) if present.length > known.length => {
                Err(Fault::Displaced("the file was written by another program"))
            }
            _ => Ok(()),
        }
    }

    fn committed(&mut self) -> Result<(), Fault> {
        self.known = Some(self.unless_displaced()?);
        Ok(())
    }

    fn is_outdated(&self) -> bool {
        self.lock.is_outdated
    }

    fn note_outdated(&mut self, is_outdated: bool) {
        if let Err(error) = self.lock.note(is_outdated) {
            tracing::warn!(%error, "the state of the store cannot be noted for the next start");
        }
    }
}

impl Drop for FilePlace {
    fn drop(&mut self) {
        // An unfinished file is removed. There may be none, and nobody could act on an error.
        if self.making.is_some() {
            let _ = fs::remove_file(self.new_path());
        }
        if self.is_there().is_ok_and(|is_there| !is_there) {
            let _ = fs::remove_file(&self.lock.path);
        }
    }
}

/// Refuses what is no file, or only leads to one.
fn unless_named(path: &Path, named: &Metadata) -> Result<(), OpenError> {
    let what = match named.is_symlink() {
        _ if named.is_file() => return Ok(()),
        true => "it is a symbolic link",
        false => "it is no file",
    };
    Err(OpenError::Exposed(format!("{}: {what}: name the file itself", path.display())))
}

/// Opens a file for this program alone: no link, nobody else's, and nobody else may use it.
fn open_own(path: &Path) -> Result<(File, Identity), OpenError> {
    let unusable = |reason| OpenError::Io { path: path.to_owned(), reason };
    let named = fs::symlink_metadata(path).map_err(unusable)?;
    unless_named(path, &named)?;
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(unusable)?;
    let identity = Identity::of(&file.metadata().map_err(unusable)?);
    if !identity.is_same_file(Identity::of(&named)) {
        return Err(unusable(io::Error::other("another file takes its place at this moment")));
    }
    let rights = Rights::of(&file).map_err(unusable)?;
    match rights.foreign(path).or_else(|| rights.exposed(path)) {
        Some(exposed) => Err(OpenError::Exposed(exposed)),
        None => Ok((file, identity)),
    }
}

/// A file that only shows that a process uses another one. The database's own lock ends when its disk fails; this one does not.
struct FileLock {
    path: PathBuf,
    file: File,
    is_outdated: bool,
}

impl FileLock {
    /// As long as [`Self::OUTDATED`]: the one is written over the other, which takes no space.
    const PRESENT: &[u8] = b"file  \n";
    const OUTDATED: &[u8] = b"memory\n";

    /// Each one that fails has met a process that ended at the same moment.
    const TRIES: usize = 100;

    /// None if another process has it, or another part of this one.
    fn take(path: PathBuf) -> io::Result<Option<Self>> {
        for _ in 0..Self::TRIES {
            let mut options = OpenOptions::new();
            let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(fs::TryLockError::WouldBlock) => return Ok(None),
                Err(fs::TryLockError::Error(error)) => return Err(error),
            }
            // Whoever had it may just have removed it.
            let locked = Identity::of(&file.metadata()?);
            if !fs::symlink_metadata(&path).is_ok_and(|named| Identity::of(&named).is_same_file(locked)) {
                continue;
            }
            let mut text = [0; Self::OUTDATED.len()];
            let is_outdated = file.read_exact_at(&mut text, 0).is_ok() && text == Self::OUTDATED;
            let mut lock = Self { path, file, is_outdated };
            if locked.length == 0 {
                // On a full disk it is a lock all the same.
                let _ = lock.note(false);
            }
            return Ok(Some(lock));
        }
        // Somebody takes and leaves it all the time.
        Ok(None)
    }

    fn note(&mut self, is_outdated: bool) -> io::Result<()> {
        self.is_outdated = is_outdated;
        self.file.write_all_at(if is_outdated { Self::OUTDATED } else { Self::PRESENT }, 0)?;
        self.file.sync_data()
    }
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}
