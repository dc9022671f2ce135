//! The notification: what changed, why and where ("Finesse Developer Guide, About Cisco Finesse
//! notifications").

use gc_xml::{Element, parse};

use crate::api_errors::ApiErrors;
use crate::dialog::Dialog;
use crate::open_enum::open_enum;
use crate::read::{self, ParseError, expect_root, filled, text};
use crate::system_info::SystemInfo;
use crate::team::{Queue, Team, TeamMessage};
use crate::user::User;

/// A notification: one object as it now is, and what happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The object.
    pub payload: Payload,
    /// What happened to it.
    pub event: UpdateEvent,
    /// The id of the request that caused it, when there was one and it carried an id.
    pub request_id: Option<String>,
    /// The path of the object.
    pub source: String,
}

impl Update {
    /// Reads the text that a notification carries.
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
        /// It is new to this user.
        Post = "POST",
        /// It changed; errors come with this word too.
        Put = "PUT",
        /// It is gone for this user, whatever state it shows.
        Delete = "DELETE",
    }
}

/// The object of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// A user: oneself, or a member of a team.
    User(Box<User>),
    /// A call that changed.
    Dialog(Box<Dialog>),
    /// Calls that came or went.
    Dialogs(Vec<Dialog>),
    /// A request failed after it was accepted.
    ApiErrors(ApiErrors),
    /// A team.
    Team(Team),
    /// A queue and its figures.
    Queue(Queue),
    /// The node's own state.
    SystemInfo(SystemInfo),
    /// A supervisor's message.
    TeamMessage(TeamMessage),
    /// Something that this version does not read (devices, media): the name of its element, empty when
    /// there was none.
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
