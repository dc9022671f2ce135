//! Another disk than the system's, for tests.

use std::{io, path::Path};

use redb::{Builder, Database, StorageBackend};

use super::{
    fault::{Fault, OpenError},
    place::Place,
};

/// A disk that a test has in memory: it fails when the test says so.
pub trait Device: StorageBackend + Clone {
    /// What [`Device::note_outdated`] noted last.
    fn is_outdated(&self) -> bool;
    /// Notes beside the database whether the process goes on in memory, so that what is on the disk is old.
    fn note_outdated(&self, is_outdated: bool);
}

/// The database on such a disk. What a new one is made on is the same disk: it is emptied when the new one is filled.
pub(super) struct OtherPlace<D>(pub(super) D);

impl<D: Device> Place for OtherPlace<D> {
    fn path(&self) -> &Path {
        Path::new("device")
    }

    fn is_there(&self) -> io::Result<bool> {
        Ok(self.0.len()? > 0)
    }

    fn open(&mut self, builder: Builder) -> Result<Database, OpenError> {
        self.begin(builder).map_err(|fault| fault.of(self.path()))
    }

    fn begin(&mut self, _: Builder) -> Result<Database, Fault> {
        // With little cache: a test sees what the disk does.
        let mut builder = Builder::new();
        builder.set_cache_size(64 << 10).set_check_integrity_on_open(true);
        Ok(builder.create_with_backend(self.0.clone())?)
    }

    fn put(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(self.0.len()?).unwrap_or_default()];
        self.0.read(0, &mut bytes)?;
        Ok(bytes)
    }

    fn check(&self) -> Result<(), Fault> {
        Ok(())
    }

    fn committed(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn is_outdated(&self) -> bool {
        self.0.is_outdated()
    }

    fn note_outdated(&mut self, is_outdated: bool) {
        self.0.note_outdated(is_outdated);
    }
}
