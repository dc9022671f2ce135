//! What Finesse and a client send. Values are invented; shapes and sizes are those of running systems.

use std::fmt::Write;

pub(crate) const AGENT: &str = "1001";
pub(crate) const EXTENSION: &str = "2001";
pub(crate) const DIALOG: &str = "16792358";

const STREAM_SERVICE: &str = "pubsub.node-a.desk.example";

/// The state of the agent's part in the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Active,
    Held,
}

impl Part {
    /// Held, active, held …: each one is a change.
    pub(crate) fn of(index: usize) -> Self {
        if index.is_multiple_of(2) { Self::Held } else { Self::Active }
    }

    pub(crate) fn state(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Held => "HELD",
        }
    }

    /// The command that leads there.
    fn command(self) -> &'static str {
        match self {
            Self::Active => "RetrieveCall",
            Self::Held => "HoldCall",
        }
    }

    fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Active => &["UPDATE_CALL_DATA", "TRANSFER_SST", "HOLD", "CONSULT_CALL", "DROP"],
            Self::Held => &["UPDATE_CALL_DATA", "RETRIEVE", "DROP"],
        }
    }
}

pub(crate) fn user() -> String {
    format!(
        "<User><dialogs>/finesse/api/User/{AGENT}/Dialogs</dialogs><extension>{EXTENSION}</extension>\
         <firstName>Maya</firstName><lastName>Ortega</lastName><loginId>{AGENT}</loginId><state>TALKING</state>\
         <teamId>1</teamId><teamName>Sales</teamName></User>"
    )
}

pub(crate) fn dialogs() -> String {
    format!("<Dialogs><Dialog>{}</Dialog></Dialogs>", dialog(Part::Active, 0))
}

/// A change of the call, some 2.8 kB as running systems send them.
pub(crate) fn update(part: Part, index: usize, request_id: &str) -> String {
    format!(
        "<Update><data><dialog>{}</dialog></data><event>PUT</event><requestId>{request_id}</requestId>\
         <source>/finesse/api/Dialog/{DIALOG}</source></Update>",
        dialog(part, index)
    )
}

/// The same as the notification service sends it: escaped, in a message, under an id of its own.
pub(crate) fn message(part: Part, index: usize, request_id: &str) -> String {
    let escaped =
        update(part, index, request_id).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<message from='{STREAM_SERVICE}' to='{AGENT}@node-a.desk.example' \
         id='/finesse/api/User/{AGENT}/Dialogs__{AGENT}@node-a.desk.example__v8N2d'>\
         <event xmlns='http://jabber.org/protocol/pubsub#event'><items node='/finesse/api/User/{AGENT}/Dialogs'>\
         <item id='7a41e2d9-05c8-4d13-a6f7-b2904c5e{index:08}'>\
         <notification xmlns='http://jabber.org/protocol/pubsub'>{escaped}</notification>\
         </item></items></event></message>"
    )
}

/// The client's command that leads to this part.
pub(crate) fn command(part: Part) -> String {
    let name = part.command();
    format!(r#"{{"data":{{"type":"{name}#{AGENT}","body":"{DIALOG}","sessionUrl":"desk/7"}}}}"#)
}

/// Bytes of an update, of its message, and of a command.
pub(crate) fn sizes() -> (usize, usize, usize) {
    let (update, message) = (update(Part::Held, 0, ""), message(Part::Held, 0, ""));
    (update.len(), message.len(), command(Part::Held).len())
}

fn dialog(part: Part, index: usize) -> String {
    // A different time for each.
    let changed = format!("2026-03-01T08:{:02}:{:02}.250Z", 16 + index / 60 % 40, index % 60);
    format!(
        "<associatedDialogUri></associatedDialogUri><fromAddress>5550142</fromAddress><id>{DIALOG}</id>\
         <mediaProperties><DNIS>8001</DNIS><callType>ACD_IN</callType><dialedNumber>8001</dialedNumber>\
         <outboundClassification></outboundClassification><queueName>Sales</queueName>\
         <callvariables>{}</callvariables></mediaProperties><mediaType>Voice</mediaType>\
         <participants>{}{}</participants><state>ACTIVE</state><toAddress>8001</toAddress>\
         <uri>/finesse/api/Dialog/{DIALOG}</uri>",
        variables(),
        participant(EXTENSION, "AGENT_DEVICE", part.state(), part.actions(), &changed),
        participant("5550142", "", "ACTIVE", &["UPDATE_CALL_DATA", "DROP"], "2026-03-01T08:15:30.250Z"),
    )
}

/// The ten variables of every call, and five of the site.
fn variables() -> String {
    let named = ["user.account", "user.language", "user.tier", "user.order", "user.media"];
    let numbered = (1..=10).map(|number| format!("callVariable{number}"));
    let mut text = String::new();
    for (index, name) in numbered.chain(named.map(str::to_owned)).enumerate() {
        let value = if index % 3 == 2 { "" } else { "63-9947-gold, since 2019, by e-mail only" };
        let _ = write!(text, "<CallVariable><name>{name}</name><value>{value}</value></CallVariable>");
    }
    text
}

fn participant(address: &str, kind: &str, state: &str, actions: &[&str], changed: &str) -> String {
    let actions: String = actions.iter().map(|action| format!("<action>{action}</action>")).collect();
    format!(
        "<Participant><actions>{actions}</actions><mediaAddress>{address}</mediaAddress>\
         <mediaAddressType>{kind}</mediaAddressType><startTime>2026-03-01T08:15:24.118Z</startTime>\
         <state>{state}</state><stateCause></stateCause><stateChangeTime>{changed}</stateChangeTime></Participant>"
    )
}
