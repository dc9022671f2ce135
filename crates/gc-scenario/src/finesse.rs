//! Expands the shorthand of a scenario into the XML that Finesse sends: children in alphabetical order, with empty
//! elements, and with times that only change when the state changes.

use std::collections::BTreeMap;
use std::time::Duration;

use gc_xml::Element;
use jiff::Timestamp;

use crate::bindings::{Bindings, Unbound};
use crate::given::usual_extension;
use crate::list::leaf;
use crate::step::{DialogText, ErrorText, Notice, Object, ParticipantText, UserText};

/// A Finesse that remembers what it sent, so that a line contains only changes.
#[derive(Clone, Debug)]
pub struct Finesse {
    now: Timestamp,
    users: BTreeMap<String, Entered>,
    dialogs: BTreeMap<(String, String), Remembered>,
}

/// A state and when it was entered.
#[derive(Clone, Debug, Default)]
struct Entered {
    state: String,
    at: String,
    start: String,
}

/// What one agent has received about one dialog.
#[derive(Clone, Debug, Default)]
struct Remembered {
    members: BTreeMap<String, String>,
    participants: BTreeMap<String, Entered>,
}

impl Default for Finesse {
    fn default() -> Self {
        let now = Timestamp::from_second(MORNING).unwrap_or(Timestamp::UNIX_EPOCH);
        Self { now, users: BTreeMap::new(), dialogs: BTreeMap::new() }
    }
}

/// 2026-03-02 08:00:00 UTC, a Monday.
const MORNING: i64 = 1_772_438_400;

impl Finesse {
    /// Advances the clock.
    pub fn advance(&mut self, time: Duration) {
        self.now = self.now.checked_add(time).unwrap_or(self.now);
    }

    /// The body of an answer about this agent.
    pub fn object(&mut self, agent: &str, object: &Object, bindings: &Bindings) -> Result<String, Unbound> {
        self.advance(Duration::from_secs(1));
        Ok(match object {
            Object::User(user) => self.user("User", agent, user),
            Object::Dialogs(dialogs) => {
                let mut root = Element::new("Dialogs");
                for dialog in dialogs {
                    root = root.with_child(self.dialog("Dialog", agent, dialog, bindings)?);
                }
                root
            }
            Object::List(list) => list.element(),
            Object::ReasonCodes { category, codes } => {
                let root = Element::new("ReasonCodes").with_attribute("category", category.clone());
                codes
                    .iter()
                    .fold(root, |root, code| root.with_child(reason_code("ReasonCode", category, code)))
            }
            Object::WrapUpReasons { reasons } => {
                reasons.iter().fold(Element::new("WrapUpReasons"), |root, [id, label]| {
                    root.with_child(
                        Element::new("WrapUpReason")
                            .with_child(leaf("forAll", "true"))
                            .with_child(leaf("label", label))
                            .with_child(leaf("uri", &format!("/finesse/api/WrapUpReason/{id}"))),
                    )
                })
            }
        }
        .to_string())
    }

    /// The Update in a notification for this agent.
    pub fn update(
        &mut self,
        agent: &str,
        notice: &Notice,
        request_id: &str,
        bindings: &Bindings,
    ) -> Result<String, Unbound> {
        self.advance(Duration::from_secs(1));
        let user_uri = format!("/finesse/api/User/{agent}");
        let (data, event, source) = match notice {
            Notice::User(user) => (self.user("user", agent, user), "PUT", user_uri),
            Notice::Member { member, user, .. } => {
                (self.user("user", member, user), "put", format!("/finesse/api/User/{member}"))
            }
            Notice::Dialog { event, dialog } if event == "PUT" => {
                let source = format!("/finesse/api/Dialog/{}", bindings.fill(&dialog.id)?);
                (self.dialog("dialog", agent, dialog, bindings)?, "PUT", source)
            }
            Notice::Dialog { event, dialog } => {
                let dialog = self.dialog("Dialog", agent, dialog, bindings)?;
                let dialogs = Element::new("dialogs").with_child(dialog);
                (dialogs, event.as_str(), format!("{user_uri}/Dialogs"))
            }
            Notice::Error { dialog, error } => {
                let source = match dialog {
                    Some(dialog) => format!("/finesse/api/Dialog/{}", bindings.fill(dialog)?),
                    None => user_uri,
                };
                // Finesse writes the event of errors in lower case.
                (notified_errors(error), "put", source)
            }
        };
        let update = Element::new("Update")
            .with_child(Element::new("data").with_child(data))
            .with_child(leaf("event", event))
            .with_child(leaf("requestId", request_id))
            .with_child(leaf("source", &source));
        Ok(update.to_string())
    }

