//! Request paths: below `/finesse/api`, with percent-encoded ids.

use super::Request;

impl Request {
    /// The path, starting with `/finesse/api`.
    pub fn path(&self) -> String {
        let path = match self {
            Self::SystemInfo => "SystemInfo".to_owned(),
            Self::Users => "Users".to_owned(),
            Self::User { id: user } | Self::Login { user, .. } | Self::ChangeState { user, .. } => {
                format!("User/{}", segment(user))
            }
            Self::Dialogs { user }
            | Self::MakeCall { user, .. }
            | Self::SilentMonitor { user, .. }
            | Self::BargeCall { user, .. } => format!("User/{}/Dialogs", segment(user)),
            Self::ReasonCodes { user, .. } => format!("User/{}/ReasonCodes", segment(user)),
            Self::WrapUpReasons { user } => format!("User/{}/WrapUpReasons", segment(user)),
            Self::PhoneBooks { user } => format!("User/{}/PhoneBooks", segment(user)),
            Self::Queues { user } => format!("User/{}/Queues", segment(user)),
            Self::Dialog { id: dialog }
            | Self::DialogAction { dialog, .. }
            | Self::ConsultCall { dialog, .. }
            | Self::TransferSst { dialog, .. }
            | Self::SendDtmf { dialog, .. }
            | Self::Reclassify { dialog, .. }
            | Self::UpdateScheduledCallback { dialog, .. }
            | Self::UpdateCallData { dialog, .. } => return dialog_path(dialog),
            Self::Team { id, .. } => format!("Team/{}", segment(id)),
            Self::TeamPhoneBooks { team } => format!("Team/{}/PhoneBooks", segment(team)),
            Self::PhoneBookContacts { id } => format!("PhoneBook/{}/Contacts", segment(id)),
            Self::Queue { id } => format!("Queue/{}", segment(id)),
        };
        format!("/finesse/api/{path}")
    }

    /// The encoded query without its question mark, if there is one.
    pub fn query(&self) -> Option<String> {
        match self {
            Self::ReasonCodes { category, .. } => Some(format!("category={}", encoded(category.as_str()))),
            Self::Team { include_logged_out, .. } => {
                Some(format!("includeLoggedOutAgents={include_logged_out}"))
            }
            _ => None,
        }
    }
}

/// The path of a call. Bodies of requests about another call contain it, too.
pub(super) fn dialog_path(dialog: &str) -> String {
    format!("/finesse/api/Dialog/{}", segment(dialog))
}

/// One segment of a path. In a URL, `.` and `..` refer to folders, even as `%2E%2E`. Encoded twice they are an id again,
/// which nobody has.
fn segment(id: &str) -> String {
    match id {
        "." => "%252E".to_owned(),
        ".." => "%252E%252E".to_owned(),
        id => encoded(id),
    }
}

/// Percent-encodes all but unreserved characters (RFC 3986).
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
