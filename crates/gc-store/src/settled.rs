//! Which entries of an outbox are done with.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// A set of numbers that grows from below: everything up to a number, and ranges above it. Between
/// them are the *holes*: entries that are still to be delivered although later ones have been.
///
/// However it was put together, it is written in one way only: the ranges are in order, do not touch
/// each other, and begin at least two above `up_to`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Plain", into = "Plain")]
pub struct Settled {
    up_to: u64,
    /// First to last.
    above: BTreeMap<u64, u64>,
}

impl Settled {
    /// Everything up to and with this number.
    #[must_use]
    pub fn up_to(number: u64) -> Self {
        Self { up_to: number, above: BTreeMap::new() }
    }

    /// The number below the first hole, or the last of all.
    #[must_use]
    pub fn prefix(&self) -> u64 {
        self.up_to
    }

    /// The ranges above the first hole, in order.
    pub fn above(&self) -> impl Iterator<Item = RangeInclusive<u64>> {
        self.above.iter().map(|(first, last)| *first..=*last)
    }

    /// The highest number in it.
    #[must_use]
    pub fn highest(&self) -> u64 {
        self.above.last_key_value().map_or(self.up_to, |(_, last)| *last)
    }

    /// How many numbers up to and with `last` are not in it; those above `last` do not count.
    #[must_use]
    pub fn missing(&self, last: u64) -> u64 {
        let open = last.saturating_sub(self.up_to);
        self.above().fold(open, |open, range| {
            let end = (*range.end()).min(last);
            let within = end.saturating_add(1).saturating_sub(*range.start());
            open.saturating_sub(within)
        })
    }

    /// Whether the number is in it.
    #[must_use]
    pub fn contains(&self, number: u64) -> bool {
        let below = || self.above.range(..=number).next_back();
        number <= self.up_to || below().is_some_and(|(_, last)| number <= *last)
    }

    /// Adds the numbers of a range; an empty one adds none.
    pub fn insert(&mut self, range: RangeInclusive<u64>) {
        let (mut first, mut last) = range.into_inner();
        if last < first {
            return;
        }
        if first <= self.up_to.saturating_add(1) {
            self.up_to = self.up_to.max(last);
        } else {
            // Ranges that overlap it or touch it become one with it.
            let reach = last.saturating_add(1);
            while let Some((&from, &to)) = self.above.range(..=reach).next_back()
                && to.saturating_add(1) >= first
            {
                self.above.remove(&from);
                (first, last) = (first.min(from), last.max(to));
            }
            self.above.insert(first, last);
        }
        // The prefix swallows what it has reached.
        while let Some(range) = self.above.first_entry()
            && *range.key() <= self.up_to.saturating_add(1)
        {
            self.up_to = self.up_to.max(range.remove());
        }
    }

    /// Adds everything that is in another one.
    pub fn merge(&mut self, other: &Self) {
        self.insert(0..=other.up_to);
        other.above().for_each(|range| self.insert(range));
    }
}

/// As it is kept: `{"up_to":7,"above":[[9,10]]}`.
#[derive(Serialize, Deserialize)]
struct Plain {
    up_to: u64,
    above: Vec<(u64, u64)>,
}

/// What was kept may be anything; it is put in order.
impl From<Plain> for Settled {
    fn from(Plain { up_to, above }: Plain) -> Self {
        let mut settled = Self::up_to(up_to);
        above.into_iter().for_each(|(first, last)| settled.insert(first..=last));
        settled
    }
}

impl From<Settled> for Plain {
    fn from(Settled { up_to, above }: Settled) -> Self {
        Self { up_to, above: above.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn of(up_to: u64, ranges: &[RangeInclusive<u64>]) -> Settled {
        let mut settled = Settled::up_to(up_to);
        ranges.iter().for_each(|range| settled.insert(range.clone()));
        settled
    }

    #[test]
    fn the_prefix_swallows_what_it_reaches() {
        let mut settled = of(2, &[4..=5, 7..=7]);
        assert_eq!((settled.prefix(), settled.highest(), settled.missing(9)), (2, 7, 4));
        settled.insert(3..=3);
        assert_eq!((settled.prefix(), settled.missing(9)), (5, 3));
        settled.insert(6..=6);
        assert_eq!(settled, Settled::up_to(7));
    }

    #[test]
    fn odd_ranges_do_no_harm() {
        #[expect(clippy::reversed_empty_ranges)]
        let mut settled = of(3, &[9..=5, 0..=u64::MIN]);
        assert_eq!(settled, Settled::up_to(3));
        settled.insert(u64::MAX..=u64::MAX);
        assert!(settled.contains(u64::MAX) && !settled.contains(4));
        settled.insert(0..=u64::MAX);
        assert_eq!(settled, Settled::up_to(u64::MAX));
        assert_eq!(settled.missing(u64::MAX), 0);
    }

    #[test]
    fn what_is_kept_is_put_in_order_when_it_is_read() {
        let settled = serde_json::from_str::<Settled>(r#"{"up_to":7,"above":[[12,13],[11,12],[8,9],[3,1]]}"#);
        assert_eq!(settled.unwrap(), of(9, &[11..=13]));
        assert_eq!(serde_json::to_string(&of(9, &[11..=13])).unwrap(), r#"{"up_to":9,"above":[[11,13]]}"#);
    }

    proptest! {
        #[test]
        fn it_holds_what_a_plain_set_would_and_is_written_in_one_way(
            up_to in 0..10_u64, ranges in vec((0..40_u64, 0..6_u64), 0..20),
        ) {
            let mut settled = Settled::up_to(up_to);
            let mut plain: BTreeSet<u64> = (0..=up_to).collect();
            for (first, more) in ranges {
                settled.insert(first..=first + more);
                plain.extend(first..=first + more);
                let mut merged = Settled::default();
                merged.merge(&settled);
                prop_assert_eq!(&merged, &settled);
            }
            for number in 0..50 {
                prop_assert_eq!(settled.contains(number), plain.contains(&number));
                let missing = (1..=number).filter(|number| !plain.contains(number)).count();
                prop_assert_eq!(settled.missing(number), missing as u64, "up to {}", number);
            }
            prop_assert_eq!(settled.highest(), *plain.last().unwrap());
            let mut above = settled.prefix();
            for range in settled.above() {
                prop_assert!(*range.start() > above + 1 && range.start() <= range.end());
                above = *range.end();
            }
        }
    }
}
