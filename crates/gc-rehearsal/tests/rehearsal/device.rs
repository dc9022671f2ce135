//! A disk below redb: it keeps the bytes in memory, and fails when the test sets a fault.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use redb::StorageBackend;

/// What the disk does not do. Either way the next commit fails: which parts of a file the database writes to is not the same in each run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DiskFault {
    /// No space is left for anything.
    Full,
    /// Nothing can be written.
    NoWrite,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Device(Arc<Mutex<State>>);

#[derive(Clone, Debug, Default)]
struct State {
    bytes: Vec<u8>,
    fault: Option<DiskFault>,
    is_outdated: bool,
}

impl Device {
    pub(crate) fn set(&self, fault: Option<DiskFault>) {
        self.lock().fault = fault;
    }

    /// What the next life finds. The one that has died cannot reach it any more.
    pub(crate) fn left_behind(&self) -> Self {
        let state = self.lock().clone();
        Self(Arc::new(Mutex::new(State { fault: None, ..state })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn writable(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.lock();
        match state.fault {
            None => Ok(state),
            Some(DiskFault::Full) => Err(io::ErrorKind::StorageFull.into()),
            Some(DiskFault::NoWrite) => Err(io::Error::other("the disk failed")),
        }
    }
}

impl StorageBackend for Device {
    fn len(&self) -> io::Result<u64> {
        Ok(self.lock().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        let state = self.lock();
        out.copy_from_slice(state.bytes.get(offset..offset + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.writable()?.bytes.resize(usize::try_from(length).unwrap(), 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.writable().map(|_| ())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        self.writable()?.bytes[offset..offset + data.len()].copy_from_slice(data);
        Ok(())
    }
}

impl gc_store::Device for Device {
    fn is_outdated(&self) -> bool {
        self.lock().is_outdated
    }

    fn note_outdated(&self, is_outdated: bool) {
        self.lock().is_outdated = is_outdated;
    }
}
