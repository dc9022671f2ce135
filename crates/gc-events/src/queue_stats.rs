//! Queue statistics, in one form for UCCE and one for UCCX.

use crate::dialect::Dialect;
use crate::wire::Members;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

/// The queues of a supervisor; answers `getqueuelist`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueStats {
    /// From Finesse. On the wire, an array of one object with `queue` and `agentId`.
    Ucce {
        /// The queues.
        queues: Vec<UcceQueue>,
        /// The supervisor who requested it.
        agent_id: String,
    },
    /// From UCCX's own statistics. On the wire, the members `queue2`, `queue1` …, numbered downwards as published. It
    /// names no agent.
    Uccx {
        /// The queues.
        queues: Vec<UccxQueue>,
    },
}

/// One UCCE queue. All numbers are text, as Finesse writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UcceQueue {
    /// Its name.
    pub queue_name: String,
    /// Agents in NOT_READY.
    pub agents_not_ready: String,
    /// Agents in READY.
    pub agents_ready: String,
    /// Agents on inbound calls.
    pub agents_talking_inbound: String,
    /// Agents on internal calls.
    pub agents_talking_internal: String,
    /// Agents on outbound calls.
    pub agents_talking_outbound: String,
    /// Agents in WORK.
    pub agents_wrap_up_not_ready: String,
    /// Agents in WORK_READY.
    pub agents_wrap_up_ready: String,
    /// Waiting calls.
    pub calls_in_queue: String,
    /// When the longest-waiting call entered the queue.
    pub start_time_of_longest_call_in_queue: String,
}

/// One UCCX queue (contact service queue).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UccxQueue {
    /// Its name.
    pub queue_name: String,
    /// The current numbers.
    pub snapshot: UccxCounts,
    /// The numbers since midnight.
    pub since_midnight: UccxCounts,
}

/// The numbers of a UCCX queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UccxCounts {
    /// Waiting calls.
    pub waiting_calls: u64,
    /// Agents logged in.
    pub agents_logged_in: u64,
    /// Agents ready.
    pub agents_ready: u64,
    /// Agents not ready.
    pub agents_not_ready: u64,
    /// Agents in after-call work.
    pub agents_in_after_call_work: u64,
    /// Agents talking.
    pub agents_talking: u64,
    /// Agents reserved.
    pub agents_reserved: u64,
}

/// UCCE queues on the wire; the dialect of the samples has this in an array.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireUcce<'a> {
    #[serde(rename = "type")]
    type_name: &'a str,
    queue: &'a [UcceQueue],
    agent_id: &'a str,
}

/// A UCCX queue on the wire, where both blocks of numbers contain their type.
#[derive(Serialize, Deserialize)]
struct WireUccxQueue {
    #[serde(rename = "queueName")]
    queue_name: String,
    #[serde(rename = "queue_SnapShot")]
    snapshot: WireCounts,
    #[serde(rename = "queue_SinceMidNight")]
    since_midnight: WireCounts,
}

#[derive(Serialize, Deserialize)]
struct WireCounts {
    #[serde(rename = "SnapShot_type")]
    snapshot_type: String,
    #[serde(flatten)]
    counts: UccxCounts,
}

impl QueueStats {
    /// The supervisor who requested it, if the wire format has a member for it.
    pub fn agent_id(&self) -> Option<&str> {
        match self {
            Self::Ucce { agent_id, .. } => Some(agent_id),
            Self::Uccx { .. } => None,
        }
    }

    pub(crate) fn write<S: Serializer>(
        &self,
        type_name: &str,
        dialect: Dialect,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match (self, dialect) {
            (Self::Ucce { queues, agent_id }, Dialect::Gc4412) => {
                [WireUcce { type_name, queue: queues, agent_id }].serialize(to)
            }
            (Self::Ucce { queues, agent_id }, Dialect::Tables) => {
                WireUcce { type_name, queue: queues, agent_id }.serialize(to)
            }
            (Self::Uccx { queues }, Dialect::Gc4412) => {
                let mut event = Members::of(type_name, to)?;
                // The published sample is numbered downwards to queue1.
                for (queue, n) in queues.iter().zip((1..=queues.len()).rev()) {
                    event.put(&format!("queue{n}"), &WireUccxQueue::from(queue))?;
                }
                event.end()
            }
            (Self::Uccx { queues }, Dialect::Tables) => {
                let queues: Vec<_> = queues.iter().map(WireUccxQueue::from).collect();
                let mut event = Members::of(type_name, to)?;
                event.put("queue", &queues)?;
                event.end()
            }
        }
    }

    /// Reads the object, without the array around the UCCE form.
    pub(crate) fn from_value(value: Value, dialect: Dialect) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Ucce {
            queue: Vec<UcceQueue>,
            agent_id: String,
        }
        #[derive(Deserialize)]
        struct Uccx {
            queue: Vec<WireUccxQueue>,
        }
        if value.get("agentId").is_some() {
            let Ucce { queue, agent_id } = serde_json::from_value(value)?;
            return Ok(Self::Ucce { queues: queue, agent_id });
        }
        let queues: Vec<WireUccxQueue> = match dialect {
            Dialect::Gc4412 => {
                let members: Map<String, Value> = serde_json::from_value(value)?;
                let queues = members.into_iter().filter(|(name, _)| name.starts_with("queue"));
                queues.map(|(_, queue)| serde_json::from_value(queue)).collect::<Result<_, _>>()?
            }
            Dialect::Tables => serde_json::from_value::<Uccx>(value)?.queue,
        };
        Ok(Self::Uccx { queues: queues.into_iter().map(UccxQueue::from).collect() })
    }
}

impl From<&UccxQueue> for WireUccxQueue {
    fn from(queue: &UccxQueue) -> Self {
        let counts =
            |snapshot_type: &str, counts| WireCounts { snapshot_type: snapshot_type.to_owned(), counts };
        Self {
            queue_name: queue.queue_name.clone(),
            snapshot: counts("SnapShot", queue.snapshot),
            since_midnight: counts("SnapShot_SinceMidNight", queue.since_midnight),
        }
    }
}

impl From<WireUccxQueue> for UccxQueue {
    fn from(wire: WireUccxQueue) -> Self {
        Self {
            queue_name: wire.queue_name,
            snapshot: wire.snapshot.counts,
            since_midnight: wire.since_midnight.counts,
        }
    }
}
