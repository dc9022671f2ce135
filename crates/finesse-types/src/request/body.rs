//! Request bodies: small XML documents.

use std::borrow::Cow;

use gc_xml::Element;

use super::Request;
use super::path::dialog_path;
use crate::dialog::CallVariable;
use crate::user::{MobileAgent, UserState};

impl Request {
    /// The XML body of a write; `None` for a read.
    pub fn body(&self) -> Option<String> {
        let body = match self {
            Self::Login { extension, device, mobile, .. } => {
                let user = Element::new("User")
                    .with_child(leaf("state", UserState::Login.as_str()))
                    .with_child(leaf("extension", extension));
                let user = match device {
                    Some(device) => user.with_child(leaf("activeDeviceId", device)),
                    None => user,
                };
                match mobile {
                    Some(mobile) => user.with_child(mobile_agent(mobile)),
                    None => user,
                }
            }
            Self::ChangeState { state, reason_code_id, .. } => {
                let user = Element::new("User").with_child(leaf("state", state.as_str()));
                match reason_code_id {
                    Some(id) => user.with_child(leaf("reasonCodeId", id)),
                    None => user,
                }
            }
            Self::MakeCall { from, to, .. } => new_dialog("MAKE_CALL", from, to),
            Self::SilentMonitor { from, to, .. } => new_dialog("SILENT_MONITOR", from, to),
            Self::BargeCall { from, to, associated_dialog, .. } => new_dialog("BARGE_CALL", from, to)
                .with_child(leaf("associatedDialogUri", dialog_path(associated_dialog))),
            Self::DialogAction { action, target, .. } => by(target, action.as_str()),
            Self::ConsultCall { target, to, .. } => {
                by(target, "CONSULT_CALL").with_child(leaf("toAddress", to))
            }
            Self::TransferSst { target, to, .. } => {
                by(target, "TRANSFER_SST").with_child(leaf("toAddress", to))
            }
            Self::SendDtmf { target, digits, .. } => {
                by(target, "SEND_DTMF").with_child(action_params(&[("dtmfString", Some(digits))]))
            }
            Self::Reclassify { target, classification, .. } => by(target, "RECLASSIFY")
                .with_child(action_params(&[("outboundClassification", Some(classification.as_str()))])),
            Self::UpdateScheduledCallback { target, time, number, .. } => {
                by(target, "UPDATE_SCHEDULED_CALLBACK").with_child(action_params(&[
                    ("callbackTime", time.as_deref()),
                    ("callbackNumber", number.as_deref()),
                ]))
            }
            Self::UpdateCallData { wrap_up_reason, variables, .. } => {
                dialog("UPDATE_CALL_DATA").with_child(call_data(wrap_up_reason.as_deref(), variables))
            }
            Self::SystemInfo
            | Self::User { .. }
            | Self::Users
            | Self::Dialogs { .. }
            | Self::Dialog { .. }
            | Self::ReasonCodes { .. }
            | Self::WrapUpReasons { .. }
            | Self::Team { .. }
            | Self::PhoneBooks { .. }
            | Self::TeamPhoneBooks { .. }
            | Self::PhoneBookContacts { .. }
            | Self::Queues { .. }
            | Self::Queue { .. } => return None,
        };
        Some(body.to_string())
    }
}

fn dialog(action: &str) -> Element<'_> {
    Element::new("Dialog").with_child(leaf("requestedAction", action))
}

/// A new call.
fn new_dialog<'a>(action: &'a str, from: &'a str, to: &'a str) -> Element<'a> {
    dialog(action).with_child(leaf("fromAddress", from)).with_child(leaf("toAddress", to))
}

/// An action of an extension on a call.
fn by<'a>(target: &'a str, action: &'a str) -> Element<'a> {
    dialog(action).with_child(leaf("targetMediaAddress", target))
}

/// The parameters of an action, without those that have no value.
fn action_params<'a>(params: &[(&'a str, Option<&'a str>)]) -> Element<'a> {
    params.iter().filter_map(|(name, value)| value.map(|value| (*name, value))).fold(
        Element::new("actionParams"),
        |list, (name, value)| {
            list.with_child(
                Element::new("ActionParam").with_child(leaf("name", name)).with_child(leaf("value", value)),
            )
        },
    )
}

fn mobile_agent(mobile: &MobileAgent) -> Element<'_> {
    Element::new("mobileAgent")
        .with_child(leaf("mode", mobile.mode.as_str()))
        .with_child(leaf("dialNumber", &mobile.dial_number))
}

fn call_data<'a>(wrap_up_reason: Option<&'a str>, variables: &'a [CallVariable]) -> Element<'a> {
    let mut media = Element::new("mediaProperties");
    if let Some(reason) = wrap_up_reason {
        media = media.with_child(leaf("wrapUpReason", reason));
    }
    if variables.is_empty() {
        return media;
    }
    media.with_child(variables.iter().fold(Element::new("callvariables"), |list, variable| {
        list.with_child(
            Element::new("CallVariable")
                .with_child(leaf("name", &variable.name))
                .with_child(leaf("value", &variable.value)),
        )
    }))
}

/// An element with text. XML does not allow control characters, not even escaped, so each is replaced by U+FFFD.
fn leaf<'a>(name: &'a str, text: impl Into<Cow<'a, str>>) -> Element<'a> {
    let text = text.into();
    let leaf = Element::new(name);
    match text.chars().all(is_xml_char) {
        true => leaf.with_text(text),
        false => leaf.with_text(text.replace(|c| !is_xml_char(c), "\u{FFFD}")),
    }
}

/// XML 1.0, production 2 (`Char`).
fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}
