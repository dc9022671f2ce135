//! Who may begin something at one node, and when: how many at once, how many in a second, and who goes first
//! (docs/finesse.md, "How much at once").

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::link::Priority;

/// How much of a second's number may begin at once in the background, after a time with less: small enough to be a limit for each
/// second, and large enough to delay nobody in normal use.
const BURST: Duration = Duration::from_millis(100);

/// Who is waited for may use what was left unused in this time. 1,000 agents who sign in at the same moment need 6 requests each.
const LEFT_OVER: Duration = Duration::from_secs(15);

/// However busy the rate is, one in so many turns is for what is waited for, and one in so many for the background.
const SHARE_OF_WAITED_FOR: u32 = 2;
const SHARE_OF_BACKGROUND: u32 = 10;

/// Whoever was passed over so often goes first, where the order is by kinds.
const PATIENCE: u32 = 10;

/// What limits the turns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many are under way at one time.
    pub(crate) at_once: NonZeroUsize,
    /// How many of these in the background.
    pub(crate) in_background: NonZeroUsize,
    /// How many begin in a second.
    pub(crate) per_second: Option<NonZeroU32>,
    /// Who goes first of those who may begin.
    pub(crate) order: Order,
}

/// Who goes first of several kinds. Within one kind those do who have waited longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// By their kinds.
    Kind,
    /// Those who have waited longest, whatever their kind.
    Age,
}

/// What begins. The order is that in which they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// It changes something: it does not wait for the rate, and counts.
    Write,
    WaitedFor,
    Background,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Write, Self::WaitedFor, Self::Background];
}

/// The turns of one node.
#[derive(Debug)]
pub(crate) struct Turns {
    limits: Limits,
    state: Mutex<State>,
}

/// It is under way until this is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Arc<Turns>,
    kind: Kind,
}

#[derive(Debug, Default)]
struct State {
    under_way: usize,
    in_background: usize,
    /// A token bucket, as the time when it will be full.
    full_at: Option<Instant>,
    writes: Queue,
    waited_for: Queue,
    background: Queue,
    came: u64,
}

/// Those of one kind who wait, in the order in which they go.
#[derive(Debug, Default)]
struct Queue {
    waiting: BTreeMap<Place, Arc<Notify>>,
    /// When one of them began last.
    last: Option<Instant>,
    /// How many others have begun since while one of them waited.
    passed_over: u32,
}

/// Since when one waits, and as which it came.
type Place = (Instant, u64);

/// What becomes of one who waits.
enum Verdict {
    Begins,
    /// The rate allows it then.
    NotBefore(Instant),
    /// Another one comes first, or too many are under way: it is woken when that changes.
    Behind,
}

impl Turns {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, state: Mutex::default() })
    }

    /// Counts one that does not wait.
    pub(crate) fn count(&self) {
        self.state().count(&self.limits, Instant::now());
    }

    /// Waits for a turn in the background, or for somebody: as one that is waited for from when it is, and with the age that it has.
    pub(crate) async fn turn_for(self: &Arc<Self>, priority: &Priority, since: Instant) -> Turn {
        if let Priority::Background(waited_for) = priority {
            let mut waited_for = waited_for.clone();
            tokio::select! {
                biased;
                () = waited_for.until(|waited_for| waited_for.then_some(())) => {}
                turn = self.turn(Kind::Background, since) => return turn,
            }
        }
        self.turn(Kind::WaitedFor, since).await
    }

    /// Waits for a turn. `since`: who has waited longer goes first. Dropping the future gives it up, and nothing is counted.
    pub(crate) async fn turn(self: &Arc<Self>, kind: Kind, since: Instant) -> Turn {
        let waiting = Waiting::new(self, kind, since);
        loop {
            let verdict = self.state().verdict(&self.limits, kind, waiting.place, Instant::now());
            match verdict {
                Verdict::Begins => return Turn { turns: Arc::clone(self), kind },
                Verdict::NotBefore(at) => tokio::select! {
                    biased;
                    () = waiting.woken.notified() => {}
                    () = sleep_until(at) => {}
                },
                Verdict::Behind => waiting.woken.notified().await,
            }
        }
    }

    /// Nothing that runs under this lock waits, or can leave the state half changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        state.under_way = state.under_way.saturating_sub(1);
        if self.kind == Kind::Background {
            state.in_background = state.in_background.saturating_sub(1);
        }
        state.wake();
    }
}

/// One who waits. Dropping it gives its place up.
struct Waiting<'a> {
    turns: &'a Turns,
    kind: Kind,
    place: Place,
    woken: Arc<Notify>,
}

