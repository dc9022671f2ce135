//! A disk in memory that fails, stalls and loses power when a test says so.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard},
};

use redb::StorageBackend;

use crate::disk;

/// What is on the disk, whoever has it open.
#[derive(Clone, Debug, Default)]
pub(super) struct Device(Arc<(Mutex<State>, Condvar)>);

#[derive(Debug, Default)]
struct State {
    /// What is there after the power has failed.
    durable: Vec<u8>,
    /// What whoever has it open sees.
    current: Vec<u8>,
    /// What was written since the last sync, in order.
    unsynced: Vec<(usize, Vec<u8>)>,
    syncs: usize,
    /// A sync has begun that does not end.
    is_stalled: bool,
    fault: Option<Fault>,
    is_outdated: bool,
}

/// What the disk does not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// No space is left, so that nothing can be written where nothing was before.
    Full,
    /// Nothing can be written.
    ReadOnly,
    /// Nothing can be synced.
    NoSync,
    /// Nothing can be read or written.
    Gone,
    /// A sync does not end until the fault is over.
    Stalls,
}

impl Device {
    pub(super) fn set(&self, fault: impl Into<Option<Fault>>) {
        self.lock().fault = fault.into();
        self.0.1.notify_all();
    }

    /// The power fails: of what was written since the last sync the first `kept` bytes are on the disk.
    pub(super) fn lose_power(&self, kept: usize) -> Self {
        let state = self.lock();
        let mut durable = state.durable.clone();
        let mut left = kept;
        for (offset, data) in &state.unsynced {
            let torn = &data[..left.min(data.len())];
            left -= torn.len();
            if durable.len() < offset + torn.len() {
                durable.resize(offset + torn.len(), 0);
            }
            durable[*offset..offset + torn.len()].copy_from_slice(torn);
        }
        let state = State { current: durable.clone(), durable, ..State::default() };
        Self(Arc::new((Mutex::new(state), Condvar::new())))
    }

    /// The power fails: of the writes since the last sync those are on the disk whose place this accepts. A disk writes in any order.
    pub(super) fn lose_power_but_for(&self, is_kept: impl Fn(usize) -> bool) -> Self {
        let state = self.lock();
        let mut durable = state.durable.clone();
        for (_, (offset, data)) in state.unsynced.iter().enumerate().filter(|(place, _)| is_kept(*place)) {
            if durable.len() < offset + data.len() {
                durable.resize(offset + data.len(), 0);
            }
            durable[*offset..offset + data.len()].copy_from_slice(data);
        }
        let state = State { current: durable.clone(), durable, ..State::default() };
        Self(Arc::new((Mutex::new(state), Condvar::new())))
    }

    /// How many writes there were since the last sync.
    pub(super) fn unsynced_writes(&self) -> usize {
        self.lock().unsynced.len()
    }

    /// How many bytes were written since the last sync.
    pub(super) fn unsynced(&self) -> usize {
        self.lock().unsynced.iter().map(|(_, data)| data.len()).sum()
    }

    /// How often something was made durable.
    pub(super) fn syncs(&self) -> usize {
        self.lock().syncs
    }

    /// Returns when a sync has begun that does not end.
    pub(super) fn stalled(&self) {
        let state = self.0.1.wait_while(self.lock(), |state| !state.is_stalled).unwrap();
        drop(state);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap()
    }

    fn state(&self, faults: &[Fault]) -> io::Result<MutexGuard<'_, State>> {
        let state = self.lock();
        match state.fault {
            Some(Fault::Full) if faults.contains(&Fault::Full) => Err(io::ErrorKind::StorageFull.into()),
            Some(fault) if faults.contains(&fault) => Err(io::Error::other("the disk failed")),
            _ => Ok(state),
        }
    }
}

impl StorageBackend for Device {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state(&[Fault::Gone])?.current.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state(&[Fault::Gone])?;
        let offset = usize::try_from(offset).unwrap();
        let read = state.current.get(offset..offset + out.len());
        out.copy_from_slice(read.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut state = self.state(&[Fault::Full, Fault::ReadOnly, Fault::Gone])?;
        state.current.resize(usize::try_from(length).unwrap(), 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state(&[Fault::NoSync, Fault::ReadOnly, Fault::Gone])?;
        if state.fault == Some(Fault::Stalls) {
            state.is_stalled = true;
            self.0.1.notify_all();
            state = self.0.1.wait_while(state, |state| state.fault == Some(Fault::Stalls)).unwrap();
            state.is_stalled = false;
        }
        state.syncs += 1;
        state.durable = state.current.clone();
        state.unsynced.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state(&[Fault::ReadOnly, Fault::Gone])?;
        let offset = usize::try_from(offset).unwrap();
        state.current[offset..offset + data.len()].copy_from_slice(data);
        state.unsynced.push((offset, data.to_vec()));
        Ok(())
    }
}

impl disk::Device for Device {
    fn is_outdated(&self) -> bool {
        self.lock().is_outdated
    }

    fn note_outdated(&self, is_outdated: bool) {
        self.lock().is_outdated = is_outdated;
    }
}
