//! The inputs and outputs of the agent machine.

use std::time::Duration;

use finesse_types::{Answer, Credentials, Failure, Request, Token, Update};
use gc_events::{ErrorCode, Event};
use gc_protocol::{ArgumentError, Command};

use crate::directory::{Found, LookupError, Query};
use crate::{AskId, ClientKey, CommandId, SessionChange};

/// Something that happened.
#[derive(Debug)]
pub enum Input {
    /// A client's command that the switchboard has accepted. If its arguments cannot be read, it ends with their error.
    Command {
        /// Its id, which the client knows.
        id: CommandId,
        /// The client that sent it.
        client: ClientKey,
        /// The command.
        command: Result<Command, ArgumentError>,
    },
    /// A supervisor's command for a member of the team.
    ForMember {
        /// Its id, which the client knows.
        id: CommandId,
        /// The client that sent it.
        client: ClientKey,
        /// The login id of the member.
        member: String,
        /// The command.
        command: Command,
    },
    /// Finesse answered a request, or the request failed.
    Answered {
        /// The request.
        ask: AskId,
        /// The answer.
        result: Result<Answer, Failure>,
    },
    /// The switchboard's decision about an attempt that was requested.
    AttemptDecided {
        /// The command that waits for it.
        command: CommandId,
        /// Whether its password may be used; if not, after which time it may be.
        allowed: Result<(), Duration>,
    },
    /// The notification stream is ready.
    StreamOpened,
    /// The notification stream could not be opened.
    StreamFailed(StreamFault),
    /// The open notification stream ended.
    StreamEnded(StreamEnd),
    /// The open notification stream has to move to another node; its own still serves.
    StreamLeaving,
    /// Another notification stream has taken the place of the open one, which [`Output::MoveStream`] asked for. Everything that
    /// came on the former has been an input before.
    StreamMoved,
    /// A notification came.
    Notified {
        /// The pubsub item's id. An item that comes twice counts once.
        item_id: Option<String>,
        /// Its content.
        update: Box<Update>,
    },
    /// A notification of a team's node came.
    TeamNotified {
        /// The pubsub item's id.
        item_id: Option<String>,
        /// Its content.
        update: Box<Update>,
    },
    /// A node has been subscribed; its notifications come from now on.
    Subscribed {
        /// The node.
        node: String,
    },
    /// A node could not be subscribed.
    NotSubscribed {
        /// The node.
        node: String,
    },
    /// A source other than Finesse answered, or failed.
    LookedUp {
        /// The query.
        ask: AskId,
        /// The answer.
        result: Result<Found, LookupError>,
    },
    /// The token service answered, or failed.
    TokenRenewed {
        /// The number of the renewal.
        ask: AskId,
        /// The new token.
        result: Result<Token, Failure>,
    },
    /// A timer has run out.
    TimerFired(Timer),
    /// Finesse sent a notification that cannot be read.
    Unreadable,
    /// An [`Output::Forward`] to an agent that has no session here. The refused request was another program's.
    Unclaimed {
        /// The refusal.
        update: Box<Update>,
    },
    /// The cluster is in service, or out of it. A new machine gets this first ([`crate::Switchboard::begin`]).
    Service {
        /// Whether it is in service.
        available: bool,
    },
    /// Finesse has become available or unavailable on the stream.
    FinessePresence {
        /// Whether it is available.
        available: bool,
    },
    /// The process has begun again with what [`crate::Agent::keep`] has kept. The first input of a restored machine after
    /// [`Input::Service`].
    Restored {
        /// The commands that have no outcome, and their clients.
        open: Vec<(CommandId, ClientKey)>,
        /// How long the process was away.
        away: Duration,
    },
    /// The connector stops. Every command ends, its outcome unknown.
    Stop,
}

impl Input {
    /// The input of a command that the switchboard has accepted. `member`: the team member for whom a supervisor sent it.
    /// One whose arguments cannot be read ends with their error, whomever it was for.
    pub fn of_command(
        id: CommandId,
        client: ClientKey,
        member: Option<String>,
        command: Result<Command, ArgumentError>,
    ) -> Self {
        match (member, command) {
            (Some(member), Ok(command)) => Self::ForMember { id, client, member, command },
            (_, command) => Self::Command { id, client, command },
        }
    }
}