    /// The body of a refusal.
    pub fn api_errors(error: &ErrorText) -> String {
        Element::new("ApiErrors")
            .with_child(
                Element::new("ApiError")
                    .with_child(leaf("ErrorType", &error.kind))
                    .with_child(leaf("ErrorData", &error.data))
                    .with_child(leaf("ErrorMessage", &error.message)),
            )
            .to_string()
    }

    fn user(&mut self, root: &'static str, agent: &str, text: &UserText) -> Element<'static> {
        let entered =
            enter(self.users.entry(agent.to_owned()).or_default(), &text.state, text.at.as_deref(), self.now);
        let uri = format!("/finesse/api/User/{agent}");
        let logged_out = text.state == "LOGOUT";
        let extension = match &text.extension {
            Some(extension) => extension.clone(),
            None if logged_out => String::new(),
            None => usual_extension(agent),
        };
        let mut user = Element::new(root)
            .with_child(leaf("dialogs", &format!("{uri}/Dialogs")))
            .with_child(leaf("extension", &extension))
            .with_child(leaf("firstName", "Agent"))
            .with_child(leaf("lastName", agent))
            .with_child(leaf("loginId", agent))
            .with_child(leaf("loginName", &format!("agent.{agent}")))
            .with_child(leaf("mediaType", "1"))
            .with_child(leaf("pendingState", &text.pending));
        match &text.reason {
            Some(reason) => {
                let category = if logged_out { "LOGOUT" } else { "NOT_READY" };
                let [id, ..] = reason;
                user = user
                    .with_child(reason_code("reasonCode", category, reason))
                    .with_child(leaf("reasonCodeId", id));
            }
            // In other states the element is missing.
            None if logged_out || text.state == "NOT_READY" => {
                user = user.with_child(leaf("reasonCodeId", "-1"))
            }
            None => {}
        }
        let user = user.with_child(roles(agent));
        let user = teams(agent).into_iter().fold(user, Element::with_child);
        user.with_child(
            Element::new("settings")
                .with_child(leaf("wrapUpOnIncoming", "OPTIONAL"))
                .with_child(leaf("wrapUpOnOutgoing", "NOT_ALLOWED")),
        )
        .with_child(leaf("state", &text.state))
        .with_child(leaf("stateChangeTime", &entered.at))
        .with_child(leaf("teamId", "1"))
        .with_child(leaf("teamName", "Sales"))
        .with_child(leaf("uri", &uri))
        .with_child(leaf("wrapUpTimer", "7200"))
    }

    fn dialog(
        &mut self,
        root: &'static str,
        agent: &str,
        text: &DialogText,
        bindings: &Bindings,
    ) -> Result<Element<'static>, Unbound> {
        let id = bindings.fill(&text.id)?;
        let now = self.now;
        let known = self.dialogs.entry((agent.to_owned(), id.clone())).or_default();
        for (name, value) in &text.members {
            known.members.insert(name.clone(), bindings.fill(value)?);
        }
        let member = |name: &str| known.members.get(name).map(String::as_str).unwrap_or_default();
        let mut dialog = Element::new(root)
            .with_child(leaf("associatedDialogUri", member("associated")))
            .with_child(leaf("fromAddress", member("from")))
            .with_child(leaf("id", &id))
            .with_child(media(&known.members))
            .with_child(leaf("mediaType", "Voice"));
        let mut participants = Element::new("participants");
        for participant in &text.participants {
            let entered = known.participants.entry(participant.address.clone()).or_default();
            let entered = enter(entered, &participant.state, participant.at.as_deref(), now);
            participants = participants.with_child(party(participant, &entered));
        }
        dialog = dialog.with_child(participants);
        let member = |name: &str| known.members.get(name).map(String::as_str).unwrap_or_default();
        if !member("secondary").is_empty() {
            dialog = dialog.with_child(leaf("secondaryId", member("secondary")));
        }
        if let Some(time) = known.members.get("callbackTime") {
            let number = member("callbackNumber");
            let info = Element::new("scheduledCallbackInfo").with_child(leaf("callbackNumber", number));
            dialog = dialog.with_child(info.with_child(leaf("callbackTime", time)));
        }
        Ok(dialog
            .with_child(leaf("state", &text.state))
            .with_child(leaf("toAddress", member("to")))
            .with_child(leaf("uri", &format!("/finesse/api/Dialog/{id}"))))
    }
}

