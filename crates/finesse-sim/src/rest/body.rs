//! Reading request bodies: elements are found by local name, in any order, namespace and whitespace.

use roxmltree::{Document, Node};

use crate::world::{
    CallData, Callback, DialogAction, MakeCall, Mobile, NewDialog, Refusal, RequestedState, SignOn,
    Supervision,
};
use crate::xml::{LocalName, all_text, child_text};

/// A `PUT /User/{id}` request.
pub(super) enum UserRequest {
    SignOn(SignOn),
    Change { requested: RequestedState, reason: Option<String> },
}

/// The state or action in any body, for matching faults.
pub(super) fn action(body: &str) -> Option<String> {
    let document = Document::parse(body).ok()?;
    let root = document.root_element();
    child_text(root, "requestedAction").or_else(|| child_text(root, "state"))
}

fn root<'a>(document: &'a Document<'_>, name: &str) -> Result<Node<'a, 'a>, Refusal> {
    let root = document.root_element();
    if root.has_local_name(name) {
        Ok(root)
    } else {
        Err(Refusal::bad_request(&format!("The body is not a {name}")))
    }
}

fn parse(body: &str) -> Result<Document<'_>, Refusal> {
    Document::parse(body).map_err(|_| Refusal::bad_request("The body is not well-formed XML"))
}

/// The text of a child that must exist and not be empty.
fn required(node: Node<'_, '_>, name: &str) -> Result<String, Refusal> {
    child_text(node, name).filter(|text| !text.is_empty()).ok_or_else(|| Refusal::missing(name))
}

pub(super) fn user_request(body: &str) -> Result<UserRequest, Refusal> {
    let document = parse(body)?;
    let user = root(&document, "User")?;
    let state = required(user, "state")?;
    if state == "LOGIN" {
        let mobile = match user.children().find(|child| child.has_local_name("mobileAgent")) {
            Some(mobile) => Some(mobile_agent(mobile)?),
            None => None,
        };
        let device = child_text(user, "activeDeviceId").filter(|id| !id.is_empty());
        return Ok(UserRequest::SignOn(SignOn { extension: required(user, "extension")?, mobile, device }));
    }
    let requested = RequestedState::parse(&state)
        .ok_or_else(|| Refusal::invalid_input("There is no such state", &state))?;
    let reason = child_text(user, "reasonCodeId").filter(|id| !id.is_empty());
    Ok(UserRequest::Change { requested, reason })
}

fn mobile_agent(mobile: Node<'_, '_>) -> Result<Mobile, Refusal> {
    let mode = required(mobile, "mode")?;
    if !matches!(mode.as_str(), "CALL_BY_CALL" | "NAILED_CONNECTION") {
        return Err(Refusal::invalid_input("There is no such mode", &mode));
    }
    Ok(Mobile { mode, number: required(mobile, "dialNumber")? })
}

/// `POST /User/{id}/Dialogs`
pub(super) fn new_dialog(body: &str) -> Result<NewDialog, Refusal> {
    let document = parse(body)?;
    let dialog = root(&document, "Dialog")?;
    let action = required(dialog, "requestedAction")?;
    if !matches!(action.as_str(), "MAKE_CALL" | "SILENT_MONITOR" | "BARGE_CALL") {
        return Err(no_such_action(&action));
    }
    let (from, to) = (required(dialog, "fromAddress")?, required(dialog, "toAddress")?);
    Ok(match action.as_str() {
        "SILENT_MONITOR" => NewDialog::SilentMonitor(Supervision { from, to }),
        "BARGE_CALL" => {
            let uri = required(dialog, "associatedDialogUri")?;
            let id = uri.rsplit('/').next().unwrap_or_default().to_owned();
            NewDialog::BargeCall(Supervision { from, to }, id)
        }
        _ => NewDialog::MakeCall(MakeCall { from, to, data: call_data(dialog) }),
    })
}

/// `PUT /Dialog/{id}`: the action and its target.
pub(super) fn dialog_action(body: &str) -> Result<(DialogAction, Option<String>), Refusal> {
    let document = parse(body)?;
    let dialog = root(&document, "Dialog")?;
    let action = match required(dialog, "requestedAction")?.as_str() {
        "ANSWER" => DialogAction::Answer,
        "HOLD" => DialogAction::Hold,
        "RETRIEVE" => DialogAction::Retrieve,
        "DROP" => DialogAction::Drop,
        "SEND_DTMF" => DialogAction::SendDtmf(digits(dialog)?),
        "START_RECORDING" => DialogAction::StartRecording,
        "TRANSFER_SST" => DialogAction::TransferSst(required(dialog, "toAddress")?),
        "CONSULT_CALL" => DialogAction::ConsultCall(required(dialog, "toAddress")?),
        "TRANSFER" => DialogAction::Transfer,
        "CONFERENCE" => DialogAction::Conference,
        "ACCEPT" => DialogAction::Accept,
        "REJECT" => DialogAction::Reject,
        "CLOSE" => DialogAction::Close,
        "RECLASSIFY" => {
            let class = parameter(dialog, "outboundClassification").filter(|class| !class.is_empty());
            DialogAction::Reclassify(class.ok_or_else(|| Refusal::missing("outboundClassification"))?)
        }
        "UPDATE_SCHEDULED_CALLBACK" => DialogAction::UpdateCallback(Callback {
            time: parameter(dialog, "callbackTime").unwrap_or_default(),
            number: parameter(dialog, "callbackNumber").unwrap_or_default(),
        }),
        "CANCEL_SCHEDULED_CALLBACK" => DialogAction::CancelCallback,
        "PARTICIPANT_DROP" => DialogAction::ParticipantDrop,
        "UPDATE_CALL_DATA" => DialogAction::UpdateCallData(call_data(dialog)),
        other => return Err(no_such_action(other)),
    };
    Ok((action, child_text(dialog, "targetMediaAddress")))
}

fn no_such_action(action: &str) -> Refusal {
    Refusal::invalid_input("There is no such action", action)
}

/// The digits of SEND_DTMF: 0-9, *, # and A-D.
fn digits(dialog: Node<'_, '_>) -> Result<String, Refusal> {
    let digits = parameter(dialog, "dtmfString").unwrap_or_default();
    if digits.is_empty() {
        Err(Refusal::missing("dtmfString"))
    } else if digits.chars().all(|key| "0123456789*#ABCD".contains(key)) {
        Ok(digits)
    } else {
        Err(Refusal::invalid_input("Not a DTMF string", &digits))
    }
}

/// The value of one entry of `actionParams`.
fn parameter(dialog: Node<'_, '_>, name: &str) -> Option<String> {
    let parameter = dialog.descendants().find(|node| {
        node.has_local_name("ActionParam") && child_text(*node, "name").as_deref() == Some(name)
    })?;
    child_text(parameter, "value")
}

fn call_data(dialog: Node<'_, '_>) -> CallData {
    let properties = dialog.children().find(|child| child.has_local_name("mediaProperties"));
    let Some(properties) = properties else { return CallData::default() };
    let variables = properties.descendants().filter(|node| node.has_local_name("CallVariable"));
    CallData {
        variables: variables
            .map(|variable| {
                let text = |name| child_text(variable, name).unwrap_or_default();
                (text("name"), text("value"))
            })
            .collect(),
        wrap_up_reason: child_text(properties, "wrapUpReason"),
        wrap_up_items: properties.children().find(|child| child.has_local_name("wrapUpItems")).map(|items| {
            let items = items.children().filter(|child| child.has_local_name("wrapUpItem"));
            items.map(|item| all_text(item).trim().to_owned()).collect()
        }),
    }
}