impl<'a> Waiting<'a> {
    fn new(turns: &'a Turns, kind: Kind, since: Instant) -> Self {
        let mut state = turns.state();
        state.came = state.came.wrapping_add(1);
        let (place, woken) = ((since, state.came), Arc::new(Notify::new()));
        state.queue(kind).waiting.insert(place, Arc::clone(&woken));
        Self { turns, kind, place, woken }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        // Whoever has begun has left already.
        if state.queue(self.kind).waiting.remove(&self.place).is_some() {
            state.wake();
        }
    }
}

impl State {
    fn queue(&mut self, kind: Kind) -> &mut Queue {
        match kind {
            Kind::Write => &mut self.writes,
            Kind::WaitedFor => &mut self.waited_for,
            Kind::Background => &mut self.background,
        }
    }

    fn queues(&self) -> [(Kind, &Queue); 3] {
        [
            (Kind::Write, &self.writes),
            (Kind::WaitedFor, &self.waited_for),
            (Kind::Background, &self.background),
        ]
    }

    /// Whoever is the first of its kind looks again.
    fn wake(&self) {
        for (_, queue) in self.queues() {
            if let Some((_, first)) = queue.waiting.first_key_value() {
                first.notify_one();
            }
        }
    }

    fn count(&mut self, limits: &Limits, now: Instant) {
        if let Some(interval) = limits.interval() {
            self.full_at = Some(self.full(now) + interval);
        }
    }

    fn full(&self, now: Instant) -> Instant {
        self.full_at.map_or(now, |at| at.max(now))
    }

    /// Whether it may begin now; then it has begun.
    fn verdict(&mut self, limits: &Limits, kind: Kind, place: Place, now: Instant) -> Verdict {
        let queues = self.queues();
        let is_first = |(of, queue): &(Kind, &Queue)| {
            *of == kind && queue.waiting.first_key_value().is_some_and(|(first, _)| *first == place)
        };
        let Some((_, queue)) = queues.iter().find(|queue| is_first(queue)) else { return Verdict::Behind };
        if !self.has_room(limits, kind) {
            return Verdict::Behind;
        }
        if let Some(at) = self.not_before(limits, kind, queue, now) {
            return Verdict::NotBefore(at);
        }
        let rank = queue.rank(limits.order, kind);
        let mut others = queues.iter().filter(|(other, _)| *other != kind);
        let is_ahead = |(other, queue): &(Kind, &Queue)| {
            queue.rank(limits.order, *other).is_some_and(|other| Some(other) < rank)
                && self.has_room(limits, *other)
                && self.not_before(limits, *other, queue, now).is_none()
        };
        if others.any(is_ahead) {
            return Verdict::Behind;
        }
        self.begin(limits, kind, place, now);
        Verdict::Begins
    }

    fn has_room(&self, limits: &Limits, kind: Kind) -> bool {
        let in_background = kind != Kind::Background || self.in_background < limits.in_background.get();
        self.under_way < limits.at_once.get() && in_background
    }

    /// When the rate allows one of this kind, if it does not now.
    fn not_before(&self, limits: &Limits, kind: Kind, queue: &Queue, now: Instant) -> Option<Instant> {
        let interval = limits.interval()?;
        let (left_over, share) = match kind {
            Kind::Write => return None,
            Kind::WaitedFor => (LEFT_OVER, SHARE_OF_WAITED_FOR),
            Kind::Background => (BURST, SHARE_OF_BACKGROUND),
        };
        let shared = queue.last.map_or(now, |last| last + interval * share);
        let at = self.full(now).checked_sub(left_over)?.min(shared);
        (at > now).then_some(at)
    }

    fn begin(&mut self, limits: &Limits, kind: Kind, place: Place, now: Instant) {
        self.count(limits, now);
        self.under_way += 1;
        self.in_background += usize::from(kind == Kind::Background);
        for of in Kind::ALL {
            let queue = self.queue(of);
            if of == kind {
                queue.waiting.remove(&place);
                (queue.last, queue.passed_over) = (Some(now), 0);
            } else if !queue.waiting.is_empty() {
                queue.passed_over = queue.passed_over.saturating_add(1);
            }
        }
        self.wake();
    }
}

impl Queue {
    /// How its first one stands beside those of other kinds: the least goes first. None if nobody waits.
    fn rank(&self, order: Order, kind: Kind) -> Option<(bool, Kind, Place)> {
        let (first, _) = self.waiting.first_key_value()?;
        Some(match order {
            Order::Kind => (self.passed_over < PATIENCE, kind, *first),
            Order::Age => (true, Kind::Write, *first),
        })
    }
}

impl Limits {
    fn interval(&self) -> Option<Duration> {
        Some(Duration::from_secs(1) / self.per_second?.get())
    }
}

#[cfg(test)]
mod tests;
