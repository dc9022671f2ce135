//! The steps of a scenario.

use std::time::Duration;

use crate::event::ExpectedEvent;
use crate::list::ListText;
use crate::recorded::Recorded;
use crate::request::ExpectedRequest;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `acme> Connect#1001 acme,demo`: a client sends a command.
    Send {
        /// The client: its destination.
        client: String,
        /// Command and id: `Connect#1001`.
        command: String,
        /// The arguments; empty when there are none.
        body: String,
    },
    /// `acme< State READY`: a client receives an event.
    Receive {
        /// The client.
        client: String,
        /// The event.
        event: ExpectedEvent,
    },
    /// `http< 409 State RE_LOGIN`: the HTTP answer to the previous command, if it is not 202.
    Http(HttpAnswer),
    /// `gc> PUT /User/1001 state=READY`: the connector sends a request to Finesse.
    Request(ExpectedRequest),
    /// `gc> stream 1001`, `gc> subscribe 1091 /Team/1/Users`: the connector's action on the agent's notification stream.
    OnStream {
        /// The agent.
        agent: String,
        /// The action.
        what: StreamRequest,
    },
    /// `gc> look up skillGroups ALL`: the connector queries a directory.
    LookUp {
        /// The query.
        query: String,
    },
    /// `directory> skillGroups Sales`: the directory answers the oldest open query.
    Found(FoundText),
    /// `finesse> 202`: Finesse answers the oldest open request that this can be an answer to.
    Reply(Reply),
    /// `finesse> stream 1001 open`: the state of a stream changes.
    Stream {
        /// The agent.
        agent: String,
        /// The new state.
        change: StreamChange,
    },
    /// `finesse> subscribed 1091 /Team/1/Users`: Finesse sends the node's notifications from now on.
    Subscribed {
        /// The agent.
        agent: String,
        /// The node, below `/finesse/api`.
        node: String,
    },
    /// `finesse> service out`: the whole cluster goes out of service or back in service.
    Service {
        /// Whether it is in service now.
        in_service: bool,
    },
    /// `finesse~ 1001 User READY`: a notification on the agent's node.
    Notify {
        /// The agent.
        agent: String,
        /// Its content.
        notice: Notice,
        /// Whether it has the request id of the last write for this agent.
        echo: bool,
        /// `sim~ 1001 User READY`: the simulator sends it on demand, without a cause.
        injected: bool,
    },
    /// `finesse~ 1001 again`: the last notification is repeated with the same item id.
    NotifyAgain {
        /// The agent.
        agent: String,
    },
    /// `time> 20s`: time passes, and timers that are due fire.
    Wait(Duration),
    /// `sim> …`: something happens outside. The simulator carries it out; for gc-rules, `finesse~` lines report it.
    World(WorldStep),
    /// A line that only recordings have.
    Recorded(Recorded),
}

/// An HTTP answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The body.
    pub event: ExpectedEvent,
}

/// The connector's action on a notification stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamRequest {
    /// `stream 1001`: open it.
    Open,
    /// `move 1001`: open another one at the better node, then give it up.
    Move,
    /// `close 1001`: close it.
    Close,
    /// `subscribe 1091 /Team/1/Users`: subscribe to a node below `/finesse/api`.
    Subscribe(String),
    /// `unsubscribe 1091 /Team/1/Users`: end this subscription.
    Unsubscribe(String),
}

/// A directory's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundText {
    /// The kind of result: `skillGroups`, `supervisors`, `agentExtension`, `queueStatistics`, `recording`, or `not`
    /// (found).
    pub kind: String,
    /// The words after it.
    pub values: Vec<String>,
}

/// The new state of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamChange {
    /// It is ready.
    Open,
    /// The password was refused.
    Refused,
    /// It could not be opened for another reason.
    Failed,
    /// Its node still serves, and is to be left.
    Leaving,
    /// Another one has taken its place.
    Moved,
    /// It was lost.
    Lost,
    /// It ended because the agent logged in elsewhere.
    Conflict,
}

/// Finesse's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `202`
    Accepted,
    /// `200 User READY`, `200 Dialogs …`, `200 ReasonCodes …`, `200 WrapUpReasons …`
    Object(Object),
    /// `400 Error "Invalid State" message=…`
    Error {
        /// The status.
        status: u16,
        /// What is wrong.
        error: ErrorText,
    },
    /// `404 html`: an HTML page.
    Page {
        /// The status.
        status: u16,
    },
    /// `timed out`: the request was sent, but there was no answer in time.
    TimedOut,
    /// `broken`: the connection broke after the request was sent.
    Broken,
}

/// The object in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// `User NOT_READY reason=31:101:Break`
    User(UserText),
    /// `Dialogs {call} ACTIVE … | 2001 ACTIVE ; {other} …`
    Dialogs(Vec<DialogText>),
    /// `ReasonCodes NOT_READY 31:101:Break …`
    ReasonCodes {
        /// The category.
        category: String,
        /// The object id, code and label of each.
        codes: Vec<[String; 3]>,
    },
    /// `WrapUpReasons 51:Sale …`
    WrapUpReasons {
        /// The object id and label of each.
        reasons: Vec<[String; 2]>,
    },
    /// `Team 1001:Amira:Haddad:READY:2001 …` and other lists, each with the columns of its kind.
    List(ListText),
}

