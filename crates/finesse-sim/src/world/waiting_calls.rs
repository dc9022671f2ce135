//! The calls waiting in queues.

use std::collections::{BTreeMap, HashMap};

/// The waiting calls, by queue, in the order in which they are offered.
#[derive(Default)]
pub(crate) struct WaitingCalls {
    queues: HashMap<String, BTreeMap<i64, String>>,
    /// The queue and position of a call.
    places: HashMap<String, (String, i64)>,
    /// The last positions assigned at either end.
    first: i64,
    last: i64,
}

impl WaitingCalls {
    /// Adds a call after all others.
    pub(super) fn push_back(&mut self, queue: &str, call: &str) {
        self.last += 1;
        self.put(queue, self.last, call);
    }

    /// Adds a call before all others.
    pub(super) fn push_front(&mut self, queue: &str, call: &str) {
        self.first -= 1;
        self.put(queue, self.first, call);
    }

    fn put(&mut self, queue: &str, place: i64, call: &str) {
        self.remove(call);
        self.queues.entry(queue.to_owned()).or_default().insert(place, call.to_owned());
        self.places.insert(call.to_owned(), (queue.to_owned(), place));
    }

    /// Removes a call; `false` if it was not waiting.
    pub(super) fn remove(&mut self, call: &str) -> bool {
        let Some((queue, place)) = self.places.remove(call) else { return false };
        if let Some(waiting) = self.queues.get_mut(&queue) {
            waiting.remove(&place);
            if waiting.is_empty() {
                self.queues.remove(&queue);
            }
        }
        true
    }

    pub(crate) fn contains(&self, call: &str) -> bool {
        self.places.contains_key(call)
    }

    /// The first call of a queue, with its position among the calls of all queues.
    pub(super) fn first_of(&self, queue: &str) -> Option<(i64, &str)> {
        let (place, call) = self.queues.get(queue)?.first_key_value()?;
        Some((*place, call))
    }

    /// The calls of a queue.
    pub(crate) fn of(&self, queue: &str) -> impl Iterator<Item = &String> {
        self.queues.get(queue).into_iter().flat_map(BTreeMap::values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_keep_their_order_until_they_leave() {
        let mut waiting = WaitingCalls::default();
        for (queue, call) in [("10", "a"), ("20", "b"), ("10", "c")] {
            waiting.push_back(queue, call);
        }
        waiting.push_front("10", "d");
        assert_eq!(waiting.of("10").collect::<Vec<_>>(), ["d", "a", "c"]);
        assert!(waiting.remove("d") && !waiting.remove("d"));
        assert!(waiting.first_of("10") < waiting.first_of("20"));
        waiting.push_back("20", "a");
        assert_eq!(waiting.of("10").collect::<Vec<_>>(), ["c"], "a call waits in one queue");
        assert!(waiting.remove("b") && waiting.remove("a"));
        assert_eq!(waiting.first_of("20"), None);
        assert!(waiting.contains("c") && !waiting.contains("b"));
    }
}
