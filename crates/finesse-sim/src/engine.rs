//! The world with a clock around it: changes are applied under one lock, their notifications go out in
//! order after the configured delay, and timers come back to it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::faults::Faults;
use crate::world::{Effect, Notice, Timer, World};
use crate::xmpp::Hub;

/// What happens to the notifications of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// They follow after the usual delay.
    Usual,
    /// They go out at once; the answer waits for them.
    First,
    /// They are never sent.
    Lost,
    /// Each is sent twice.
    Twice,
    /// Those of the first one's node follow the others: between nodes Finesse promises no order.
    Reordered,
}

/// Notifications that go out together.
struct Batch {
    due: Instant,
    notices: Vec<Notice>,
    copies: usize,
    /// Told when they are out.
    sent: oneshot::Sender<()>,
}

/// The heart that all doors share.
pub(crate) struct Engine {
    world: Mutex<World>,
    pub(crate) hub: Hub,
    pub(crate) faults: Faults,
    event_delay: Duration,
    pub(crate) ping_after: Duration,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
    publisher: mpsc::UnboundedSender<Batch>,
}

impl Engine {
    pub(crate) fn start(world: World, stop: CancellationToken) -> Arc<Self> {
        let (publisher, batches) = mpsc::unbounded_channel();
        let engine = Arc::new(Self {
            hub: Hub::new(&world.host),
            event_delay: world.file.timers.event_delay,
            ping_after: world.file.timers.xmpp_ping,
            world: Mutex::new(world),
            faults: Faults::default(),
            stop,
            tasks: TaskTracker::new(),
            publisher,
        });
        engine.tasks.spawn(publish(Arc::clone(&engine), batches));
        engine
    }

    /// Reads or changes the world at this moment; what follows from a change is set going.
    pub(crate) fn act<R>(self: &Arc<Self>, change: impl FnOnce(&mut World) -> R) -> R {
        self.act_as(Delivery::Usual, change).0
    }

    /// The same with another fate for the notifications, and a signal for when they are out (it closes
    /// when there are none).
    pub(crate) fn act_as<R>(
        self: &Arc<Self>,
        delivery: Delivery,
        change: impl FnOnce(&mut World) -> R,
    ) -> (R, oneshot::Receiver<()>) {
        let (sent, out) = oneshot::channel();
        let mut world = self.world();
        let result = change(world.at(Timestamp::now()));
        let mut notices = Vec::new();
        for effect in world.take_effects() {
            match effect {
                Effect::Publish(notice) => notices.push(notice),
                Effect::Wait(after, timer) => self.wait(after, timer),
            }
        }
        let (due, copies) = match delivery {
            Delivery::Reordered => {
                let first = notices.first().map(|notice| notice.node.clone());
                notices.sort_by_key(|notice| Some(&notice.node) == first.as_ref());
                (Instant::now() + self.event_delay, 1)
            }
            Delivery::Usual => (Instant::now() + self.event_delay, 1),
            Delivery::First => (Instant::now(), 1),
            Delivery::Lost => (Instant::now(), 0),
            Delivery::Twice => (Instant::now() + self.event_delay, 2),
        };
        if !notices.is_empty() {
            // Sent while the world is still locked: notifications leave in the order of the changes.
            // The publisher lives as long as the engine; after a stop nobody listens any more.
            let _ = self.publisher.send(Batch { due, notices, copies, sent });
        }
        (result, out)
    }

    fn wait(self: &Arc<Self>, after: Duration, timer: Timer) {
        let engine = Arc::clone(self);
        self.tasks.spawn(async move {
            tokio::select! {
                () = engine.stop.cancelled() => {}
                () = tokio::time::sleep(after) => engine.act(|world| world.wake(timer)),
            }
        });
    }

    /// A panic elsewhere leaves the data as whole as it was: every change is complete or not begun.
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one who sends notifications: first come, first served, each when it is due.
async fn publish(engine: Arc<Engine>, mut batches: mpsc::UnboundedReceiver<Batch>) {
    loop {
        let batch = tokio::select! {
            () = engine.stop.cancelled() => return,
            batch = batches.recv() => batch,
        };
        let Some(batch) = batch else { return };
        tokio::time::sleep_until(batch.due).await;
        for notice in &batch.notices {
            engine.hub.publish(notice, batch.copies);
        }
        // Nobody need be waiting for this.
        let _ = batch.sent.send(());
    }
}
