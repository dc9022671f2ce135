//! Locks within the process.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; nothing that runs under these locks can leave what they guard half changed.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
