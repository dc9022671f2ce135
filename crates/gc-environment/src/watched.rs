//! A value that others wait on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The side that changes the value. Unlike tokio's `watch` it wakes those who wait in the order in which they
/// came, so that a run with a seeded environment is the same each time.
#[derive(Debug)]
pub struct Watched<T>(Arc<Shared<T>>);

/// A side that waits. It stays valid when the other side is gone; then nothing changes any more.
#[derive(Debug)]
pub struct Watcher<T> {
    shared: Arc<Shared<T>>,
    seen: u64,
}

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Notify,
}

#[derive(Debug)]
struct State<T> {
    value: T,
    version: u64,
}

impl<T> Shared<T> {
    /// Only a caller's own panic can poison the lock, and then the value is as it left it.
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Watched<T> {
    /// A value that nobody waits on yet.
    pub fn new(value: T) -> Self {
        let state = Mutex::new(State { value, version: 0 });
        Self(Arc::new(Shared { state, changed: Notify::new() }))
    }

    /// Looks at the value.
    pub fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.0.state().value)
    }

    /// Changes the value, and wakes those who wait.
    pub fn modify(&self, change: impl FnOnce(&mut T)) {
        let mut state = self.0.state();
        change(&mut state.value);
        state.version += 1;
        drop(state);
        self.0.changed.notify_waiters();
    }

    /// Looks at the value and may change it; wakes those who wait only if this says that it did.
    pub fn modify_if(&self, change: impl FnOnce(&mut T) -> bool) {
        let mut state = self.0.state();
        let changed = change(&mut state.value);
        state.version += u64::from(changed);
        drop(state);
        if changed {
            self.0.changed.notify_waiters();
        }
    }

    /// Sets the value; the one before. Nobody is woken when both are the same.
    pub fn replace(&self, value: T) -> T
    where
        T: PartialEq,
    {
        let mut state = self.0.state();
        let changed = state.value != value;
        let before = std::mem::replace(&mut state.value, value);
        state.version += u64::from(changed);
        drop(state);
        if changed {
            self.0.changed.notify_waiters();
        }
        before
    }

    /// One more who waits, from the present value on.
    pub fn watch(&self) -> Watcher<T> {
        Watcher { shared: Arc::clone(&self.0), seen: self.0.state().version }
    }
}

/// One more who waits, and has seen as much as this one.
impl<T> Clone for Watcher<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), seen: self.seen }
    }
}

impl<T> Watcher<T> {
    /// Looks at the value, which counts as seen.
    pub fn read<R>(&mut self, look: impl FnOnce(&T) -> R) -> R {
        let state = self.shared.state();
        self.seen = state.version;
        look(&state.value)
    }

    /// The value, which counts as seen.
    pub fn get(&mut self) -> T
    where
        T: Copy,
    {
        self.read(|value| *value)
    }

    /// The value, which does not count as seen.
    pub fn peek(&self) -> T
    where
        T: Copy,
    {
        self.shared.state().value
    }

    /// Whether the value is another one than was seen.
    pub fn has_changed(&self) -> bool {
        self.shared.state().version != self.seen
    }

    /// Waits until the value is another one than was seen; it is not seen yet. Dropping the future loses nothing.
    pub async fn changed(&self) {
        loop {
            // Made before the look: it is woken by every change from here on.
            let changed = self.shared.changed.notified();
            if self.has_changed() {
                return;
            }
            changed.await;
        }
    }

    /// Waits until this gives something for the value; at once if it does now.
    pub async fn until<R>(&mut self, mut look: impl FnMut(&T) -> Option<R>) -> R {
        loop {
            if let Some(found) = self.read(&mut look) {
                return found;
            }
            self.changed().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn each_who_waits_sees_the_change_in_the_order_in_which_they_came() {
        let watched = Watched::new(0);
        let (woken, mut order) = tokio::sync::mpsc::unbounded_channel();
        for number in 0..50 {
            let (watcher, woken) = (watched.watch(), woken.clone());
            tokio::spawn(async move {
                watcher.changed().await;
                woken.send(number).unwrap();
            });
        }
        drop(woken);
        tokio::task::yield_now().await;
        assert_eq!(watched.replace(1), 0);
        for number in 0..50 {
            assert_eq!(order.recv().await, Some(number));
        }
    }

    #[tokio::test]
    async fn a_change_before_the_wait_is_not_lost_and_the_same_value_is_none() {
        let watched = Watched::new(7);
        let mut watcher = watched.watch();
        watched.replace(7);
        watched.modify_if(|_| false);
        assert!(watcher.changed().now_or_never().is_none());
        watched.modify_if(|value| {
            *value += 1;
            true
        });
        watcher.changed().await;
        assert_eq!(watcher.read(|value| *value), 8);
        assert!(watcher.changed().now_or_never().is_none());
        assert_eq!(watcher.until(|value| (*value == 8).then_some("eight")).await, "eight");
    }
}
