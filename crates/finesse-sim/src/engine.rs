//! The world with a clock: changes are applied under one lock, their notifications are published in order after
//! the configured delay, and timers call back into the world.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gc_environment::Environment;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::faults::Faults;
use crate::pubsub::Hub;
use crate::world::{Effect, Notice, Side, Timer, World};

/// What happens to the notifications of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// They are published after the configured delay.
    Usual,
    /// They are published at once; the response waits for them.
    First,
    /// They are never sent.
    Lost,
    /// Each is published twice.
    Twice,
    /// Those on the same XMPP node as the first one are published last: Finesse guarantees no order between nodes.
    Reordered,
    /// One server publishes them this much later.
    Late(Side, Duration),
}

/// Notifications that are published together.
struct Batch {
    due: Instant,
    notices: Vec<Notice>,
    copies: usize,
    /// Dropped once they are published.
    _out: mpsc::Sender<()>,
}

/// The parts that each server of the cluster has of its own.
struct Server {
    hub: Hub,
    publisher: mpsc::UnboundedSender<Batch>,
    /// The REST requests that it has received.
    requests: AtomicU64,
}

/// The state shared by all listeners.
pub(crate) struct Engine {
    world: Mutex<World>,
    a: Server,
    b: Server,
    pub(crate) faults: Faults,
    environment: Arc<dyn Environment>,
    event_delay: Duration,
    pub(crate) ping_after: Duration,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

impl Engine {
    pub(crate) fn start(
        world: World,
        environment: Arc<dyn Environment>,
        stop: CancellationToken,
    ) -> Arc<Self> {
        let server = |side| {
            let (publisher, batches) = mpsc::unbounded_channel();
            let hub = Hub::new(world.sides.host(side), Arc::clone(&environment));
            (Server { hub, publisher, requests: AtomicU64::new(0) }, batches)
        };
        let ((a, batches_of_a), (b, batches_of_b)) = (server(Side::A), server(Side::B));
        let engine = Arc::new(Self {
            a,
            b,
            event_delay: world.file.timers.event_delay,
            ping_after: world.file.timers.xmpp_ping,
            world: Mutex::new(world),
            faults: Faults::default(),
            environment,
            stop,
            tasks: TaskTracker::new(),
        });
        for (side, batches) in [(Side::A, batches_of_a), (Side::B, batches_of_b)] {
            engine.tasks.spawn(publish(Arc::clone(&engine), side, batches));
        }
        engine
    }

    fn server(&self, side: Side) -> &Server {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }

    /// The streams of this server.
    pub(crate) fn hub(&self, side: Side) -> &Hub {
        &self.server(side).hub
    }

    /// A REST request has come to this server.
    pub(crate) fn count_request(&self, side: Side) {
        self.server(side).requests.fetch_add(1, Ordering::Relaxed);
    }

    /// The REST requests that this server has received.
    pub(crate) fn requests(&self, side: Side) -> u64 {
        self.server(side).requests.load(Ordering::Relaxed)
    }

    /// The streams of every server.
    pub(crate) fn hubs(&self) -> [&Hub; 2] {
        [&self.a.hub, &self.b.hub]
    }

    /// Reads or changes the world now. Notifications and timers that result from a change are scheduled.
    pub(crate) fn act<R>(self: &Arc<Self>, change: impl FnOnce(&mut World) -> R) -> R {
        self.act_as(Delivery::Usual, change).0
    }

    /// Like `act`, with another delivery of the notifications, and a channel that closes once they are published.
    pub(crate) fn act_as<R>(
        self: &Arc<Self>,
        delivery: Delivery,
        change: impl FnOnce(&mut World) -> R,
    ) -> (R, mpsc::Receiver<()>) {
        let (sent, out) = mpsc::channel(1);
        let mut world = self.world();
        let result = change(world.at(self.now()));
        let mut notices = Vec::new();
        for effect in world.take_effects() {
            match effect {
                Effect::Publish(notice) => notices.push(notice),
                Effect::Wait(after, timer) => self.wait(after, timer),
            }
        }
        if delivery == Delivery::Reordered {
            let first = notices.first().map(|notice| notice.node.clone());
            notices.sort_by_key(|notice| Some(&notice.node) == first.as_ref());
        }
        let copies = match delivery {
            Delivery::Lost => 0,
            Delivery::Twice => 2,
            _ => 1,
        };
        // Sent while the world is still locked, so that notifications are published in the order of the changes.
        for side in [Side::A, Side::B] {
            let of_side = notices.iter().filter(|notice| notice.sides.contains(&side)).cloned().collect();
            let delay = match delivery {
                Delivery::First => Duration::ZERO,
                Delivery::Late(late, by) if late == side => self.event_delay + by,
                _ => self.event_delay,
            };
            let batch = Batch { due: Instant::now() + delay, notices: of_side, copies, _out: sent.clone() };
            if !batch.notices.is_empty() {
                // The publisher lives as long as the engine. After a stop it no longer receives.
                let _ = self.server(side).publisher.send(batch);
            }
        }
        (result, out)
    }

    /// A random id, as 32 hexadecimal digits.
    pub(crate) fn new_id(&self) -> String {
        self.environment.id().simple().to_string()
    }

    /// The wall clock; a time outside the years -9999 to 9999 becomes the epoch.
    fn now(&self) -> Timestamp {
        Timestamp::try_from(self.environment.now()).unwrap_or_default()
    }

    fn wait(self: &Arc<Self>, after: Duration, timer: Timer) {
        let engine = Arc::clone(self);
        self.tasks.spawn(async move {
            tokio::select! {
                // A stop first: after it the world does not change any more.
                biased;
                () = engine.stop.cancelled() => {}
                () = tokio::time::sleep(after) => engine.act(|world| world.wake(timer)),
            }
        });
    }

    /// A panic elsewhere cannot leave the data half-changed, so a poisoned lock is usable.
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Publishes the notifications of one server in the order received, each when it is due.
async fn publish(engine: Arc<Engine>, side: Side, mut batches: mpsc::UnboundedReceiver<Batch>) {
    loop {
        let batch = tokio::select! {
            // A stop first: what is still queued has no readers left.
            biased;
            () = engine.stop.cancelled() => return,
            batch = batches.recv() => batch,
        };
        let Some(batch) = batch else { return };
        tokio::time::sleep_until(batch.due).await;
        for notice in &batch.notices {
            engine.hub(side).publish(notice, batch.copies);
        }
    }
}
