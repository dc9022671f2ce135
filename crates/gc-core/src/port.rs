//! What goes into the agent machine and what comes out of it.

use std::time::Duration;

use finesse_types::{Answer, Credentials, Failure, Request, Update};
use gc_events::{ErrorCode, Event};
use gc_protocol::{ArgumentError, Command};

use crate::directory::{Found, LookupError, Query};
use crate::{AskId, ClientKey, CommandId, SessionChange};

/// Something happened.
#[derive(Debug)]
pub enum Input {
    /// A client's command, taken by the switchboard. One whose arguments cannot be read ends with its
    /// error.
    Command {
        /// The id told to the client.
        id: CommandId,
        /// Who asks.
        client: ClientKey,
        /// What is asked.
        command: Result<Command, ArgumentError>,
    },
    /// A supervisor's command for a member of the team.
    ForMember {
        /// The id told to the client.
        id: CommandId,
        /// Who asks.
        client: ClientKey,
        /// For whom.
        member: String,
        /// What is asked.
        command: Command,
    },
    /// Finesse answered a request, or did not.
    Answered {
        /// The request.
        ask: AskId,
        /// Its answer.
        result: Result<Answer, Failure>,
    },
    /// The notification stream is ready.
    StreamOpened,
    /// The notification stream could not be opened.
    StreamFailed(StreamFault),
    /// The open notification stream ended.
    StreamEnded(StreamEnd),
    /// A notification came.
    Notified {
        /// The pubsub item's id: the same one twice is one notification.
        item_id: Option<String>,
        /// What it says.
        update: Box<Update>,
    },
    /// A notification of a team's node came.
    TeamNotified {
        /// The pubsub item's id.
        item_id: Option<String>,
        /// What it says.
        update: Box<Update>,
    },
    /// A node is subscribed: its changes come from now on.
    Subscribed {
        /// The node.
        node: String,
    },
    /// A node could not be subscribed.
    NotSubscribed {
        /// The node.
        node: String,
    },
    /// A source that is not Finesse answered, or did not.
    LookedUp {
        /// The question.
        ask: AskId,
        /// Its answer.
        result: Result<Found, LookupError>,
    },
    /// A timer that was started has run out.
    TimerFired(Timer),
    /// Finesse sent a notification that cannot be read.
    Unreadable,
    /// A refusal that was to be forwarded, and there is no such agent: some other program's.
    Unclaimed {
        /// What Finesse says.
        update: Box<Update>,
    },
    /// The cluster is in service, or out of it. Say so before the first command, too.
    Service {
        /// Whether it is in service.
        available: bool,
    },
    /// Finesse itself came or left on the stream.
    FinessePresence {
        /// Whether it is there.
        available: bool,
    },
    /// The connector stops: every command ends, with its outcome unknown.
    Stop,
}

/// Why a stream could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamFault {
    /// The password was refused: final, never tried again (five in a row lock the account).
    Refused,
    /// Another session of the agent took its place at once: stay away.
    Conflict,
    /// Anything else: worth another try.
    Failed,
}

/// How an open stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEnd {
    /// The agent signed in elsewhere with the same resource.
    Conflict,
    /// The connection was lost or the server went down.
    Lost,
}

/// What is to be done.
#[derive(Debug)]
pub enum Output {
    /// Ask Finesse.
    Ask {
        /// Names the answer.
        ask: AskId,
        /// The request.
        request: Request,
        /// On whose behalf.
        credentials: Credentials,
        /// For the `requestId` header; Finesse echoes it in the notifications that result.
        request_id: String,
    },
    /// Ask a source that is not Finesse.
    LookUp {
        /// Names the answer.
        ask: AskId,
        /// The question.
        query: Query,
    },
    /// Have the notifications of one more node told.
    Subscribe {
        /// The node.
        node: String,
    },
    /// No longer.
    Unsubscribe {
        /// The node.
        node: String,
    },
    /// Open the notification stream; one that is open already is closed first.
    OpenStream(Credentials),
    /// Close the notification stream.
    CloseStream,
    /// Tell the client.
    Emit {
        /// Whom.
        client: ClientKey,
        /// What.
        event: Event,
        /// The command that it answers.
        command: Option<CommandId>,
    },
    /// Give this to another agent's machine, as if it had been notified: Finesse refuses that agent's request
    /// on this one's node. Without such an agent it comes back as [`Input::Unclaimed`].
    Forward {
        /// Login id.
        agent: String,
        /// What Finesse says.
        update: Box<Update>,
    },
    /// Start a timer, or start it anew.
    StartTimer(Timer, Delay),
    /// Stop a timer; one that does not run is none.
    StopTimer(Timer),
    /// A command has had its outcome: its events are among the outputs so far.
    Finished {
        /// The command.
        id: CommandId,
        /// How it ended.
        outcome: Outcome,
    },
    /// The session has changed at the switchboard. After [`SessionChange::Forgotten`] the machine is nobody's
    /// any more: drop it.
    Session(SessionChange),
}

/// How long a timer runs: a random time within bounds, so that a thousand agents who lost their streams
/// together do not come back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    least: Duration,
    most: Duration,
}

impl Delay {
    /// Between half of this time and all of it.
    pub fn jittered(most: Duration) -> Self {
        Self { least: most / 2, most }
    }

    /// The longest time.
    pub fn most(self) -> Duration {
        self.most
    }

    /// The time for a random number: 0 is the least, `u32::MAX` the most.
    pub fn at(self, random: u32) -> Duration {
        let share = f64::from(random) / f64::from(u32::MAX);
        self.least + (self.most - self.least).mul_f64(share)
    }
}

impl From<Duration> for Delay {
    fn from(exactly: Duration) -> Self {
        Self { least: exactly, most: exactly }
    }
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It had its effect, or its answer.
    Done,
    /// By an `Error` with this code.
    Failed(ErrorCode),
    /// There was no session for it: `State` RE_LOGIN.
    NoSession,
}

/// What can be waited for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// A command's effect was not seen in time.
    Deadline(CommandId),
    /// The next call control need not wait any longer for this one.
    Lane(CommandId),
    /// Time to look again at what a command asked for.
    Look(CommandId),
    /// The dialer's first packet about a dialog is judged as it is.
    HeldBack(String),
    /// Time to open the lost stream again; the engine adds jitter.
    Reconnect,
    /// Time to repeat a re-read that failed.
    Reread,
    /// Notifications that cannot be read may cause the next re-read.
    Resync,
    /// The stream has been open for long enough to count as steady.
    Steady,
    /// The loss of the stream is no longer a reason for what Finesse does to the agent.
    LinkLoss,
    /// The effect of a request that puts the agent back was not seen in time.
    Recovery,
    /// A signed-out agent is forgotten.
    Forget,
}
