//! A queue that knows what it weighs.

use std::collections::VecDeque;

use super::Limits;

pub(super) struct Shelf<T> {
    limits: Limits,
    bytes: usize,
    items: VecDeque<(usize, T)>,
}

impl<T> Shelf<T> {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, bytes: 0, items: VecDeque::new() }
    }

    pub(super) fn push(&mut self, size: usize, item: T) {
        self.bytes += size;
        self.items.push_back((size, item));
    }

    /// Takes the oldest item while there is more than the limits allow; the last one stays.
    pub(super) fn overflow(&mut self) -> Option<T> {
        let over = self.items.len() > self.limits.entries || self.bytes > self.limits.bytes;
        (over && self.items.len() > 1).then(|| self.pop()).flatten()
    }

    /// Takes the oldest item if it is such a one.
    pub(super) fn pop_if(&mut self, wanted: impl Fn(&T) -> bool) -> Option<T> {
        self.first().is_some_and(wanted).then(|| self.pop()).flatten()
    }

    pub(super) fn remove(&mut self, unwanted: impl Fn(&T) -> bool) {
        self.items.retain(|(_, item)| !unwanted(item));
        self.bytes = self.items.iter().map(|(size, _)| size).sum();
    }

    pub(super) fn first(&self) -> Option<&T> {
        self.items.front().map(|(_, item)| item)
    }

    /// The one that has so many older ones.
    pub(super) fn get(&self, older: usize) -> Option<&T> {
        self.items.get(older).map(|(_, item)| item)
    }

    /// All but the `seen` oldest.
    pub(super) fn skip(&self, seen: usize) -> impl Iterator<Item = &T> {
        self.items.range(seen.min(self.items.len())..).map(|(_, item)| item)
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    fn pop(&mut self) -> Option<T> {
        let (size, item) = self.items.pop_front()?;
        self.bytes -= size;
        Some(item)
    }
}
