//! How old entries are, by a clock that does not jump.

use std::{
    collections::VecDeque,
    time::{Duration, SystemTime},
};

use tokio::time::Instant;

use crate::Entry;

/// Ages are exact to this part of `max_age`, so that an outbox that grows for an hour needs few marks.
const STEPS: u32 = 128;

/// The age of each undelivered entry, by the monotonic clock: when the wall clock is set, no entry ages.
///
/// What was appended before the claim, possibly by another process, has only the wall clock's time of its append. That
/// counts up to half of `max_age`, so that after a restart every entry has the other half for its delivery, even if the
/// wall clock was set, or wrong, meanwhile.
pub(crate) struct Ages {
    max_age: Duration,
    /// When the outbox was claimed, by both clocks.
    claimed: Instant,
    claimed_at: SystemTime,
    /// The last number that was there then.
    found: u64,
    /// Numbers above `found`, each with the time at which an entry up to it was first observed; both rise.
    marks: VecDeque<(u64, Instant)>,
}

impl Ages {
    pub(crate) fn new(max_age: Duration, found: u64, now: Instant, wall: SystemTime) -> Self {
        Self { max_age, claimed: now, claimed_at: wall, found, marks: VecDeque::new() }
    }

    /// Everything up to `last` is there now.
    pub(crate) fn observe(&mut self, last: u64, now: Instant) {
        match self.marks.back_mut() {
            _ if last <= self.found => return,
            Some((number, _)) if last <= *number => return,
            Some((number, at)) if now.duration_since(*at) < self.max_age / STEPS => *number = last,
            _ => self.marks.push_back((last, now)),
        }
        // One mark is enough for all that are too old.
        while self.marks.get(1).is_some_and(|(_, at)| now.duration_since(*at) > self.max_age) {
            self.marks.pop_front();
        }
    }

    /// Whether the entry is older than `max_age`.
    pub(crate) fn is_too_old(&self, entry: &Entry, now: Instant) -> bool {
        self.age(entry, now) > self.max_age
    }

    fn age(&self, entry: &Entry, now: Instant) -> Duration {
        if entry.sequence <= self.found {
            let before = self.claimed_at.duration_since(entry.at).unwrap_or_default();
            return before.min(self.max_age / 2) + now.duration_since(self.claimed);
        }
        let mark = self.marks.partition_point(|(number, _)| *number < entry.sequence);
        self.marks.get(mark).map_or(Duration::ZERO, |(_, at)| now.duration_since(*at))
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::UNIX_EPOCH};

    use uuid::Uuid;

    use super::*;
    use crate::{ClientKey, Epoch, Message, Record};

    const HOUR: Duration = Duration::from_secs(3600);
    const MINUTE: Duration = Duration::from_secs(60);

    /// An entry that was appended at this time by the wall clock.
    fn entry(sequence: u64, at: SystemTime) -> Entry {
        let (client, epoch) = (ClientKey::from("crm"), Epoch::from(Uuid::nil()));
        let record = Record { client, epoch, id: Uuid::nil(), at, message: Message::new("State", "{}") };
        Entry { sequence, record: Arc::new(record) }
    }

    #[test]
    fn what_was_seen_to_come_ages_by_the_monotonic_clock_whatever_its_wall_time() {
        let start = Instant::now();
        let mut ages = Ages::new(HOUR, 0, start, UNIX_EPOCH + HOUR);
        ages.observe(1, start);
        ages.observe(2, start + 10 * MINUTE);
        for wall in [UNIX_EPOCH, UNIX_EPOCH + 100 * HOUR] {
            assert_eq!(ages.age(&entry(1, wall), start + 30 * MINUTE), 30 * MINUTE);
            assert_eq!(ages.age(&entry(2, wall), start + 30 * MINUTE), 20 * MINUTE);
            assert!(!ages.is_too_old(&entry(1, wall), start + HOUR));
            assert!(ages.is_too_old(&entry(1, wall), start + HOUR + MINUTE));
        }
    }

    #[test]
    fn what_was_there_before_a_restart_keeps_half_of_its_time() {
        let (start, wall) = (Instant::now(), UNIX_EPOCH + 1000 * HOUR);
        let ages = Ages::new(HOUR, 3, start, wall);
        assert_eq!(ages.age(&entry(1, wall - 10 * MINUTE), start), 10 * MINUTE);
        assert_eq!(ages.age(&entry(2, UNIX_EPOCH), start + 5 * MINUTE), 35 * MINUTE);
        assert_eq!(ages.age(&entry(3, wall + HOUR), start), Duration::ZERO, "the clock was set back");
    }

    #[test]
    fn a_clock_that_was_set_forward_between_two_lives_kills_nothing() {
        let (before, start) = (UNIX_EPOCH + 1000 * HOUR, Instant::now());
        let appended = entry(1, before - 10 * MINUTE);
        let ages = Ages::new(HOUR, 1, start, before + 2 * HOUR);
        assert_eq!(ages.age(&appended, start), 30 * MINUTE);
        assert!(!ages.is_too_old(&appended, start + 30 * MINUTE));
        assert!(ages.is_too_old(&appended, start + 31 * MINUTE));
    }

    #[test]
    fn few_marks_are_kept_and_they_are_exact_enough() {
        let start = Instant::now();
        let mut ages = Ages::new(HOUR, 0, start, UNIX_EPOCH);
        let seconds = |count: u64| start + Duration::from_secs(count);
        (1..20_000).for_each(|number| ages.observe(number, seconds(number)));
        assert!(ages.marks.len() <= STEPS as usize + 2, "{}", ages.marks.len());
        for number in [17_000, 18_000, 19_999] {
            let age = ages.age(&entry(number, UNIX_EPOCH), seconds(20_000));
            assert!(age.abs_diff(seconds(20_000) - seconds(number)) <= HOUR / STEPS, "{number}: {age:?}");
        }
        assert!(ages.is_too_old(&entry(1, UNIX_EPOCH), seconds(20_000)));
    }
}