/// The supervisors are 1091 (team 1) and 1092 (teams 1 and 2).
fn supervised(agent: &str) -> &'static [(&'static str, &'static str)] {
    match agent {
        "1091" => &[("1", "Sales")],
        "1092" => &[("1", "Sales"), ("2", "Support")],
        _ => &[],
    }
}

fn roles(agent: &str) -> Element<'static> {
    let roles = Element::new("roles").with_child(leaf("role", "Agent"));
    match supervised(agent) {
        [] => roles,
        _ => roles.with_child(leaf("role", "Supervisor")),
    }
}

/// Only supervisors have this element.
fn teams(agent: &str) -> Option<Element<'static>> {
    let team = |(id, name): &(&str, &str)| {
        let team = Element::new("Team").with_child(leaf("id", id)).with_child(leaf("name", name));
        team.with_child(leaf("uri", &format!("/finesse/api/Team/{id}")))
    };
    let teams = supervised(agent);
    let list = teams.iter().map(team).fold(Element::new("teams"), Element::with_child);
    (!teams.is_empty()).then_some(list)
}

/// Enters a state, unless the party is already in it.
fn enter(known: &mut Entered, state: &str, at: Option<&str>, now: Timestamp) -> Entered {
    let now = format!("{now:.3}");
    if known.start.is_empty() {
        known.start.clone_from(&now);
    }
    if let Some(at) = at {
        known.at = if at.is_empty() { String::new() } else { format!("2026-03-02T{at}Z") };
    } else if known.state != state || known.at.is_empty() {
        known.at = now;
    }
    state.clone_into(&mut known.state);
    known.clone()
}

/// The contact center's telephones have four digits and begin with 2.
fn is_telephone(address: &str) -> bool {
    address.len() == 4 && address.starts_with('2')
}

fn media(members: &BTreeMap<String, String>) -> Element<'static> {
    let member = |name: &str| members.get(name).map(String::as_str).unwrap_or_default();
    let mut media = Element::new("mediaProperties")
        .with_child(leaf("DNIS", member("to")))
        .with_child(leaf("callType", member("type")))
        .with_child(leaf("dialedNumber", member("to")))
        .with_child(leaf("mediaId", "1"))
        .with_child(leaf("outboundClassification", ""))
        .with_child(leaf("queueName", member("queue")));
    if !member("wrapup").is_empty() {
        media = media.with_child(leaf("wrapUpReason", member("wrapup")));
    }
    let named = members
        .iter()
        .filter(|(name, _)| name.starts_with("callVariable") || name.contains('.') || name.starts_with("BA"));
    media.with_child(named.fold(Element::new("callvariables"), |list, (name, value)| {
        list.with_child(
            Element::new("CallVariable").with_child(leaf("name", name)).with_child(leaf("value", value)),
        )
    }))
}

