//! A queue that knows its size in bytes.

use std::collections::VecDeque;

use crate::Limits;

pub(crate) struct SizedQueue<T> {
    limits: Limits,
    bytes: usize,
    items: VecDeque<(usize, T)>,
}

impl<T> SizedQueue<T> {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, bytes: 0, items: VecDeque::new() }
    }

    pub(crate) fn push(&mut self, size: usize, item: T) {
        self.bytes += size;
        self.items.push_back((size, item));
    }

    /// Takes the oldest item while there is more than the limits allow; the last one stays.
    pub(crate) fn overflow(&mut self) -> Option<(usize, T)> {
        let over = self.items.len() > self.limits.entries || self.bytes > self.limits.bytes;
        (over && self.items.len() > 1).then(|| self.pop()).flatten()
    }

    /// Takes the oldest item.
    pub(crate) fn pop(&mut self) -> Option<(usize, T)> {
        let (size, item) = self.items.pop_front()?;
        self.bytes -= size;
        Some((size, item))
    }

    /// Takes an item out of the middle.
    pub(crate) fn remove(&mut self, unwanted: impl Fn(&T) -> bool) -> Option<T> {
        let place = self.items.iter().position(|(_, item)| unwanted(item))?;
        let (size, item) = self.items.remove(place)?;
        self.bytes -= size;
        Some(item)
    }

    /// The size of the item that has so many older ones.
    pub(crate) fn size(&self, older: usize) -> Option<usize> {
        self.items.get(older).map(|(size, _)| *size)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }
}
