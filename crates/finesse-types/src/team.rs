//! Team, Queue and TeamMessage, which supervisors and wallboards read.

use gc_xml::Element;
use serde::{Deserialize, Serialize};

use crate::read::{content, id_of, items, number, text, texts};
use crate::user::User;

/// A team and its members ("Finesse Developer Guide, Team").
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// The team's id: from `<id>`, otherwise from the end of the path.
    pub id: String,
    /// The team's name.
    pub name: String,
    /// The members, as summaries.
    pub users: Vec<User>,
}

impl Team {
    pub(crate) fn read(team: &Element) -> Self {
        Self {
            id: id_of(team),
            name: text(team, "name"),
            users: items(team, "users", "User").map(User::read).collect(),
        }
    }
}

/// A queue and its statistics ("Finesse Developer Guide, Queue"; UCCE only).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The queue's id, from the end of its path.
    pub id: String,
    /// The queue's name.
    pub name: String,
    /// The statistics by Finesse's names, unchanged. They are -1 or empty if no agent is assigned to the queue.
    pub statistics: Vec<(String, String)>,
}

impl Queue {
    pub(crate) fn read(queue: &Element) -> Self {
        Self {
            id: id_of(queue),
            name: text(queue, "name"),
            statistics: queue
                .children_named("statistics")
                .flat_map(Element::children)
                .map(|figure| (figure.name().to_owned(), content(figure)))
                .collect(),
        }
    }

    /// The statistic with this name, for example `callsInQueue`.
    pub fn statistic(&self, name: &str) -> Option<&str> {
        self.statistics
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// A supervisor's message to teams ("Finesse Developer Guide, TeamMessage").
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamMessage {
    /// The message's id.
    pub id: String,
    /// The login id of the sender.
    pub created_by: String,
    /// When, in seconds since 1970.
    pub created_at: Option<i64>,
    /// How long it is displayed, in seconds.
    pub duration: Option<u32>,
    /// The text.
    pub content: String,
    /// The ids of the teams that receive it.
    pub teams: Vec<String>,
}

impl TeamMessage {
    pub(crate) fn read(message: &Element) -> Self {
        Self {
            id: id_of(message),
            created_by: message.child("createdBy").map(|writer| text(writer, "id")).unwrap_or_default(),
            created_at: number(message, "createdAt"),
            duration: number(message, "duration"),
            content: text(message, "content"),
            teams: texts(message, "teams", "team"),
        }
    }
}