/// Why a stream could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamFault {
    /// The password was refused. It is never tried again, because five refusals in a row lock the account.
    Refused,
    /// Another session of the agent replaced it at once. It is not opened again.
    Conflict,
    /// Anything else. It is tried again.
    Failed,
}

/// How an open stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEnd {
    /// Another session of the agent replaced it.
    Conflict,
    /// The connection was lost, or the server stopped.
    Lost,
}

/// What the owner of the machine has to do.
#[derive(Debug)]
pub enum Output {
    /// Send a request to Finesse.
    Ask {
        /// The number that the answer has to carry.
        ask: AskId,
        /// The request.
        request: Request,
        /// The credentials to send it with.
        credentials: Credentials,
        /// The `requestId` header. Finesse echoes it in the notifications that the request causes.
        request_id: String,
    },
    /// Query a source other than Finesse.
    LookUp {
        /// The number that the answer has to carry.
        ask: AskId,
        /// The query.
        query: Query,
    },
    /// Ask the token service for another token in place of the one in these credentials.
    RenewToken {
        /// The number that the answer has to carry.
        ask: AskId,
        /// The credentials with the token.
        credentials: Credentials,
    },
    /// Ask the switchboard whether the command's password may be used. It may decide at once or later. The attempt ends
    /// with [`SessionChange::Attempted`].
    RequestAttempt {
        /// The command.
        command: CommandId,
        /// The client that sent it.
        client: ClientKey,
        /// Finesse is asked about the password, as it is not the one that Finesse accepted before.
        asks_finesse: bool,
    },
    /// Subscribe a node on the stream.
    Subscribe {
        /// The node.
        node: String,
    },
    /// End the subscription of a node.
    Unsubscribe {
        /// The node.
        node: String,
    },
    /// Open the notification stream. An open one is closed first.
    OpenStream(Credentials),
    /// Open another notification stream at the better node, and then give the open one up: [`Input::StreamMoved`]. If it cannot
    /// be opened, the open one stays, and only [`StreamFault::Refused`] and [`StreamFault::Conflict`] are reported.
    MoveStream(Credentials),
    /// Close the notification stream.
    CloseStream,
    /// Emit an event to a client.
    Emit {
        /// The client.
        client: ClientKey,
        /// The event.
        event: Event,
        /// The command that it answers.
        command: Option<CommandId>,
    },
    /// Pass a refusal on to the machine that [`crate::Switchboard::forward`] names. Finesse has sent it on this agent's node, but
    /// it refuses another agent's request.
    Forward {
        /// The login id of the other agent.
        agent: String,
        /// The refusal.
        update: Box<Update>,
    },
    /// Start a timer. One that is running starts again.
    StartTimer(Timer, Delay),
    /// Stop a timer. No-op if it is not running.
    StopTimer(Timer),
    /// A command has its outcome. The events that answer it are among the outputs before this one.
    Finished {
        /// The command.
        id: CommandId,
        /// How it ended.
        outcome: Outcome,
    },
    /// Pass a change of the session to the switchboard. After [`SessionChange::Forgotten`] drop the machine.
    Session(SessionChange),
}

/// How long a timer runs: a random time within bounds, so that many agents that lose their streams together do not
/// reconnect at the same moment.
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

    /// The time for a random number: 0 gives the shortest, `u32::MAX` the longest.
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
    /// It had its effect, or was answered.
    Done,
    /// With an `Error` that has this code.
    Failed(ErrorCode),
    /// There was no session for it; it was answered by `State` RE_LOGIN.
    NoSession,
}

/// The timers of a machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// The effect of a command has not shown in time.
    Deadline(CommandId),
    /// The next call control command does not wait any longer for this one.
    CallControl(CommandId),
    /// Time to read again the team member whose state a command changes.
    ReadMember(CommandId),
    /// The first notification of a dialer's call does not wait any longer for the next one.
    HeldBack(String),
    /// Time to open the lost stream again.
    Reconnect,
    /// Time to repeat a re-read that failed.
    Reread,
    /// Missed notifications may cause the next re-read.
    Resync,
    /// The stream has been open for long enough to count as steady.
    Steady,
    /// Finesse does not sign the agent out any more because of a lost stream.
    LinkLoss,
    /// The effect of a request that restores the agent's state has not shown in time.
    Recovery,
    /// The session's token has lived for three quarters of its life, or its renewal is tried again.
    RenewToken,
    /// The session of a signed-out agent ends.
    Forget,
}