fn party(text: &ParticipantText, entered: &Entered) -> Element<'static> {
    let actions = match &text.actions {
        Some(actions) => actions.split(',').collect(),
        None => usual_actions(&text.state),
    };
    let actions = actions.into_iter().filter(|action| !action.is_empty());
    Element::new("Participant")
        .with_child(actions.fold(Element::new("actions"), |list, name| list.with_child(leaf("action", name))))
        .with_child(leaf("mediaAddress", &text.address))
        .with_child(leaf("mediaAddressType", if is_telephone(&text.address) { "AGENT_DEVICE" } else { "" }))
        .with_child(leaf("startTime", &entered.start))
        .with_child(leaf("state", &text.state))
        .with_child(leaf("stateCause", &text.cause))
        .with_child(leaf("stateChangeTime", &entered.at))
}

/// The actions that Finesse usually allows a participant in this state.
fn usual_actions(state: &str) -> Vec<&'static str> {
    let actions: &[_] = match state {
        "INITIATING" | "INITIATED" => &["UPDATE_CALL_DATA", "DROP"],
        "ALERTING" => &["ANSWER"],
        "ACTIVE" => &["TRANSFER_SST", "CONSULT_CALL", "HOLD", "UPDATE_CALL_DATA", "SEND_DTMF", "DROP"],
        "HELD" => &["UPDATE_CALL_DATA", "DROP", "RETRIEVE"],
        "WRAP_UP" => &["UPDATE_CALL_DATA"],
        "FAILED" => &["DROP"],
        _ => &[],
    };
    actions.to_vec()
}

fn reason_code(root: &'static str, category: &str, [id, code, label]: &[String; 3]) -> Element<'static> {
    Element::new(root)
        .with_child(leaf("category", category))
        .with_child(leaf("code", code))
        .with_child(leaf("forAll", "true"))
        .with_child(leaf("id", id))
        .with_child(leaf("label", label))
        .with_child(leaf("uri", &format!("/finesse/api/ReasonCode/{id}")))
}

fn notified_errors(error: &ErrorText) -> Element<'static> {
    Element::new("apiErrors").with_child(
        Element::new("apiError")
            .with_child(leaf("errorData", &error.data))
            .with_child(leaf("errorMessage", &error.message))
            .with_child(leaf("errorType", &error.kind)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::read;
    use crate::step::Step;

    fn update(finesse: &mut Finesse, line: &str) -> String {
        let mut bindings = Bindings::default();
        bindings.bind("call", "77");
        match read(line).unwrap() {
            Step::Notify { agent, notice, .. } => finesse.update(&agent, &notice, "r1", &bindings).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_update_of_a_user_is_written_as_finesse_writes_it() {
        let update = update(&mut Finesse::default(), "finesse~ 1001 User NOT_READY reason=31:101:Tea&Talk");
        assert!(
            update.starts_with(
                "<Update><data><user><dialogs>/finesse/api/User/1001/Dialogs</dialogs><extension>2001<"
            ),
            "{update}"
        );
        assert!(update.contains("<label>Tea&amp;Talk</label>"), "{update}");
        assert!(update.contains("<stateChangeTime>2026-03-02T08:00:01.000Z</stateChangeTime>"), "{update}");
        assert!(
            update.ends_with(
                "<event>PUT</event><requestId>r1</requestId><source>/finesse/api/User/1001</source></Update>"
            ),
            "{update}"
        );
    }

    #[test]
    fn times_change_with_the_state_and_members_are_remembered() {
        let mut finesse = Finesse::default();
        update(&mut finesse, "finesse~ 1001 POST {call} ALERTING type=OTHER_IN from=5550100 | 2001 ALERTING");
        let second = update(&mut finesse, "finesse~ 1001 PUT {call} ALERTING user.a=x | 2001 ALERTING");
        assert!(second.contains("<callType>OTHER_IN</callType>"), "{second}");
        assert!(second.contains("<name>user.a</name><value>x</value>"), "{second}");
        assert!(second.contains("<stateChangeTime>2026-03-02T08:00:01.000Z</stateChangeTime>"), "{second}");
        let third = update(&mut finesse, "finesse~ 1001 PUT {call} ACTIVE | 2001 ACTIVE at=08:30:00");
        assert!(third.contains("<stateChangeTime>2026-03-02T08:30:00Z</stateChangeTime>"), "{third}");
    }
}