/// The content of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The user changed.
    User(UserText),
    /// `finesse~ 1091 team 1 User 1001 READY`: a member of a team changed. It is sent on the team's node.
    Member {
        /// The team.
        team: String,
        /// The member.
        member: String,
        /// The member's state.
        user: UserText,
    },
    /// A call was added, changed or removed: POST, PUT or DELETE.
    Dialog {
        /// The event.
        event: String,
        /// The call.
        dialog: DialogText,
    },
    /// A request was refused after it was accepted.
    Error {
        /// The dialog that the request was about; `None` for the user.
        dialog: Option<String>,
        /// What is wrong.
        error: ErrorText,
    },
}

impl Notice {
    /// The node on which this agent is notified.
    pub fn node(&self, agent: &str) -> String {
        match self {
            Self::Member { team, .. } => format!("/finesse/api/Team/{team}/Users"),
            Self::User(_) | Self::Error { dialog: None, .. } => format!("/finesse/api/User/{agent}"),
            Self::Dialog { .. } | Self::Error { dialog: Some(_), .. } => {
                format!("/finesse/api/User/{agent}/Dialogs")
            }
        }
    }
}

/// A user in shorthand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserText {
    /// The state.
    pub state: String,
    /// The pending state.
    pub pending: String,
    /// Object id, code and label of the reason.
    pub reason: Option<[String; 3]>,
    /// An extension other than the agent's usual one.
    pub extension: Option<String>,
    /// When the state was entered; empty for an empty element.
    pub at: Option<String>,
}

/// A call in shorthand. Members that are left out keep their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialogText {
    /// The id.
    pub id: String,
    /// The state.
    pub state: String,
    /// Named members: type, from, to, queue, associated, secondary, variables …
    pub members: Vec<(String, String)>,
    /// The participants.
    pub participants: Vec<ParticipantText>,
}

/// A participant in shorthand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParticipantText {
    /// Extension or number.
    pub address: String,
    /// The state.
    pub state: String,
    /// The cause.
    pub cause: String,
    /// The allowed actions, if they are not the usual ones for the state.
    pub actions: Option<String>,
    /// When the state was entered; empty for an empty element.
    pub at: Option<String>,
}

/// An ApiError.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorText {
    /// errorType
    pub kind: String,
    /// errorMessage
    pub message: String,
    /// errorData
    pub data: String,
}

/// An event outside, which the simulator carries out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorldStep {
    /// `customer 5550100 calls 2001 as {call}`
    CustomerCalls {
        /// The customer's number.
        from: String,
        /// An agent, an extension or a queue.
        to: String,
        /// Variables of the call.
        variables: Vec<(String, String)>,
        /// The placeholder for the dialog's id.
        call: String,
    },
    /// `campaign preview calls 5550123 for 1001 as {call} BAAccountNumber=A-7`: the dialer offers or connects a customer.
    Campaign {
        /// preview, direct_preview, callback, personal_callback, progressive or predictive.
        kind: String,
        /// The customer's number.
        customer: String,
        /// The agent.
        agent: String,
        /// The placeholder for the dialog's id.
        call: String,
        /// The other members of the simulator's request (docs/simulator.md, "Campaigns").
        options: Vec<(String, String)>,
    },
    /// `customer hangs up {call}`
    HangsUp {
        /// The dialog's id.
        call: String,
    },
    /// `transfer {call} to 1001`: the active agent transfers the call.
    Transfer {
        /// The dialog's id.
        call: String,
        /// The agent or extension.
        to: String,
    },
    /// `fault {"when":…,"then":…}`: a rule of the simulator's control API.
    Fault {
        /// The rule's JSON.
        json: String,
    },
    /// `cut 1001` or `cut 1001 conflict`: ends the agent's streams.
    Cut {
        /// The agent.
        agent: String,
        /// The stream error; without one the connection breaks.
        condition: Option<String>,
    },
    /// `password 1001 changed`: the agent's password changes.
    Password {
        /// The agent.
        agent: String,
        /// The new password.
        password: String,
    },
    /// `token 1001 t1` or `token 1001 t1 ends`: the agent gets a token of single sign-on, or it ends.
    Token {
        /// The agent.
        agent: String,
        /// The token.
        token: String,
        /// Whether it ends.
        ends: bool,
    },
    /// `asked`: wait until all previous faults have been used.
    FaultsUsed,
    /// `system OUT_OF_SERVICE`
    System {
        /// The status.
        status: String,
    },
    /// `maintenance a IN_PROGRESS`: of one of two nodes.
    Maintenance {
        /// The node.
        node: String,
        /// The status.
        status: String,
    },
}
