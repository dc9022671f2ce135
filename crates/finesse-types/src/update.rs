//! Notifications ("Finesse Developer Guide, About Cisco Finesse notifications").

use gc_xml::{Element, parse};
use serde::{Deserialize, Serialize};

use crate::api_errors::ApiErrors;
use crate::dialog::Dialog;
use crate::open_enum::open_enum;
use crate::read::{self, ParseError, expect_root, filled, text};
use crate::system_info::SystemInfo;
use crate::team::{Queue, Team, TeamMessage};
use crate::user::User;

/// A notification: the current state of an object, and what happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// The object.
    pub payload: Payload,
    /// What happened to it.
    pub event: UpdateEvent,
    /// The id of the request that caused it, if a request with an id did.
    pub request_id: Option<String>,
    /// The path of the object.
    pub source: String,
}

impl Update {
    /// Reads the text of a notification.
    pub fn parse(xml: &str) -> Result<Self, ParseError> {
        let root = parse(xml, &read::OBJECT)?;
        expect_root(&root, "Update").map(Self::read)
    }

    fn read(update: &Element) -> Self {
        Self {
            payload: update.child("data").map(Payload::read).unwrap_or_default(),
            event: UpdateEvent::from(text(update, "event").as_str()),
            request_id: filled(update, "requestId"),
            source: text(update, "source"),
        }
    }
}

open_enum! {
    /// What happened to the object of a notification.
    pub enum UpdateEvent {
        /// It is new for this user.
        Post = "POST",
        /// It changed. Errors also come with this event.
        Put = "PUT",
        /// It no longer exists for this user, whatever its state.
        Delete = "DELETE",
    }
}

/// The object of a notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Payload {
    /// A user: the agent itself, or a member of a team.
    User(Box<User>),
    /// A call that changed.
    Dialog(Box<Dialog>),
    /// Calls that were added or removed.
    Dialogs(Vec<Dialog>),
    /// A request failed after it was accepted.
    ApiErrors(ApiErrors),
    /// A team.
    Team(Team),
    /// A queue and its statistics.
    Queue(Queue),
    /// The node's own state.
    SystemInfo(SystemInfo),
    /// A supervisor's message.
    TeamMessage(TeamMessage),
    /// An object that this version does not read (devices, media): the name of its element, empty if there is none.
    Unknown(String),
}

impl Default for Payload {
    fn default() -> Self {
        Self::Unknown(String::new())
    }
}

impl Payload {
    fn read(data: &Element) -> Self {
        let Some(object) = data.children().next() else { return Self::default() };
        match object.name().to_ascii_lowercase().as_str() {
            "user" => Self::User(Box::new(User::read(object))),
            "dialog" => Self::Dialog(Box::new(Dialog::read(object))),
            "dialogs" => Self::Dialogs(read::items(data, "dialogs", "Dialog").map(Dialog::read).collect()),
            "apierrors" => Self::ApiErrors(ApiErrors::read(object)),
            "team" => Self::Team(Team::read(object)),
            "queue" => Self::Queue(Queue::read(object)),
            "systeminfo" => Self::SystemInfo(SystemInfo::read(object)),
            "teammessage" => Self::TeamMessage(TeamMessage::read(object)),
            _ => Self::Unknown(object.name().to_owned()),
        }
    }
}
