//! Whether a client's events come once each, in order, and with the numbers that they had.

use std::collections::{BTreeMap, HashMap};

/// What one client has received.
#[derive(Debug, Default)]
pub(crate) struct Order {
    epoch: String,
    /// The id of each of the last events, by number.
    ids: BTreeMap<u64, Option<String>>,
    numbers: HashMap<String, u64>,
    /// The last number of each agent, and of what concerns none.
    agents: HashMap<Option<String>, u64>,
}

/// What an event is, beside those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// The next one, behind so many that did not come.
    New { skipped: u64 },
    /// The first one of another outbox.
    NewEpoch,
    /// One that was skipped before; `in_order` when no later one of the same agent has come.
    Late { in_order: bool },
    /// The same event with the same number.
    Repeated,
    /// It has the number of another event, or came before with another number.
    Renumbered,
}

/// So many events are remembered.
const REMEMBERED: usize = 4096;

impl Order {
    /// Takes an event: its epoch and number, its id, and the agent that it concerns. The client may be older than this run, so its first
    /// number can be any.
    pub(crate) fn take(
        &mut self,
        (epoch, number): (String, u64),
        id: Option<String>,
        agent: Option<&str>,
    ) -> Arrival {
        let arrival = if epoch == self.epoch {
            self.of_this_epoch(number, id.as_deref(), agent)
        } else {
            let is_first = self.epoch.is_empty();
            *self = Self { epoch, ..Self::default() };
            if is_first { Arrival::New { skipped: 0 } } else { Arrival::NewEpoch }
        };
        if !matches!(arrival, Arrival::Repeated | Arrival::Renumbered) {
            self.remember(number, id, agent);
        }
        arrival
    }

    fn of_this_epoch(&self, number: u64, id: Option<&str>, agent: Option<&str>) -> Arrival {
        let known = id.and_then(|id| self.numbers.get(id));
        if known.is_some_and(|known| *known != number) {
            return Arrival::Renumbered;
        }
        let (first, last) = (self.ids.keys().next(), self.ids.keys().next_back());
        let last = last.copied().unwrap_or_default();
        match self.ids.get(&number) {
            None if number > last => Arrival::New { skipped: number - last - 1 },
            None if first.is_some_and(|first| number > *first) => {
                let in_order = self.agents.get(&agent.map(str::to_owned)).is_none_or(|last| *last < number);
                Arrival::Late { in_order }
            }
            Some(other) if other.as_deref() != id => Arrival::Renumbered,
            // Older than what is remembered.
            None | Some(_) => Arrival::Repeated,
        }
    }

    fn remember(&mut self, number: u64, id: Option<String>, agent: Option<&str>) {
        if let Some(id) = &id {
            self.numbers.insert(id.clone(), number);
        }
        self.ids.insert(number, id);
        let last = self.agents.entry(agent.map(str::to_owned)).or_default();
        *last = number.max(*last);
        if self.ids.len() > REMEMBERED
            && let Some((_, Some(oldest))) = self.ids.pop_first()
        {
            self.numbers.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(order: &mut Order, number: u64, id: &str, agent: &str) -> Arrival {
        order.take(("e".to_owned(), number), Some(id.to_owned()), Some(agent))
    }

    #[test]
    fn an_event_that_comes_again_is_repeated_and_a_skipped_one_is_missing_until_it_comes() {
        let mut order = Order::default();
        assert_eq!(take(&mut order, 7, "a", "1"), Arrival::New { skipped: 0 });
        assert_eq!(take(&mut order, 8, "b", "1"), Arrival::New { skipped: 0 });
        assert_eq!(take(&mut order, 8, "b", "1"), Arrival::Repeated);
        assert_eq!(take(&mut order, 12, "c", "1"), Arrival::New { skipped: 3 });
        assert_eq!(take(&mut order, 9, "d", "2"), Arrival::Late { in_order: true });
        assert_eq!(take(&mut order, 10, "e", "1"), Arrival::Late { in_order: false });
        assert_eq!(take(&mut order, 6, "z", "1"), Arrival::Repeated, "from before this run");
    }

    #[test]
    fn another_event_with_a_known_number_and_a_known_event_with_another_number_are_noticed() {
        let mut order = Order::default();
        take(&mut order, 1, "a", "1");
        assert_eq!(take(&mut order, 1, "b", "1"), Arrival::Renumbered);
        assert_eq!(take(&mut order, 2, "a", "1"), Arrival::Renumbered);
        assert_eq!(order.take(("f".to_owned(), 1), Some("c".to_owned()), None), Arrival::NewEpoch);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut order = Order::default();
        for number in 1..=2 * REMEMBERED as u64 {
            take(&mut order, number, &number.to_string(), "1");
        }
        assert_eq!((order.ids.len(), order.numbers.len()), (REMEMBERED, REMEMBERED));
    }
}
