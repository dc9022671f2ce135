//! Locks that nobody waits under.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Nothing that runs under these locks waits, or can leave what they guard half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
