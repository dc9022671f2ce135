//! What one seed makes of a run: every probability is here.

use std::time::Duration;

use finesse_sim::Platform;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};

use crate::commits::LastCommit;

/// Everything about a run that a seed decides before it begins. Weights are relative to each other.
#[derive(Clone, Debug)]
pub(crate) struct FaultPlan {
    pub(crate) seed: u64,
    pub(crate) platform: Platform,
    /// XMPP over WebSocket; over TCP otherwise.
    pub(crate) websocket: bool,
    pub(crate) agents: u32,
    pub(crate) clients: u32,
    /// How long agents and customers work.
    pub(crate) length: Duration,
    /// Each direction of each path is late by anything up to this, from the beginning.
    pub(crate) late: Lateness,
    /// How long a queue's call rings before it goes on to another agent.
    pub(crate) rona: Duration,
    /// How long Finesse waits after an agent's last stream has ended.
    pub(crate) presence_loss: Duration,
    /// From one fault to the next, at most. None: nothing fails but what is late.
    pub(crate) every: Option<Duration>,
    /// The delays change.
    pub(crate) delays: u32,
    /// The streams of one agent end.
    pub(crate) stream_cut: u32,
    /// Finesse ends one agent's stream because another session took its place.
    pub(crate) conflict: u32,
    /// All connections of one path to one node break.
    pub(crate) path_cut: u32,
    /// One path to one node swallows what it is given, and then breaks.
    pub(crate) half_open: u32,
    /// One path to one node takes no connection for a while.
    pub(crate) refused: u32,
    /// A node, or both, is out of service, or its web application is down, for a while.
    pub(crate) node_down: u32,
    /// The next requests of an agent are answered 5xx, or not at all, or late.
    pub(crate) request_fails: u32,
    /// The notifications of an agent's next requests come early, twice, in another order, or late.
    pub(crate) events_disorder: u32,
    /// The notifications, or the answers, of an agent's next requests are lost.
    pub(crate) events_lost: u32,
    /// A refusal comes after the acceptance, or nothing at all.
    pub(crate) refused_later: u32,
    /// An agent's client sends a Connect with a wrong password.
    pub(crate) wrong_password: u32,
    /// Of a hundred attempts at a callback so many fail, and of as many the answer is lost.
    pub(crate) callback_fails: u32,
    /// A callback takes up to this time.
    pub(crate) callback_late: Duration,
    /// From one trouble of a receiver to the next, at most: it is slow, cannot be reached, answers with errors, is gone, or rejects
    /// some events.
    pub(crate) trouble_every: Option<Duration>,
    /// How long the last of these troubles go on when everybody has done their work.
    pub(crate) outage: Duration,
    /// There are so many licences fewer than agents.
    pub(crate) licences_missing: u32,
    /// The process dies after so long at most, again and again, and comes back. No seed has it: see `crashes`.
    pub(crate) crash_every: Option<Duration>,
    /// Instead of some of these deaths another connector takes over while the old one still runs. No seed has it: see `takeover`.
    pub(crate) takes_over: bool,
    /// A connector does nothing after the end of its lease. Always, but where it is shown what would be seen otherwise.
    pub(crate) heeds_its_lease: bool,
    /// From one failure of the disk to the next, at most. No seed has it: see `crashes`.
    pub(crate) disk_fails: Option<Duration>,
    /// The process dies once, at this commit; with `None` inside it could, and does not. No seed has it: see `commits`.
    pub(crate) last_commit: Option<Option<LastCommit>>,
    /// How long a commit takes at most.
    pub(crate) disk_late: Duration,
    /// The XMPP server answers a session's first ping before it has read the presence in front of it. No seed has it: it shows what the
    /// login waits for. XMPP over TCP only.
    pub(crate) answers_early: bool,
}

/// How late each direction of each path is at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lateness {
    pub(crate) requests: Duration,
    pub(crate) answers: Duration,
    pub(crate) stanzas: Duration,
    pub(crate) notifications: Duration,
}

impl Lateness {
    pub(crate) fn of(dice: &mut impl Rng) -> Self {
        let mut late = || {
            let most = *[0, 0, 1, 20, 100, 400].choose(dice).unwrap();
            Duration::from_millis(most)
        };
        Self { requests: late(), answers: late(), stanzas: late(), notifications: late() }
    }
}

impl FaultPlan {
    pub(crate) fn licences(&self) -> usize {
        (self.agents - self.licences_missing) as usize
    }

    pub(crate) fn from_seed(seed: u64) -> Self {
        let mut dice = StdRng::seed_from_u64(seed);
        let every = [Some(400), Some(1500), Some(5000), None].choose(&mut dice).copied().unwrap();
        // A kind of fault is left out of every third run, so that others are not hidden behind it.
        let mut weight = |most| if dice.random_bool(0.33) { 0 } else { dice.random_range(1..=most) };
        let trouble = [Some(3), Some(15), None];
        Self {
            delays: weight(4),
            stream_cut: weight(4),
            conflict: weight(1),
            path_cut: weight(2),
            half_open: weight(2),
            refused: weight(2),
            node_down: weight(2),
            request_fails: weight(8),
            events_disorder: weight(8),
            events_lost: weight(4),
            refused_later: weight(4),
            wrong_password: weight(1),
            seed,
            platform: if dice.random_bool(0.7) { Platform::Ucce } else { Platform::Uccx },
            websocket: dice.random_bool(0.7),
            agents: dice.random_range(2..=6),
            clients: dice.random_range(1..=3),
            length: Duration::from_secs(dice.random_range(10..=40)),
            late: Lateness::of(&mut dice),
            rona: Duration::from_secs(if dice.random() { 2 } else { 60 }),
            presence_loss: Duration::from_secs(20),
            every: every.map(Duration::from_millis),
            callback_fails: *[0, 5, 30].choose(&mut dice).unwrap(),
            callback_late: Duration::from_millis(*[0, 1, 50, 400].choose(&mut dice).unwrap()),
            licences_missing: u32::from(dice.random_bool(0.3)),
            crash_every: None,
            takes_over: false,
            heeds_its_lease: true,
            disk_fails: None,
            last_commit: None,
            disk_late: Duration::ZERO,
            answers_early: false,
            trouble_every: trouble.choose(&mut dice).copied().unwrap().map(Duration::from_secs),
            outage: Duration::from_secs(*[0, 60, 240].choose(&mut dice).unwrap()),
        }
    }
}
