//! What is logged of one client's delivery: changes, and then one line a minute, however many attempts fail.

use std::time::Duration;

use tokio::time::Instant;

use crate::Failure;

/// The time between two lines about the same.
const QUIET: Duration = Duration::from_secs(60);
/// The time between two lines about a slow receiver.
const SLOW_QUIET: Duration = Duration::from_secs(10 * 60);
/// Events that wait longer than this behind each other show that their receiver is too slow for their order.
const SLOW_BACKLOG: Duration = Duration::from_secs(2);
/// A receiver that takes an event in less time is not slow.
const SLOW: Duration = Duration::from_millis(10);

/// Decides which lines are due.
#[derive(Default)]
pub(crate) struct Report {
    /// There is an outage, which was logged; its next line is due then.
    outage: Option<Outage>,
    /// Dead letters that were not logged yet, and when they may be.
    letters: u64,
    letters_due: Option<Instant>,
    slow_due: Option<Instant>,
}

struct Outage {
    began: Instant,
    due: Instant,
    is_over: bool,
    counts: Attempts,
    last: Failure,
}

/// Attempts since the line before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attempts {
    pub(crate) failed: u64,
    pub(crate) delivered: u64,
}

/// A line about the callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// The first attempt has failed.
    Fails,
    /// A minute later it still does.
    StillFails {
        attempts: Attempts,
        last: Failure,
    },
    WorksAgain {
        attempts: Attempts,
        after: Duration,
    },
}

impl Report {
    pub(crate) fn failed(&mut self, failure: &Failure, now: Instant) -> Option<Line> {
        let Some(outage) = &mut self.outage else {
            let counts = Attempts::default();
            let last = failure.clone();
            self.outage = Some(Outage { began: now, due: now + QUIET, is_over: false, counts, last });
            return Some(Line::Fails);
        };
        outage.counts.failed += 1;
        outage.is_over = false;
        outage.last = failure.clone();
        None
    }

    pub(crate) fn delivered(&mut self, now: Instant) -> Option<Line> {
        let outage = self.outage.as_mut()?;
        outage.counts.delivered += 1;
        outage.is_over = true;
        // The end of a shorter one waits for its line, so that a receiver that fails now and then does not fill the log.
        (now.duration_since(outage.began) >= QUIET).then(|| self.works_again(now)).flatten()
    }

    /// So many dead letters more; how many are to be logged now.
    pub(crate) fn given_up(&mut self, count: u64, now: Instant) -> Option<u64> {
        self.letters += count;
        self.letters_due.is_none_or(|due| due <= now).then(|| self.take_letters(now)).flatten()
    }

    /// The receiver has taken an event in this time, one at a time, and so many wait. True if that is to be logged.
    pub(crate) fn is_slow(&mut self, elapsed: Duration, waiting: u64, now: Instant) -> bool {
        let backlog = elapsed.saturating_mul(u32::try_from(waiting).unwrap_or(u32::MAX));
        let is_due = || self.slow_due.is_none_or(|due| due <= now);
        let is_slow = self.outage.is_none() && elapsed >= SLOW && backlog >= SLOW_BACKLOG && is_due();
        if is_slow {
            self.slow_due = Some(now + SLOW_QUIET);
        }
        is_slow
    }

    /// When the next line is due.
    pub(crate) fn due(&self) -> Option<Instant> {
        let letters = self.letters_due.filter(|_| self.letters > 0);
        self.outage.as_ref().map(|outage| outage.due).into_iter().chain(letters).min()
    }

    /// The lines that are due: of the callback, and how many dead letters.
    pub(crate) fn take_due(&mut self, now: Instant) -> (Option<Line>, Option<u64>) {
        let line = match &mut self.outage {
            Some(outage) if outage.due > now => None,
            Some(outage) if outage.is_over => self.works_again(now),
            Some(outage) => {
                outage.due = now + QUIET;
                let attempts = std::mem::take(&mut outage.counts);
                Some(Line::StillFails { attempts, last: outage.last.clone() })
            }
            None => None,
        };
        (line, self.given_up(0, now))
    }

    fn works_again(&mut self, now: Instant) -> Option<Line> {
        let Outage { began, counts, .. } = self.outage.take()?;
        Some(Line::WorksAgain { attempts: counts, after: now.duration_since(began) })
    }

    fn take_letters(&mut self, now: Instant) -> Option<u64> {
        let letters = std::mem::take(&mut self.letters);
        if letters > 0 {
            self.letters_due = Some(now + QUIET);
        }
        (letters > 0).then_some(letters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    /// All lines that are logged if an attempt ends each second as this function says.
    fn lines(count: u64, fails: impl Fn(u64) -> bool) -> Vec<Line> {
        let (mut report, start, mut lines) = (Report::default(), Instant::now(), Vec::new());
        for second in 0..count {
            let now = start + seconds(second);
            if report.due().is_some_and(|due| due <= now) {
                lines.extend(report.take_due(now).0);
            }
            let line =
                if fails(second) { report.failed(&Failure::TimedOut, now) } else { report.delivered(now) };
            lines.extend(line);
        }
        lines
    }

    #[test]
    fn an_outage_is_its_beginning_a_line_a_minute_and_its_end() {
        let lines = lines(600, |second| (10..200).contains(&second));
        let still = |attempts| Line::StillFails { attempts, last: Failure::TimedOut };
        let minute = |failed| Attempts { failed, delivered: 0 };
        let end = Line::WorksAgain { attempts: Attempts { failed: 10, delivered: 1 }, after: seconds(190) };
        assert_eq!(lines, [Line::Fails, still(minute(59)), still(minute(60)), still(minute(60)), end]);
    }

    #[test]
    fn a_short_outage_is_two_lines() {
        let lines = lines(600, |second| second == 10);
        assert!(matches!(&lines[..], [Line::Fails, Line::WorksAgain { .. }]), "{lines:?}");
    }

    #[test]
    fn a_receiver_that_fails_every_other_time_fills_no_log() {
        let lines = lines(600, |second| second % 2 == 0);
        assert!(lines.len() <= 30, "{}", lines.len());
    }

    #[test]
    fn dead_letters_are_counted_between_two_lines() {
        let (mut report, start) = (Report::default(), Instant::now());
        assert_eq!(report.given_up(3, start), Some(3));
        assert_eq!(
            (report.given_up(1, start + seconds(1)), report.given_up(1, start + seconds(2))),
            (None, None)
        );
        assert_eq!(report.due(), Some(start + QUIET));
        assert_eq!(report.take_due(start + QUIET), (None, Some(2)));
        assert_eq!(report.due(), None);
    }

    #[test]
    fn a_slow_receiver_is_named_once_in_ten_minutes_and_a_failing_one_is_not() {
        let (mut report, start) = (Report::default(), Instant::now());
        let ms = Duration::from_millis;
        assert!(!report.is_slow(ms(50), 10, start), "half a second is no backlog");
        assert!(!report.is_slow(ms(1), 10_000, start), "it is fast");
        assert!(report.is_slow(ms(50), 100, start));
        assert!(!report.is_slow(ms(50), 100, start + seconds(599)));
        assert!(report.is_slow(ms(50), 100, start + seconds(600)));
        report.failed(&Failure::TimedOut, start);
        assert!(!report.is_slow(ms(50), 100, start + seconds(6000)));
    }
}
